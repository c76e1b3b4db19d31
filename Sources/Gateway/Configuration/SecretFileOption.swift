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
        try read("bridge_key", in: environment) { reader, secret in
            reader.key("bridge_key", in: secret) { text throws(KeyError) in try BridgeKey(base64: text) }
        }
    }

    func password(in environment: LaunchEnvironment) throws(ConfigurationFailure) -> Secret<String> {
        try read("password", in: environment) { _, secret in secret.secret }
    }

    /// A warning when every user of this machine can read or change the file.
    package func warnings(in environment: LaunchEnvironment) -> [ConfigurationProblem] {
        let session = ReadingSession(path: "", environment: environment)
        session.warnOfAccess(to: path, from: .option(option), "", "the file \(path)")
        return session.warnings
    }

    private func read<Value>(
        _ key: String,
        in environment: LaunchEnvironment,
        _ value: (SectionReader, SecretSetting) -> Value?
    ) throws(ConfigurationFailure) -> Value {
        // Names of files count from the working directory, so the configuration has no folder here.
        let session = ReadingSession(path: "", environment: environment)
        let reader = SectionReader(nil, at: .start, keyPath: "", isOverridable: false, session: session)
        let setting = Setting(text: path, place: .option(option), keyPath: "")
        guard let secret = reader.contents(of: setting, insteadOf: key), let value = value(reader, secret) else {
            throw .invalid(session.problems)
        }
        return value
    }
}
