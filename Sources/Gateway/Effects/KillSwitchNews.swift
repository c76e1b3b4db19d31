import LockDomain
import NIOConcurrencyHelpers

/// Keeps a turn of the kill switch from being shown before it is on record.
///
/// It is in force at once; only what is shown of it waits, so that who has seen it can count on it after a loss of power.
/// Everything else goes on to the announcer as it comes. Where nothing can be put on record, no command can go, and the
/// switch is shown as off.
final class KillSwitchNews: Sendable {
    private struct Turn {
        /// What is shown meanwhile.
        let before: Bool
        /// How many turns are not on record yet.
        var underWay = 0
        /// The newest report, when one has been shown without the turn.
        var withheld: LockReport?
    }

    private let announcer: any Announcing
    private let isShut: Bool
    private let turns = NIOLockedValueBox<[LockID: Turn]>([:])

    /// - Parameters:
    ///   - announcer: what the reports go to.
    ///   - isShut: whether nothing can be put on record, for as long as this process lives.
    init(_ announcer: any Announcing, isShut: Bool) {
        self.announcer = announcer
        self.isShut = isShut
    }

    func announce(_ announcement: Announcement, for lock: LockID) {
        // Announced under the lock: of two reports the later one is to be the last that goes out.
        turns.withLockedValue { turns in
            guard case .report(var report) = announcement else {
                return announcer.announce(announcement, for: lock)
            }
            if let turn = turns[lock] {
                turns[lock]?.withheld = report
                report.areCommandsEnabled = turn.before
            }
            show(report, of: lock)
        }
    }

    /// The switch was turned; ``recorded(of:)`` must follow.
    func turned(to isOn: Bool, of lock: LockID) {
        turns.withLockedValue { $0[lock, default: Turn(before: !isOn)].underWay += 1 }
    }

    /// A turn is on record, or the disk has failed, which is a problem of its own.
    func recorded(of lock: LockID) {
        turns.withLockedValue { turns in
            turns[lock]?.underWay -= 1
            guard turns[lock]?.underWay == 0, let report = turns.removeValue(forKey: lock)?.withheld else { return }
            show(report, of: lock)
        }
    }

    private func show(_ report: LockReport, of lock: LockID) {
        var report = report
        if isShut { report.areCommandsEnabled = false }
        announcer.announce(.report(report), for: lock)
    }
}
