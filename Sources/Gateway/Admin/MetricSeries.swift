/// What happened how often, and how long it took, by name and labels.
struct MetricBook: Sendable {
    /// The bounds of histograms in seconds: from an answer on the local network to a bolt that takes its time.
    static let bounds: [Double] = [
        0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    struct Histogram: Hashable, Sendable {
        /// How many fell under each bound and not under the one before; the last is for all above.
        fileprivate(set) var counts = [Int](repeating: 0, count: MetricBook.bounds.count + 1)
        fileprivate(set) var sum: Double = 0

        mutating func take(_ seconds: Double) {
            counts[MetricBook.bounds.firstIndex { seconds <= $0 } ?? MetricBook.bounds.count] += 1
            sum += seconds
        }
    }

    private(set) var counters: [MetricSeries: Int] = [:]
    private(set) var histograms: [MetricSeries: Histogram] = [:]

    mutating func count(_ series: MetricSeries) { counters[series, default: 0] += 1 }

    mutating func set(_ series: MetricSeries, to count: Int) { counters[series] = count }

    mutating func take(_ duration: Duration, in series: MetricSeries) {
        histograms[series, default: Histogram()].take(duration / .seconds(1))
    }

    /// Forgets every series with that label.
    mutating func forget(_ label: MetricLabel) {
        counters = counters.filter { !$0.key.labels.contains(label) }
        histograms = histograms.filter { !$0.key.labels.contains(label) }
    }
}

/// One line of what Prometheus reads, without its value.
struct MetricSeries: Hashable, Sendable {
    let name: MetricName
    /// In the order in which they are written.
    let labels: [MetricLabel]

    init(_ name: MetricName, _ labels: MetricLabel...) {
        self.name = name
        self.labels = labels
    }

    func with(_ label: MetricLabel) -> MetricSeries { MetricSeries(name, labels + [label]) }

    private init(_ name: MetricName, _ labels: [MetricLabel]) {
        self.name = name
        self.labels = labels
    }
}

/// A label; values never hold secrets, nor anything that a stranger chose.
struct MetricLabel: Hashable, Sendable {
    let name: String
    let value: String

    init(_ name: String, _ value: some CustomStringConvertible) {
        self.name = name
        self.value = value.description
    }
}

/// Everything that is measured.
enum MetricName: String, Hashable, Sendable, CaseIterable {
    case build = "loqed_gateway_build_info"
    case started = "process_start_time_seconds"
    case cpu = "process_cpu_seconds_total"
    case resident = "process_resident_memory_bytes"
    case descriptors = "process_open_fds"
    case online = "loqed_lock_online"
    case known = "loqed_lock_state_known"
    case battery = "loqed_lock_battery_percent"
    case webhookPath = "loqed_lock_webhook_path_proven"
    case commandsEnabled = "loqed_lock_commands_enabled"
    case events = "loqed_lock_events_total"
    case commands = "loqed_commands_total"
    case commandSeconds = "loqed_command_seconds"
    case commandStageSeconds = "loqed_command_stage_seconds"
    case webhooks = "loqed_webhooks_total"
    case webhookSeconds = "loqed_webhook_seconds"
    case requests = "loqed_bridge_requests_total"
    case requestSeconds = "loqed_bridge_request_seconds"
    case connections = "loqed_webhook_connections_total"
    case openConnections = "loqed_webhook_connections_open"
    case answers = "loqed_webhook_answers_total"
    case sessions = "loqed_mqtt_sessions"
    case sessionsUp = "loqed_mqtt_sessions_connected"
    case connects = "loqed_mqtt_connects_total"
    case disconnects = "loqed_mqtt_disconnects_total"
    case publications = "loqed_mqtt_publications_total"
    case lostEvents = "loqed_mqtt_events_lost_total"
    case queued = "loqed_mqtt_publications_waiting"
    case problems = "loqed_problems"
    case inputs = "loqed_engine_inputs_total"
    case waiting = "loqed_engine_inputs_waiting"

    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    var kind: Kind {
        switch self {
        case .commandSeconds, .commandStageSeconds, .webhookSeconds, .requestSeconds: .histogram
        case .cpu, .events, .commands, .webhooks, .requests, .connections, .answers, .inputs, .connects, .disconnects,
            .publications, .lostEvents:
            .counter
        default: .gauge
        }
    }

    var help: String {
        switch self {
        case .build: "The version that runs."
        case .started: "When the process started, in seconds since 1970."
        case .cpu: "CPU time of the process, user and system."
        case .resident: "Resident memory of the process."
        case .descriptors: "Open file descriptors of the process."
        case .online: "Whether the lock can be heard."
        case .known: "Whether the state of the lock is known."
        case .battery: "The level of the lock's battery; absent while unknown."
        case .webhookPath: "Whether the webhooks of the bridge are proved to arrive."
        case .commandsEnabled: "Whether the lock takes commands."
        case .events: "What happened at the lock, by the words of its event topic."
        case .commands: "Commands that ended, by how."
        case .commandSeconds: "From the arrival of a command to the lock's own confirmation."
        case .commandStageSeconds: "From the arrival of a command to each stage before that."
        case .webhooks: "Webhooks, by the verdict about them."
        case .webhookSeconds: "From a webhook that is believed to what it says on its way to the broker."
        case .requests: "Requests to bridges, by kind and outcome."
        case .requestSeconds: "How long requests to bridges took."
        case .connections: "Connections to the webhook listener."
        case .openConnections: "Connections to the webhook listener that are open."
        case .answers: "Answers of the webhook listener, by HTTP status."
        case .sessions: "Sessions with the broker: one for the gateway and one for each lock."
        case .sessionsUp: "Those of them that are connected."
        case .connects: "Connections to the broker that came about."
        case .disconnects: "Connections to the broker that broke or did not come about."
        case .publications: "Messages that were handed to the broker, by what became of them."
        case .lostEvents: "Events that nobody will hear of, because the broker was away too long."
        case .queued: "Messages that wait for the broker."
        case .problems: "Problems that are present, by their code."
        case .inputs: "What the supervisors were told."
        case .waiting: "What waits for the supervisors."
        }
    }

    /// The names of its labels, in the order in which they are written; `le` of a histogram left out.
    ///
    /// Their values are the configured locks and words of ours, so there are only so many.
    var labels: [String] {
        switch self {
        case .build: ["version"]
        case .online, .known, .battery, .webhookPath, .commandsEnabled: ["lock"]
        case .events: ["lock", "event"]
        case .commands: ["lock", "command", "status", "reason"]
        case .commandSeconds: ["lock", "command"]
        case .commandStageSeconds: ["stage"]
        case .webhooks: ["lock", "verdict"]
        case .requests: ["kind", "outcome"]
        case .requestSeconds: ["kind"]
        case .connections, .publications: ["outcome"]
        case .answers: ["status"]
        case .problems: ["code"]
        default: []
        }
    }
}
