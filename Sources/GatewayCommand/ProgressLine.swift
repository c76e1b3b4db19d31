import Gateway
import Glibc
import NIOConcurrencyHelpers

/// Tells a person at a terminal what takes so long: one line on the standard error, gone in the end.
///
/// Nothing is shown where nobody watches, nor in the first second.
final class ProgressLine: Sendable {
    private static let pause = Duration.seconds(1)

    private let text = NIOLockedValueBox("")

    /// Says what is done now.
    func now(_ text: String) { self.text.withLockedValue { $0 = text } }

    /// Does the work, and shows the line meanwhile.
    func shown<Outcome: Sendable>(_ work: @escaping @Sendable () async -> Outcome) async -> Outcome {
        guard isatty(STDERR_FILENO) == 1 else { return await work() }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [text] in
                var standardError = StandardError()
                var isShown = false
                while (try? await Task.sleep(for: Self.pause)) != nil {
                    print("\r\u{1B}[K\(text.withLockedValue { $0 }) ...", terminator: "", to: &standardError)
                    isShown = true
                }
                if isShown { print("\r\u{1B}[K", terminator: "", to: &standardError) }
            }
            let outcome = await work()
            group.cancelAll()
            await group.waitForAll()
            return outcome
        }
    }
}
