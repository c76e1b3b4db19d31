/// Templates in Jinja, as Home Assistant evaluates them for each message.
///
/// Home Assistant logs a warning for every message that lacks a key which a template asks for, and an error for one
/// that is no JSON, such as the empty one that clears a topic. So these ask in a way that nothing can be missing, and
/// answer `None`, which Home Assistant shows as unknown.
enum HomeAssistantTemplate {
    /// The whole message, or an empty object when it is none.
    static let document = "value_json | default({}, true)"

    /// What stands under these keys, each within the one before: an expression.
    static func path(_ keys: String...) -> String { path(keys) }

    /// What stands under these keys, as it is.
    static func value(_ keys: String...) -> String { "{{ \(path(keys)) }}" }

    private static func path(_ keys: [String]) -> String {
        let last = keys.count - 1
        return keys.enumerated().reduce(document) { outer, key in
            "(\(outer)).\(key.element) | default(\(key.offset < last ? "{}" : "none"))"
        }
    }

    /// One of these words, and unknown for any other: Home Assistant warns of a word that it was not told of.
    static func word(_ path: String, outOf words: [String]) -> String {
        "{% set word = \(path) %}{{ word if word in \(list(words)) else none }}"
    }

    /// The text for each word, and unknown for any other.
    static func text(_ path: String, _ texts: [(word: String, text: String)]) -> String {
        "{{ \(dictionary(texts)).get(\(path)) }}"
    }

    /// `ON` and `OFF`, as binary sensors expect them.
    static func flag(_ path: String) -> String {
        "{% set flag = \(path) %}{{ none if flag is none else 'ON' if flag else 'OFF' }}"
    }

    static func dictionary(_ texts: [(word: String, text: String)]) -> String {
        "{\(texts.map { "'\($0.word)': '\($0.text)'" }.joined(separator: ", "))}"
    }

    private static func list(_ words: [String]) -> String {
        "[\(words.map { "'\($0)'" }.joined(separator: ", "))]"
    }
}
