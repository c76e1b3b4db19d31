import Glibc
import LockDomain
import Logging
import ServiceLifecycle

/// Tells systemd how the gateway does: `sd_notify(3)`, which is a datagram to a socket that systemd names.
///
/// Without `NOTIFY_SOCKET` nobody wants to know, and nothing is done.
package struct ServiceManager: Sendable {
    private let socketPath: String
    /// How often systemd wants to hear of us; nil: never.
    let watchdog: Duration?

    /// - Parameters:
    ///   - variables: the environment of the process.
    ///   - process: its number.
    package init?(_ variables: [String: String], process: Int32 = getpid()) {
        guard let path = variables["NOTIFY_SOCKET"], path.utf8.count > 1, path.hasPrefix("/") || path.hasPrefix("@")
        else { return nil }
        socketPath = path
        // The watchdog may be meant for another process of the unit.
        let isMeant = variables["WATCHDOG_PID"].map { Int32($0) == process } ?? true
        let microseconds = variables["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdog = isMeant && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// Says that the configuration is being read again; `READY=1` must follow.
    func tellReloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
        offer(["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"])
    }

    /// Sends lines such as `READY=1`; says whether systemd has them.
    ///
    /// While systemd is behind with its work they are offered again, every second for half a minute.
    @discardableResult
    func tell(_ lines: String..., time: TimeSource) async -> Bool {
        for _ in 0..<30 {
            switch offer(lines) {
            case .taken: return true
            case .unheard: return false
            case .full: break
            }
            guard (try? await time.sleep(time.now().uptime + .seconds(1))) != nil else { break }
        }
        return false
    }

    enum Reception: Hashable, Sendable {
        case taken
        /// As many wait to be read as the kernel lets wait.
        case full
        /// Nobody listens there.
        case unheard
    }

    /// Sends lines once.
    ///
    /// Never waits: a systemd that is stuck must not stop the locks.
    @discardableResult
    func offer(_ lines: [String]) -> Reception {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .unheard }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socketPath.utf8)
        // A name that begins with @ is one of the abstract kind, which begins with a zero byte.
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.count < capacity else { return .unheard }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let start = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0
        let length = socklen_t(start + path.count)
        let message = Array(lines.joined(separator: "\n").utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor,
                    message,
                    message.count,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT),
                    $0,
                    length
                )
            }
        }
        if sent == message.count { return .taken }
        return sent < 0 && errno == EAGAIN ? .full : .unheard
    }
}

/// Says when the gateway is ready and when it stops, and feeds the watchdog while the supervisors get on.
struct ServiceManagerReports: Service, CustomStringConvertible {
    let manager: ServiceManager
    let health: EngineHealth
    let summary: String
    let time: TimeSource
    let logger: Logger

    var description: String { "reports to systemd" }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                if await !manager.tell("READY=1", "STATUS=\(summary)", time: time), !Task.isCancelled {
                    logger.warning("systemd does not hear us; is NOTIFY_SOCKET right?")
                }
                await feed()
            }
            try? await gracefulShutdown()
            manager.offer(["STOPPING=1"])
            group.cancelAll()
        }
    }

    /// Twice in each interval, as `sd_watchdog_enabled(3)` recommends; a gateway that is stuck is ended by systemd.
    private func feed() async {
        guard let interval = manager.watchdog else { return }
        while (try? await time.sleep(time.now().uptime + interval / 2)) != nil {
            guard await health.isWell() else {
                logger.critical("the supervisors are stuck; the watchdog is not fed")
                continue
            }
            manager.offer(["WATCHDOG=1"])
        }
    }
}
