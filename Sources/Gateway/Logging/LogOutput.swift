import Glibc
import NIOConcurrencyHelpers

/// Where the lines of the log go: a descriptor whose reader may be slow, stuck or gone.
///
/// A log that nobody reads must not stop the locks, so nothing waits for its reader longer than a moment. Lines that found
/// no room are counted, and said to be lost by the first that finds some.
package final class LogOutput: Sendable {
    private let descriptor: Int32
    private let patience: Int32
    private let lost = NIOLockedValueBox(0)

    /// - Parameters:
    ///   - descriptor: open for writing; it stays open.
    ///   - patience: milliseconds that a line waits for room, unless lines before it were lost.
    package init(_ descriptor: Int32, patience: Int32 = 100) {
        self.descriptor = descriptor
        self.patience = patience
    }

    /// Writes a line, which has no end yet.
    ///
    /// - Parameters:
    ///   - line: what is to be written.
    ///   - notice: the line that says how many were lost before.
    package func write(_ line: String, afterLoss notice: (_ count: Int) -> String) {
        lost.withLockedValue { lost in
            if lost > 0 {
                guard put(notice(lost), patience: 0) else { return lost += 1 }
                lost = 0
            }
            if !put(line, patience: patience) { lost += 1 }
        }
    }

    /// One write, so that lines of several processes do not mix.
    private func put(_ line: String, patience: Int32) -> Bool {
        // What can be written to has room for 4,096 bytes at least, be it a pipe or the socket of the journal.
        var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&room, 1, patience) == 1 else { return false }
        let bytes = Array((line + "\n").utf8)
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    }
}
