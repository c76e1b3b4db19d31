/// The arguments of the command line, and which of them an error may show again.
package struct TypedWords: Sendable {
    private let secretive: [String]

    /// What looks like the name of a command, a lock or an option may be shown, or is too short for a secret; anything else may be one that
    /// slipped into its place.
    package init(_ arguments: some Sequence<String>) {
        secretive = arguments.flatMap { argument in
            argument.hasPrefix("-")
                ? argument.split(separator: "=", maxSplits: 1).dropFirst().map(String.init) : [argument]
        }.filter { $0.utf8.count >= 6 && ShownName($0).text != $0 }.sorted { $0.count > $1.count }
    }

    /// The text with `?` in place of each such argument.
    package func withoutSecrets(_ text: String) -> String {
        secretive.reduce(text) { $0.replacing($1, with: "?") }
    }
}
