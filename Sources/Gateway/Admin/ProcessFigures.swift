import FoundationEssentials
import Glibc

/// What the kernel says of this process, in the units of Prometheus' conventions.
struct ProcessFigures {
    static func read() -> [MetricSeries: Double] {
        var gauges: [MetricSeries: Double] = [:]
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            gauges[MetricSeries(.cpu)] = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        }
        // The second number of statm is the resident set, in pages.
        if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        {
            gauges[MetricSeries(.resident)] = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            gauges[MetricSeries(.descriptors)] = Double(open.count)
        }
        return gauges
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
}

extension BrokerReporter.Tally {
    /// As it is measured.
    var series: [MetricSeries: Double] {
        var series = [
            MetricSeries(.connects): Double(connects), MetricSeries(.disconnects): Double(disconnects),
            MetricSeries(.lostEvents): Double(lostEvents),
        ]
        let outcomes = ["delivered": delivered, "refused": refused, "unsent": unsent, "uncertain": uncertain]
        for (outcome, count) in outcomes {
            series[MetricSeries(.publications, MetricLabel("outcome", outcome))] = Double(count)
        }
        return series
    }
}
