/// The commands that a person can copy from the output.
package struct WebhookCommandLine: Hashable, Sendable {
    private let options: String

    /// - Parameter options: those that say which configuration or bridge is meant, as they were given.
    package init(options: [String]) {
        self.options = options.map { " " + Self.quoted($0) }.joined()
    }

    func list(_ subject: WebhookSubject) -> String { line("list", subject) }

    func add(_ subject: WebhookSubject) -> String { line("add", subject) }

    /// Removes ours, or the entries with those ids.
    func remove(_ subject: WebhookSubject, ids: String...) -> String { remove(subject, ids: ids) }

    func remove(_ subject: WebhookSubject, ids: [String]) -> String {
        line("remove", subject) + ids.map { " --id \($0)" }.joined() + " --yes"
    }

    private func line(_ verb: String, _ subject: WebhookSubject) -> String {
        // A bridge that is named has its lock among the options.
        let lock = subject.isConfigured ? subject.lock.map { " \($0)" } ?? "" : ""
        return "loqed-gateway webhooks \(verb)\(lock)\(options)"
    }

    /// As a shell takes it for one word.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "0123456789-_./:".utf8.contains(byte)
        }
        guard !isPlain || word.isEmpty else { return word }
        return "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
