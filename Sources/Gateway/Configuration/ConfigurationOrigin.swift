/// Where somebody gave a key.
struct ConfigurationOrigin: Hashable, Sendable {
    let place: ConfigurationProblem.Place
    /// The text that was given there, where it is needed to show the key: the name of a file.
    let text: String?
}
