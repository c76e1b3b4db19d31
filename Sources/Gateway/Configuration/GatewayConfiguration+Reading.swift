import Logging

extension GatewayConfiguration {
    /// Reads every key of the configuration.
    ///
    /// Nil only after a problem was reported.
    static func read(_ root: inout SectionReader) -> GatewayConfiguration? {
        let mqtt = root.section("mqtt") { MQTT.read(&$0) }
        let homeAssistant = root.section("home_assistant") { HomeAssistant.read(&$0) }
        let webhook = root.section("webhook") { Webhook.read(&$0) }
        let admin = root.section("admin") {
            $0.isPresent || $0.isGiven("listen")
                ? $0.required("listen", ValueKind.listener.example("127.0.0.1:8098")) : nil
        }
        if let admin, admin.isTaken(by: webhook.listen) {
            root.session.report(
                root.session.origins["admin.listen"]?.place ?? root.session.place(.start),
                "admin.listen",
                "is what webhook.listen has already",
                "Give it a port of its own: 127.0.0.1:\(webhook.listen.port == 8098 ? 8099 : 8098)"
            )
        }
        let log = root.section("log") { Log.read(&$0) }
        let supervision = root.section("supervision") { Supervision.read(&$0) }
        let stateDirectory = root.folder(
            "state_directory",
            example: "state",
            default: root.session.standardStateDirectory
        )
        let locks = Lock.readAll(from: &root)
        guard let mqtt else { return nil }
        return GatewayConfiguration(
            mqtt: mqtt,
            homeAssistant: homeAssistant,
            webhook: webhook,
            admin: admin,
            log: log,
            supervision: supervision,
            stateDirectory: stateDirectory,
            locks: locks
        )
    }
}

extension GatewayConfiguration.HomeAssistant {
    fileprivate static func read(_ section: inout SectionReader) -> Self {
        let defaults = Self()
        return Self(
            discovery: section.value("discovery", .boolean) ?? defaults.discovery,
            discoveryPrefix: section.value("discovery_prefix", .topic(example: defaults.discoveryPrefix))
                ?? defaults.discoveryPrefix
        )
    }
}

extension GatewayConfiguration.Webhook {
    fileprivate static func read(_ section: inout SectionReader) -> Self {
        let defaults = Self()
        return Self(
            listen: section.value("listen", .listener) ?? defaults.listen,
            advertise: section.value("advertise", .httpAddress),
            timestampTolerance: section.value(
                "timestamp_tolerance",
                .duration(in: .seconds(1)...(.seconds(60)), step: .seconds(1), example: "20s")
            ) ?? defaults.timestampTolerance
        )
    }
}

extension GatewayConfiguration.Log {
    fileprivate static func read(_ section: inout SectionReader) -> Self {
        let defaults = Self()
        let levels = Logger.Level.allCases.map { (name: $0.rawValue, value: $0) }
        let formats = Format.allCases.map { (name: $0.rawValue, value: $0) }
        return Self(
            level: section.value("level", .word(of: levels).example("info")) ?? defaults.level,
            format: section.value("format", .word(of: formats)) ?? defaults.format
        )
    }
}

extension GatewayConfiguration.Supervision {
    fileprivate static func read(_ section: inout SectionReader) -> Self {
        let defaults = Self()
        let (hour, day) = (Duration.seconds(3600), Duration.seconds(24 * 3600))
        return Self(
            statusInterval: section.value(
                "status_interval",
                .duration(in: .seconds(30)...day, example: "1h")
            ) ?? defaults.statusInterval,
            statusIntervalUnproven: section.value(
                "status_interval_unproven",
                .duration(in: .seconds(10)...day, example: "60s")
            ) ?? defaults.statusIntervalUnproven,
            probeInterval: section.value(
                "probe_interval",
                .duration(in: .seconds(1)...hour, example: "30s")
            ) ?? defaults.probeInterval,
            movementTimeout: section.value(
                "movement_timeout",
                .duration(in: .seconds(2)...(.seconds(300)), example: "30s")
            ) ?? defaults.movementTimeout,
            internetCheck: section.value("internet_check", .server)
        )
    }
}
