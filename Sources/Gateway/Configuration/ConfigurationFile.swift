/// The file that the gateway is configured by, and the keys that the command line puts over it.
package struct ConfigurationFile: Hashable, Sendable {
    package static let defaultPath = "gateway.yaml"
    /// Where the Debian package and the image keep the configuration.
    package static let installedPath = "/etc/loqed-gateway/gateway.yaml"
    /// Where the gateway that is configured there keeps its state, unless the configuration says otherwise.
    static let installedStateDirectory = "/var/lib/loqed-gateway"
    static let pathVariable = "LOQED_GATEWAY_CONFIG"

    package let path: String
    let assignments: [KeyAssignment]
    /// Says that nobody named the file, and that there is another that may be meant.
    package let doubt: String?

    package init(path: String, assignments: [KeyAssignment] = [], doubt: String? = nil) {
        self.path = path
        self.assignments = assignments
        self.doubt = doubt
    }

    /// The path from the command line, else from the variable `LOQED_GATEWAY_CONFIG`, else ``defaultPath``, else, where
    /// that is missing, ``installedPath``.
    package init(option: String?, assignments: [KeyAssignment] = [], in environment: LaunchEnvironment) {
        let variable = environment.variables[Self.pathVariable].flatMap { $0.isEmpty ? nil : $0 }
        guard let named = option ?? variable else {
            let path = Self.standardPath(in: environment)
            let isDoubtful = path == Self.defaultPath && Self.hides(Self.installedPath, in: environment)
            self.init(path: path, assignments: assignments, doubt: isDoubtful ? Self.doubt : nil)
            return
        }
        self.init(path: named, assignments: assignments)
    }

    private static let doubt = """
        \(defaultPath) of this folder is used, not \(installedPath); for that one go to another folder, or name it
        """

    /// Whether what stands in the working directory keeps the installed configuration, or its folder, from being found.
    private static func hides(_ installed: String, in environment: LaunchEnvironment) -> Bool {
        let folders = (environment.folder(defaultPath), environment.folder(installedPath))
        return failure(of: defaultPath, in: environment) != .missing
            && failure(of: installed, in: environment) != .missing
            && (folders.0 == nil || folders.0 != folders.1)
    }

    private static func standardPath(in environment: LaunchEnvironment) -> String {
        // A folder that may not be searched is no reason against the installed one.
        let isHere = failure(of: defaultPath, in: environment).map { $0 != .missing && $0 != .forbidden } ?? true
        return !isHere && failure(of: installedPath, in: environment) != .missing ? installedPath : defaultPath
    }

    /// Where a first configuration is written: where one would be found, and where there is none yet but a package made
    /// the folder for it, there.
    package static func toWrite(option: String?, in environment: LaunchEnvironment) -> ConfigurationFile {
        let found = ConfigurationFile(option: option, in: environment)
        guard option == nil, found.path == defaultPath, environment.variables[pathVariable, default: ""].isEmpty,
            failure(of: installedFolder, in: environment) != .missing
        else { return found }
        guard failure(of: defaultPath, in: environment) != .missing else {
            return ConfigurationFile(path: installedPath)
        }
        let isDoubtful = hides(installedFolder, in: environment)
        return ConfigurationFile(path: defaultPath, doubt: isDoubtful ? doubt : nil)
    }

    private static let installedFolder = String(installedPath.dropLast(defaultPath.count + 1))

    /// Why a file cannot be read, if so.
    private static func failure(of path: String, in environment: LaunchEnvironment) -> FileFailure? {
        do throws(FileFailure) {
            _ = try environment.read(path, 1)
            return nil
        } catch {
            return error
        }
    }

    /// Reads the file, the variables and options over it and the files it names.
    package func load(in environment: LaunchEnvironment) throws(ConfigurationFailure) -> GatewayConfiguration {
        try read(in: environment).configuration
    }

    /// The same for bytes that have been read already.
    package func load(
        _ bytes: [UInt8],
        in environment: LaunchEnvironment
    ) throws(ConfigurationFailure) -> GatewayConfiguration {
        try read(bytes, in: environment).configuration
    }

    /// The same, with what there is to say about it.
    package func read(in environment: LaunchEnvironment) throws(ConfigurationFailure) -> LoadedConfiguration {
        let bytes: [UInt8]
        do {
            bytes = try environment.read(path, YAMLDocument.maximumSize + 1)
        } catch {
            throw .unreadable(path: ShownPath(path).text, error)
        }
        return try read(bytes, in: environment)
    }

    private func read(
        _ bytes: [UInt8],
        in environment: LaunchEnvironment
    ) throws(ConfigurationFailure) -> LoadedConfiguration {
        let session = ReadingSession(path: path, assignments: assignments, environment: environment)
        let document = YAMLDocument(bytes)
        for mistake in document.mistakes { session.report(mistake) }
        guard document.root.content != .unusable else { throw .invalid(session.problems) }
        let configuration = session.root(document.root, GatewayConfiguration.read)
        guard let configuration, session.problems.isEmpty else { throw .invalid(session.problems) }
        return LoadedConfiguration(
            path: path,
            configuration: configuration,
            warnings: session.warnings,
            secretFiles: session.secretFiles,
            origins: session.origins
        )
    }
}

/// A good configuration, where its values come from, and what should still be changed.
package struct LoadedConfiguration: Sendable {
    /// The file.
    package let path: String
    package let configuration: GatewayConfiguration
    /// What does not keep the gateway from running, such as a secret that everybody can read.
    package let warnings: [ConfigurationProblem]
    let secretFiles: [SecretFile]
    let origins: [String: ConfigurationOrigin]
}
