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
    private let state = NIOLockedValueBox((text: "", isShown: false, isAside: false))

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
    package func now(_ text: String) { state.withLockedValue { $0.text = text } }

    /// Prints what is to stay, in place of the line; that comes again below it.
    package func aside(_ print: () -> Void) {
        clear(isAside: true)
        print()
        clear(isAside: false)
    }

    private func clear(isAside: Bool) {
        let wasShown = state.withLockedValue { state in
            defer { (state.isShown, state.isAside) = (false, isAside) }
            return state.isShown
        }
        if wasShown { write("\r\u{1B}[K") }
    }

    /// Does the work, and shows the line meanwhile.
    ///
    /// - Parameter work: what may take long.
    /// - Returns: what it returns.
    package func shown<Outcome: Sendable>(_ work: @escaping @Sendable () async -> Outcome) async -> Outcome {
        guard isTerminal else { return await work() }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                while (try? await time.sleep(time.now().uptime + Self.pause)) != nil {
                    let text: String? = state.withLockedValue { state in
                        guard !state.isAside else { return nil }
                        state.isShown = true
                        return state.text
                    }
                    if let text { write("\r\u{1B}[K\(text) ...") }
                }
                clear(isAside: false)
            }
            let outcome = await work()
            group.cancelAll()
            await group.waitForAll()
            return outcome
        }
    }
}
