import Glibc
import NIOConcurrencyHelpers
package import Testing

/// A terminal with a test in front of it.
package final class PseudoTerminal: Sendable {
    /// What a child opens for its input and output.
    package let path: String
    private let descriptor: Int32
    private let shown = NIOLockedValueBox("")

    package init() throws {
        descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var (isLocked, number): (Int32, Int32) = (0, 0)
        // TIOCSPTLCK and TIOCGPTN, which Glibc's module leaves out as it does posix_openpt(3).
        let isReady = ioctl(descriptor, 0x4004_5431, &isLocked) == 0 && ioctl(descriptor, 0x8004_5430, &number) == 0
        try #require(descriptor >= 0 && isReady, "there is a terminal")
        path = "/dev/pts/\(number)"
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Everything that a person has seen so far.
    package var screen: String {
        shown.withLockedValue { shown in
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(descriptor, &chunk, chunk.count)
                guard count > 0 else { return shown }
                shown += String(decoding: chunk.prefix(count), as: UTF8.self)
            }
        }
    }

    /// Whether what is typed shows on the screen.
    package var showsWhatIsTyped: Bool {
        var settings = termios()
        return tcgetattr(descriptor, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
    }

    /// Waits for a question that stands at the end of the screen, and types the answer.
    ///
    /// With a secret, the terminal must not show what is typed from the moment that it asks.
    package func answer(
        _ question: String,
        _ text: String,
        isSecret: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        await eventually("asks \(question)", sourceLocation: sourceLocation) { screen.hasSuffix(question) }
        #expect(showsWhatIsTyped == !isSecret, "\(question)", sourceLocation: sourceLocation)
        let bytes = Array((text + "\n").utf8)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count, sourceLocation: sourceLocation)
    }
}
