/// The file that the gateway is configured by.
package struct ConfigurationFile: Hashable, Sendable {
    package static let defaultPath = "gateway.yaml"
    static let pathVariable = "LOQED_GATEWAY_CONFIG"

    package let path: String

    package init(path: String) { self.path = path }

    /// The path from the command line, else from the variable `LOQED_GATEWAY_CONFIG`, else ``defaultPath``.
    package init(option: String?, in environment: LaunchEnvironment) {
        let variable = environment.variables[Self.pathVariable].flatMap { $0.isEmpty ? nil : $0 }
        path = option ?? variable ?? Self.defaultPath
    }

    /// Reads the file, the variables over it and the files it names.
    package func load(in environment: LaunchEnvironment) throws(ConfigurationFailure) -> GatewayConfiguration {
        let bytes: [UInt8]
        do {
            bytes = try environment.read(path, YAMLDocument.maximumSize + 1)
        } catch {
            throw .unreadable(path: path, error)
        }
        return try load(bytes, in: environment)
    }

    /// The same for bytes that have been read already.
    package func load(
        _ bytes: [UInt8],
        in environment: LaunchEnvironment
    ) throws(ConfigurationFailure) -> GatewayConfiguration {
        let session = ReadingSession(path: path, environment: environment)
        let document = YAMLDocument(bytes)
        for mistake in document.mistakes { session.report(mistake) }
        guard document.root.content != .unusable else { throw .invalid(session.problems.sorted()) }
        let configuration = session.root(document.root, GatewayConfiguration.read)
        guard let configuration, session.problems.isEmpty else { throw .invalid(session.problems.sorted()) }
        return configuration
    }
}
