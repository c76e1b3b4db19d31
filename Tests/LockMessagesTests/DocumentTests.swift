import GatewayTestSupport
import LockDomain
import LockMessages
import Testing

@Suite struct `A published document` {
    @Test func `has every key, whatever is not known`() {
        let removals: [(inout LockReport) -> Void] = [
            { $0.evidence = nil }, { $0.lastKnownState = nil }, { $0.lastKnownBattery = nil },
            { $0.battery.level = nil },
            { $0.battery.voltage = nil }, { $0.battery.type = nil }, { $0.signal.wifi = nil },
            { $0.signal.bluetooth = nil }, { $0.bridgeKind = nil }, { $0.bridgeMAC = nil }, { $0.lastAction = nil },
            { $0.clockSkew = nil },
            { $0.webhookDelays = nil },
        ]
        for missing in 0..<(1 << removals.count) {
            var report = Samples.fullReport
            for (bit, remove) in removals.enumerated() where missing & (1 << bit) != 0 { remove(&report) }
            #expect(AttributesDocument(report).json.keyPaths == Self.attributeKeys, "combination \(missing)")
        }
    }

    @Test func `has every key for events and results too`() {
        let bare = EventDocument(LockOccurrence(.online, time: Samples.now)).json
        #expect(bare.keyPaths == ["event_type", "raw_type", "cause", "key_id", "key_name", "time"])
        let keys: Set = ["id", "command", "status", "error", "road", "attempts", "received_at", "updated_at", "first"]
        let statuses: [CommandStatus] = [
            .received, .sending, .sent, .accepted, .confirmed, .expired(nil), .superseded,
        ]
        for status in statuses {
            #expect(CommandResultDocument(Samples.result(status)).json.keyPaths == keys)
            #expect(CommandResultDocument(Samples.result(status, action: nil)).json.keyPaths == keys)
        }
        #expect(
            Samples.info.json.keyPaths == [
                "version", "started_at", "locks", "protocol", "features", "contract_version",
            ]
        )
    }

    @Test func `is the same twice and right by another reader, for a thousand odd reports`() throws {
        var reports = RandomReports(seed: 2026)
        for round in 0..<1000 {
            let report = reports.next()
            let publications = [Publication](report, for: Samples.frontDoor, in: Samples.layout)
            #expect(publications == [Publication](report, for: Samples.frontDoor, in: Samples.layout))
            let bytes = try #require(publications.first { $0.topic.hasSuffix("/attributes") }).payload
            let json = try AnyJSON(bytes)
            #expect(json.keyPaths == Self.attributeKeys, "round \(round)")
            #expect(MemberCount.written(in: bytes) == MemberCount.decoded(in: json), "round \(round)")
            #expect(try json.canonicalBytes == bytes, "round \(round)")
        }
    }

    @Test(
        arguments: [
            (nil, true, .null), (22, true, .flag(true)), (22, false, .flag(false)), (0, true, .flag(true)),
            (-1, true, .null), (101, false, .null), (50, nil, .null),
        ] as [(Int?, Bool?, JSONValue)]
    )
    func `calls the batteries low only when it knows`(level: Int?, isLow: Bool?, low: JSONValue) {
        var report = Samples.fullReport
        report.battery.level = level
        report.lastKnownBattery = isLow.map { .init(level: level ?? 22, time: Samples.now, isLow: $0) }
        #expect(AttributesDocument(report).json["battery"]?["low"] == low)
    }

    @Test func `marks what is old as stale only when there is something old`() {
        let stale = AttributesDocument(Samples.offlineReport).json["stale"]
        #expect(stale == ["state": true, "battery": true])
        #expect(AttributesDocument(Samples.fullReport).json["stale"] == ["state": false, "battery": false])
        #expect(AttributesDocument(Samples.emptyReport).json["stale"] == ["state": false, "battery": false])
    }

    @Test func `answers a repeated command with what became of the first`() {
        let result = CommandResult(
            id: Samples.command("garden-7"),
            action: .unlock,
            status: .refused(.duplicate),
            receivedAt: Samples.now,
            updatedAt: Samples.now,
            first: .init(status: .failed(.noResponse), updatedAt: UnixTime(seconds: 1_700_000_000))
        )
        let expected: JSONValue = [
            "status": "failed", "error": "no_response", "updated_at": "2023-11-14T22:13:20.000Z",
        ]
        #expect(CommandResultDocument(result).json["first"] == expected)
        #expect(CommandResultDocument(Samples.result(.sent)).json["first"] == .null)
    }

    @Test(arguments: FailureReason.allCases)
    func `says why a command failed`(reason: FailureReason) {
        let failed = CommandResultDocument(Samples.result(.failed(reason))).json
        #expect(failed["status"] == "failed")
        #expect(failed["error"] == .text(reason.rawValue))
    }

    @Test(arguments: RefusalReason.allCases)
    func `says why a command was refused`(reason: RefusalReason) {
        let refused = CommandResultDocument(Samples.result(.refused(reason))).json
        #expect(refused["status"] == "refused")
        #expect(refused["error"] == .text(reason.rawValue))
    }

    private static let attributeKeys: Set<String> = [
        "state", "bolt_state", "evidence", "evidence.source", "evidence.time", "last_known", "last_known.state",
        "last_known.time", "last_known.battery", "last_known.battery_time", "stale", "stale.state", "stale.battery",
        "connectivity", "offline_reason", "road", "battery", "battery.level", "battery.voltage", "battery.type",
        "battery.low", "signal", "signal.wifi", "signal.bluetooth", "bridge", "bridge.kind", "bridge.mac",
        "webhook_path", "webhook_delay", "webhook_delay.last", "webhook_delay.median", "webhook_delay.longest",
        "webhook_delay.count", "webhook_delay.refused_late", "webhook_delay.refused_skewed", "last_action",
        "last_action.event", "last_action.raw_type", "last_action.cause",
        "last_action.key_id", "last_action.key_name", "last_action.time", "clock_skew_seconds",
    ]
}
