import Glibc

/// Where `print` puts results that somebody waits for, line by line, also through a pipe.
///
/// A result that cannot be written is no result, so it ends the process: in silence when the reader has gone, as other tools
/// end, else with a word and `EX_IOERR`. What the gateway itself has to say does not come this way.
struct StandardOutput: TextOutputStream {
    func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            let code = errno
            switch (count, code) {
            case (0..., _): rest = rest.dropFirst(count)
            case (_, EINTR): continue
            case (_, EAGAIN):
                var room = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, -1)
            default: Self.end(code)
            }
        }
    }

    /// Prints a result.
    static func show(_ text: String, terminator: String = "\n") { Self().write(text + terminator) }

    private static func end(_ code: Int32) -> Never {
        if code == EPIPE {
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
            // This thread may have the signal blocked.
            _exit(128 + SIGPIPE)
        }
        var standardError = StandardError()
        let reason = String(cString: strerror(code))
        print("loqed-gateway: the output cannot be written: \(reason)\n    see where it goes", to: &standardError)
        _exit(EX_IOERR)
    }
}
