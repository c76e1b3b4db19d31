/// The answers that were given before anybody was asked.
package struct SetupOptions: Sendable {
    /// Where the configuration is written.
    package var output: String
    /// A file with the integration information of LOQED's portal; `-` is standard input.
    package var integrationFile: String?
    package var bridge: String?
    package var broker: String?
    package var username: String?
    package var passwordFile: SecretFileOption?
    /// The path of the file of the password, as the configuration is to name it.
    package var passwordPath: String?
    package var usesTLS = false
    package var caFile: String?
    package var name: String?
    package var id: String?
    /// Words such as `lock`, between commas; empty for a lock that is only watched.
    package var commands: String?
    package var listen: String?
    package var advertise: String?
    package var admin: String?
    /// Nobody is asked: what is not given has its default, or is refused.
    package var isSilent = false
    /// A file that is there is replaced.
    package var replaces = false
    /// What does not answer is written all the same.
    package var takesUntested = false

    package init(output: String) { self.output = output }
}
