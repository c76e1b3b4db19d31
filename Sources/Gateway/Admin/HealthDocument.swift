import LockMessages

/// What the admin listener says of the gateway's health, for programs.
package enum HealthDocument {
    /// One line of JSON with the keys `well` and `answer`.
    package static func text(isWell: Bool, answer: String) -> String {
        let words = answer.split(separator: "\n").joined(separator: " ")
        return String(decoding: JSONValue.object(["well": .flag(isWell), "answer": .text(words)]).bytes, as: UTF8.self)
    }
}
