import FoundationEssentials
import Glibc
import Mosquitto

/// What a maintainer asks first about the machine; nothing that says whose it is.
struct SystemSummary {
    /// Lines of name and value.
    static func text(version: String, now: String, read: (String) -> String?) -> String {
        var names = utsname()
        uname(&names)
        var lines = [
            "gateway: \(version)", "time: \(now)",
            "kernel: \(field(names.sysname)) \(field(names.release)) \(field(names.machine))",
            "distribution: \(distribution(read("/etc/os-release") ?? "") ?? "not known")",
            "libmosquitto: \(libmosquittoVersion)", "clock: \(clock())",
            "time zone: \(ProcessInfo.processInfo.environment["TZ"] ?? "as the system")",
        ]
        let memory = figures(read("/proc/meminfo") ?? "")
        for name in ["MemTotal", "MemAvailable"] { lines.append("\(name): \(memory[name] ?? "not known")") }
        lines.append("processors: \(sysconf(Int32(_SC_NPROCESSORS_ONLN)))")
        if let uptime = read("/proc/uptime")?.split(separator: " ").first { lines.append("up for seconds: \(uptime)") }
        lines.append(
            "load: \(read("/proc/loadavg")?.split(separator: " ").prefix(3).joined(separator: " ") ?? "not known")"
        )
        lines.append("user: \(geteuid() == 0 ? "root" : "not root")")
        return lines.joined(separator: "\n")
    }

    private static func field<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func distribution(_ text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
            .map { $0.dropFirst(12).filter { $0 != "\"" } }.map { String($0) }
    }

    private static func figures(_ text: String) -> [String: String] {
        text.split(separator: "\n").reduce(into: [:]) { figures, line in
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 {
                figures[String(parts[0])] = parts[1].split(separator: " ").joined(separator: " ")
            }
        }
    }

    /// What the time services leave on the disk when they have set the clock.
    private static func clock() -> String {
        access("/run/systemd/timesync/synchronized", F_OK) == 0
            ? "set by systemd-timesyncd" : "not known (no sign of systemd-timesyncd; with chrony: chronyc tracking)"
    }
}
