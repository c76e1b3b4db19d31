/// Why there is no configuration at the end of a setup.
package struct SetupFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the process ends with, of `sysexits.h`.
    package let code: Int32
    /// What is wrong; several lines where there are several things.
    let text: String
    /// What to do about it; empty where the text says it.
    let remedy: String

    package var description: String { remedy.isEmpty ? text : "\(text)\n    \(remedy)" }

    init(code: Int32, _ text: String, remedy: String = "") {
        self.code = code
        self.text = text
        self.remedy = remedy
    }
}

extension SetupFailure {
    /// Nobody is there to answer, and no option did.
    static func unanswered(_ question: String, option: String) -> SetupFailure {
        SetupFailure(code: 64, "no answer to: \(question)", remedy: "Give it as \(option).")
    }

    /// An answer that makes no sense.
    static func wrong(_ option: String, _ reason: String, example: String) -> SetupFailure {
        SetupFailure(code: 64, "\(option) \(reason)", remedy: "Example: \(option) \(example)")
    }

    init(_ failure: ConfigurationFailure) { self.init(code: failure.exitCode, failure.description) }
    init(_ trouble: ClientTrouble) { self.init(code: trouble.code.rawValue, trouble.text, remedy: trouble.remedy) }
    init(_ trouble: WebhookTrouble) { self.init(code: trouble.code.rawValue, trouble.text, remedy: trouble.remedy) }
}
