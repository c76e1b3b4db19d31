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
        tell("RELOADING=1", "MONOTONIC_USEC=\(Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)")
    }

    /// Sends lines such as `READY=1`; says whether systemd has them.
    @discardableResult
    func tell(_ lines: String...) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socketPath.utf8)
        // A name that begins with @ is one of the abstract kind, which begins with a zero byte.
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.count < capacity else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let start = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0
        let length = socklen_t(start + path.count)
        let message = Array(lines.joined(separator: "\n").utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
        return sent == message.count
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
        if !manager.tell("READY=1", "STATUS=\(summary)") {
            logger.warning("systemd does not hear us; is NOTIFY_SOCKET right?")
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await feed() }
            try? await gracefulShutdown()
            manager.tell("STOPPING=1")
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
            manager.tell("WATCHDOG=1")
        }
    }
}
