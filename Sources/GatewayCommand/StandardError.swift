import Gateway
import Glibc

/// Where `print` puts what is not a result.
struct StandardError: TextOutputStream {
    func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            // A closed terminal must not keep the process from ending.
            guard count > 0 || (count < 0 && errno == EINTR) else { return }
            rest = rest.dropFirst(max(count, 0))
        }
    }
}

extension SecretFileOption {
    /// Says if every user of this machine can read the secret.
    func warn() {
        var standardError = StandardError()
        for warning in warnings(in: .live()) { print(warning.warning, to: &standardError) }
    }
}
