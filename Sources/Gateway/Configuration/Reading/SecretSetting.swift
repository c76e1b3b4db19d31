/// A secret, and where it comes from.
struct SecretSetting {
    let secret: Secret<String>
    let source: SecretSource
}

/// Where a secret was given.
struct SecretSource {
    let place: ConfigurationProblem.Place
    let keyPath: String
    /// The file that holds it; nil when the setting does so itself.
    let file: String?

    init(_ setting: Setting, file: String?) {
        place = setting.place
        keyPath = setting.keyPath
        self.file = file
    }
}
