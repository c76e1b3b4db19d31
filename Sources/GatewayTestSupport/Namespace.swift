import Glibc
package import LocalNetwork
package import Testing

/// A network of its own, seen only by the threads and programs that a test starts in it.
///
/// Nothing in it reaches this machine's network, nor anything beyond.
package final class Namespace: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static let requirement: Comment =
        "making network namespaces takes root and the program ip (Debian: iproute2)"

    /// Whether this process may make one; tried once.
    package static let isAvailable: Bool = {
        let found = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"].contains { (path: String) in
            access(path, X_OK) == 0
        }
        return found && (try? make()) != nil
    }()

    private let handle: Int32

    private init(handle: Int32) { self.handle = handle }

    deinit { close(handle) }

    /// A network with nothing but a loopback, which is up.
    package static func empty() async throws -> Namespace {
        let namespace = Namespace(handle: try await blocking { try make() })
        try await namespace.perform {
            // Addresses are of use at once, without a look for doubles.
            for place in ["all", "default"] { try write("0", to: "/proc/sys/net/ipv6/conf/\(place)/accept_dad") }
        }
        try await namespace.ip("link set lo up")
        return namespace
    }

    /// Starts threads in this network.
    package var threads: ThreadStarter {
        ThreadStarter { work in
            let handle = self.handle
            return ThreadStarter.live.start {
                precondition(Calls.enter(handle, Calls.network) == 0, "the namespace cannot be entered")
                work()
                withExtendedLifetime(self) {}
            }
        }
    }

    /// Runs something in this network.
    package func perform<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { outcome in
            guard threads.start({ outcome.resume(with: Result(catching: work)) }) else {
                return outcome.resume(throwing: Failure(description: "no thread"))
            }
        }
    }

    /// Runs `ip` with words parted by spaces.
    package func ip(_ words: String) async throws {
        _ = try await output(of: "ip", words.split(separator: " ").map(String.init))
    }

    /// Runs a program in this network to its end; returns what it wrote.
    ///
    /// - Throws: when it cannot be started, or ends with anything but 0.
    package func output(of program: String, _ arguments: [String]) async throws -> String {
        let folder = TemporaryFolder()
        return try await perform {
            let child = try ChildProcess(program, arguments, output: "\(folder.path)/output")
            let code = child.wait()
            let output = TemporaryFolder.read("\(folder.path)/output")
            guard code == 0 else {
                throw Failure(description: "\(program) \(arguments.joined(separator: " ")): \(code) \(output)")
            }
            return output
        }
    }

    /// Changes a setting of this network's kernel, such as `ipv4/ip_forward`.
    package func set(_ setting: String, to value: String) async throws {
        try await perform { try Self.write(value, to: "/proc/sys/net/\(setting)") }
    }

    /// Starts a program in this network.
    package func start(_ program: String, _ arguments: [String], output: String) async throws -> ChildProcess {
        try await perform { try ChildProcess(program, arguments, output: output) }
    }

    /// Lays a cable to another network; both ends are up and have a link-local IPv6 address.
    package func connect(_ name: String, to other: Namespace, _ otherName: String) async throws {
        // The handle has a path that another program can open.
        let place = "/proc/\(getpid())/fd/\(other.handle)"
        try await ip("link add name \(name) type veth peer name \(otherName) netns \(place)")
        try await ip("link set \(name) up")
        try await other.ip("link set \(otherName) up")
    }

    private static func make() throws -> Int32 {
        let pipe = DispatchBox()
        guard
            ThreadStarter.live.start({
                pipe.give(
                    Calls.leave(Calls.network) == 0 ? open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC) : -1
                )
            })
        else { throw Failure(description: "no thread") }
        let handle = pipe.take()
        guard handle >= 0 else { throw Failure(description: "\(requirement)") }
        return handle
    }

    private static func write(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        defer { close(file) }
        guard file >= 0, Glibc.write(file, text, text.utf8.count) == text.utf8.count else {
            throw Failure(description: "\(path) cannot be written")
        }
    }
}

/// Hands one number from one thread to another, which blocks until it comes.
private final class DispatchBox: Sendable {
    private let ends: [Int32]

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0)
        self.ends = ends
    }

    deinit { for end in ends { close(end) } }

    func give(_ number: Int32) {
        var number = number
        precondition(write(ends[1], &number, 4) == 4)
    }

    func take() -> Int32 {
        var number: Int32 = 0
        precondition(read(ends[0], &number, 4) == 4)
        return number
    }
}

/// Calls that Swift's Glibc module does not show.
private enum Calls {
    /// The number of `CLONE_NEWNET`.
    static let network: Int32 = 0x4000_0000

    static func leave(_ kinds: Int32) -> Int32 {
        guard let call = dlsym(nil, "unshare") else { return -1 }
        return unsafeBitCast(call, to: (@convention(c) (Int32) -> Int32).self)(kinds)
    }

    static func enter(_ namespace: Int32, _ kind: Int32) -> Int32 {
        guard let call = dlsym(nil, "setns") else { return -1 }
        return unsafeBitCast(call, to: (@convention(c) (Int32, Int32) -> Int32).self)(namespace, kind)
    }
}
