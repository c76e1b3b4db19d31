package import Glibc
import NIOConcurrencyHelpers

/// A program that a test starts and ends.
///
/// Its output goes to a file.
package final class ChildProcess: Sendable {
    package struct SpawnFailure: Error, CustomStringConvertible {
        let program: String
        let errno: Int32

        package var description: String { "\(program) could not be started (errno \(errno)); is it installed?" }
    }

    package let identifier: pid_t
    private let status = NIOLockedValueBox<Int32?>(nil)

    /// Starts a program, looked for on the path and in /usr/sbin.
    ///
    /// It gets no signal mask from us: a thread of Swift's pool blocks SIGTERM, and a child would inherit that.
    package init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = "/dev/null",
        output: String = "/dev/null"
    ) throws(SpawnFailure) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, input, O_RDONLY | O_NOCTTY, 0)
        posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY, 0o600)
        posix_spawn_file_actions_adddup2(&files, 1, 2)
        // A listener of ours that a child still holds would go on taking connections after it was closed.
        for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&files, descriptor) }

        let path = String(cString: getenv("PATH") ?? strdup("")) + ":/usr/sbin:/usr/local/sbin"
        let variables =
            ["PATH=\(path)", "HOME=/nonexistent"] + Self.coverage + environment.map { "\($0.key)=\($0.value)" }
        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        var envp = variables.map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var identifier: pid_t = 0
        let found = program.contains("/") ? program : Self.find(program, on: path) ?? program
        let code = posix_spawn(&identifier, found, &files, &attributes, &argv, &envp)
        guard code == 0 else { throw SpawnFailure(program: program, errno: code) }
        self.identifier = identifier
    }

    deinit {
        if status.withLockedValue({ $0 }) == nil {
            Glibc.kill(identifier, SIGKILL)
            _ = wait()
        }
    }

    package func send(_ signal: Int32) { Glibc.kill(identifier, signal) }

    /// Waits for the end; returns the exit code, or 128 and the number of the signal.
    ///
    /// Blocks.
    @discardableResult
    package func wait() -> Int32 {
        status.withLockedValue { status in
            if let status { return status }
            var raw: Int32 = 0
            while waitpid(identifier, &raw, 0) == -1, errno == EINTR {}
            let code = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
            status = code
            return code
        }
    }

    /// Waits for the end without blocking.
    ///
    /// One that hangs is killed after five minutes, so that it fails its test and not all of them.
    package func ended() async -> Int32 {
        let deadline = Task {
            try await Task.sleep(for: .seconds(300))
            send(SIGKILL)
        }
        defer { deadline.cancel() }
        return (try? await blocking { self.wait() }) ?? -1
    }

    /// A child that is built to measure coverage leaves its profile nowhere: not in its working folder, and not where those
    /// of the tests are gathered, for one that is killed while it writes would spoil them all.
    private static let coverage = getenv("LLVM_PROFILE_FILE") == nil ? [] : ["LLVM_PROFILE_FILE=/dev/null"]

    private static func find(_ program: String, on path: String) -> String? {
        path.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }
}

/// A folder that is gone when the test is over.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/loqed-gateway-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { _ = try? ChildProcess("rm", ["-rf", path]).wait() }

    /// Writes a file and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(descriptor >= 0, "\(file) cannot be written")
        let bytes = Array(text.utf8)
        precondition(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        return file
    }

    /// The text of a file, empty when it is not there.
    package static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&part, 1, part.count, file)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += part[..<count]
        }
    }
}

/// A port of this machine that nobody listens on just now.
package enum FreePort {
    package static func any() -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(descriptor, address, length) == 0, "no free port")
                getsockname(descriptor, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
    }

    /// Whether something takes connections there.
    package static func isTaken(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// A port on which connections are refused for as long as this lives: bound, so nobody else gets it, and not listening.
package final class ClosedPort: Sendable {
    package let number: Int
    private let descriptor: Int32

    package init() {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        number = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(descriptor, address, length) == 0, "no free port")
                getsockname(descriptor, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
    }

    deinit { close(descriptor) }
}
