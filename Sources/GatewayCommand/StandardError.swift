import Gateway
import Glibc

/// Where `print` puts what is not a result.
struct StandardError: TextOutputStream {
    func write(_ text: String) { writeAll(text, to: STDERR_FILENO) }
}

/// Where `print` puts results that somebody waits for, line by line, also through a pipe.
struct StandardOutput: TextOutputStream {
    func write(_ text: String) { writeAll(text, to: STDOUT_FILENO) }
}

extension SecretFileOption {
    /// Says if every user of this machine can read the secret.
    func warn() {
        var standardError = StandardError()
        for warning in warnings(in: .live()) { print(warning.warning, to: &standardError) }
    }
}

private func writeAll(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        // A closed terminal must not keep the process from ending.
        guard count > 0 || (count < 0 && errno == EINTR) else { return }
        rest = rest.dropFirst(max(count, 0))
    }
}
