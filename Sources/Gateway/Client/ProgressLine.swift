import LockDomain
import NIOConcurrencyHelpers

/// Tells a person at a terminal what takes so long: one line, gone in the end.
///
/// Nothing is shown where nobody watches, nor in the first second.
package final class ProgressLine: Sendable {
    private static let pause = Duration.seconds(1)

    private let isTerminal: Bool
    private let time: TimeSource
    private let write: @Sendable (String) -> Void
    private let text = NIOLockedValueBox("")

    /// - Parameters:
    ///   - isTerminal: whether a person watches.
    ///   - time: says when a second is over.
    ///   - write: puts text on the terminal as it is.
    package init(isTerminal: Bool, time: TimeSource, write: @escaping @Sendable (String) -> Void) {
        self.isTerminal = isTerminal
        self.time = time
        self.write = write
    }

    /// Says what is done now.
    package func now(_ text: String) { self.text.withLockedValue { $0 = text } }

    /// Does the work, and shows the line meanwhile.
    ///
    /// - Parameter work: what may take long.
    /// - Returns: what it returns.
    package func shown<Outcome: Sendable>(_ work: @escaping @Sendable () async -> Outcome) async -> Outcome {
        guard isTerminal else { return await work() }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                var isShown = false
                while (try? await time.sleep(time.now().uptime + Self.pause)) != nil {
                    write("\r\u{1B}[K\(text.withLockedValue { $0 }) ...")
                    isShown = true
                }
                if isShown { write("\r\u{1B}[K") }
            }
            let outcome = await work()
            group.cancelAll()
            await group.waitForAll()
            return outcome
        }
    }
}
