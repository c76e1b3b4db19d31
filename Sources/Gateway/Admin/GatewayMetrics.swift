import PlainHTTP

/// Everything that is measured, gathered when somebody asks.
struct GatewayMetrics: Sendable {
    let meter: GatewayMeter
    let link: MQTTLink
    let listener: HTTPServer
    let inbox: EngineInbox
    let version: String
    /// Seconds since 1970.
    let startedAt: Double

    func text() -> PrometheusText {
        var now = meter.gauges
        now.merge(link.gauges) { $1 }
        now.merge(ProcessFigures.read()) { $1 }
        now[MetricSeries(.build, MetricLabel("version", version))] = 1
        now[MetricSeries(.started)] = startedAt
        let progress = inbox.progress
        now[MetricSeries(.inputs)] = Double(progress.handled)
        now[MetricSeries(.waiting)] = Double(progress.waiting)
        let statistics = listener.statistics
        now[MetricSeries(.openConnections)] = Double(statistics.open)
        let ends = [
            "accepted": statistics.accepted, "refused": statistics.refused, "displaced": statistics.displaced,
            "timed_out": statistics.timedOut,
        ]
        for (end, count) in ends { now[MetricSeries(.connections, MetricLabel("outcome", end))] = Double(count) }
        for (status, count) in statistics.answered {
            now[MetricSeries(.answers, MetricLabel("status", status))] = Double(count)
        }
        return PrometheusText(meter.counted, gauges: now)
    }
}
