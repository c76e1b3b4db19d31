import LockDomain
import NIOConcurrencyHelpers

/// A ``FoldedLog`` that many note into, with the clock that it goes by and the place where its lines go.
final class FoldedLogWriter<Kind: Hashable & Sendable, Detail: Sendable>: Sendable {
    typealias Line = FoldedLog<Kind, Detail>.Line

    private let log: NIOLockedValueBox<FoldedLog<Kind, Detail>>
    private let time: TimeSource
    private let write: @Sendable (Line) -> Void

    /// - Parameters:
    ///   - window: at most one line of a kind in this time.
    ///   - capacity: how many kinds are told apart at a time.
    ///   - time: both clocks.
    ///   - write: writes one line; called on the thread that notes.
    init(window: Duration = .seconds(60), capacity: Int, time: TimeSource, write: @escaping @Sendable (Line) -> Void) {
        log = NIOLockedValueBox(FoldedLog(window: window, capacity: capacity))
        self.time = time
        self.write = write
    }

    /// It happened; writes the lines for it that are due now.
    func note(_ kind: Kind, _ detail: Detail) { add { $0.note(kind, detail, at: $1) } }

    /// Writes what was counted, when its time has come.
    func writeDue() { add { $0.due(at: $1) } }

    /// Writes what was counted so far, for the end.
    func writeRest() { add { log, _ in log.rest() } }

    private func add(_ change: (inout FoldedLog<Kind, Detail>, Duration) -> [Line]) {
        let now = time.now().uptime
        log.withLockedValue { change(&$0, now) }.forEach(write)
    }
}
