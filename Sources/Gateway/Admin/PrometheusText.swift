/// The text format of Prometheus, version 0.0.4.
///
/// Names are in the order of ``MetricName``, series in the order of their labels, so equal books give equal text.
struct PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var lines: [String] = []

    /// Writes what was counted and what is so now.
    init(_ book: MetricBook, gauges: [MetricSeries: Double]) {
        for name in MetricName.allCases {
            let values =
                book.counters.filter { $0.key.name == name }.mapValues(Double.init)
                .merging(gauges.filter { $0.key.name == name }) { counted, _ in counted }
            let histograms = book.histograms.filter { $0.key.name == name }
            guard !values.isEmpty || !histograms.isEmpty else { continue }
            lines.append("# HELP \(name.rawValue) \(name.help)")
            lines.append("# TYPE \(name.rawValue) \(name.kind.rawValue)")
            for (series, value) in values.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
                lines.append("\(Self.text(series)) \(Self.text(value))")
            }
            for (series, histogram) in histograms.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
                write(histogram, of: series)
            }
        }
    }

    var bytes: [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

    private mutating func write(_ histogram: MetricBook.Histogram, of series: MetricSeries) {
        var total = 0
        for (index, count) in histogram.counts.enumerated() {
            total += count
            let bound = index < MetricBook.bounds.count ? Self.text(MetricBook.bounds[index]) : "+Inf"
            lines.append("\(Self.text(series.with(MetricLabel("le", bound)), "_bucket")) \(total)")
        }
        lines.append("\(Self.text(series, "_sum")) \(Self.text(histogram.sum))")
        lines.append("\(Self.text(series, "_count")) \(total)")
    }

    private static func order(_ series: MetricSeries) -> String {
        series.labels.map { "\($0.name)=\($0.value)" }.joined(separator: "\u{1}")
    }

    private static func text(_ series: MetricSeries, _ suffix: String = "") -> String {
        let labels = series.labels.map { label in
            let value = label.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
                "\n",
                with: "\\n"
            )
            return "\(label.name)=\"\(value)\""
        }
        return series.name.rawValue + suffix + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}")
    }

    private static func text(_ value: Double) -> String {
        if let whole = Int(exactly: value) { return "\(whole)" }
        return "\(value)"
    }
}
