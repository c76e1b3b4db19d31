import LockMessages

/// What the admin listener says of the gateway's health, for programs.
package enum HealthDocument {
    private static let notConnected = "not connected to the broker"

    /// The answer while there is no session with the broker, with the code of what is in the way.
    static func notConnected(_ trouble: Problem.Code?) -> String {
        notConnected + (trouble.map { ": \($0.rawValue)" } ?? "")
    }

    static func saysNotConnected(_ answer: String) -> Bool { answer.hasPrefix(notConnected) }

    /// The code in such an answer; nil where it has none that is known here.
    static func trouble(in answer: String) -> Problem.Code? {
        let line = answer.prefix { $0 != "\n" }
        return Problem.Code(rawValue: String(line.dropFirst(notConnected.count + 2)))
    }

    /// One line of JSON with the keys `well` and `answer`.
    package static func text(isWell: Bool, answer: String) -> String {
        let words = answer.split(separator: "\n").joined(separator: " ")
        return String(decoding: JSONValue.object(["well": .flag(isWell), "answer": .text(words)]).bytes, as: UTF8.self)
    }
}
