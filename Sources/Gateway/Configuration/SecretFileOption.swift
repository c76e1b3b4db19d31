import LoqedWire

/// An option of the command line that names a file with a secret.
///
/// The file is read as those that the configuration names, with the same checks and the same words.
package struct SecretFileOption: Hashable, Sendable {
    /// As it is written: `--bridge-key-file`.
    private let option: String
    private let path: String

    package init(_ option: String, path: String) {
        self.option = option
        self.path = path
    }

    func bridgeKey(in environment: LaunchEnvironment) throws(ConfigurationFailure) -> BridgeKey {
        // Names of files count from the working directory, so the configuration has no folder here.
        let session = ReadingSession(path: "", environment: environment)
        let reader = SectionReader(nil, at: .start, keyPath: "", isOverridable: false, session: session)
        let setting = Setting(text: path, place: .option(option), keyPath: "")
        guard let secret = reader.contents(of: setting, insteadOf: "bridge_key"),
            let key = reader.key("bridge_key", in: secret, { text throws(KeyError) in try BridgeKey(base64: text) })
        else { throw .invalid(session.problems) }
        return key
    }
}
