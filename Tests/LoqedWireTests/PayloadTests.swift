import LockDomain
import LoqedWire
import Testing

@Suite struct `A webhook's body` {
    private static let mac = "a0b1c2d3e4f1"
    private static let key3 = KeyID(3)

    private static func reached(_ bolt: BoltState, _ name: String, key: KeyID?, cause: Cause = .unknown) -> BridgeReport
    {
        BridgeReport(kind: .reached(bolt), eventType: name, cause: cause, key: key, bridgeMAC: mac)
    }

    private static func going(_ bolt: BoltState, _ name: String, _ cause: Cause, key: KeyID? = nil) -> BridgeReport {
        BridgeReport(kind: .going(to: bolt), eventType: "GO_TO_STATE_" + name, cause: cause, key: key, bridgeMAC: mac)
    }

    private static func battery(_ level: Int?, _ type: BatteryType?, signal: SignalReading? = nil) -> BridgeReport {
        BridgeReport(kind: .battery, battery: .init(level: level, type: type), signal: signal, bridgeMAC: mac)
    }

    private static func signal(_ signal: SignalReading) -> BridgeReport {
        BridgeReport(kind: .signal, signal: signal, bridgeMAC: mac)
    }

    static let expected: [String: BridgeReport] = [
        "reached-open": reached(.open, "STATE_CHANGED_OPEN", key: key3),
        "reached-latch": reached(.dayLock, "STATE_CHANGED_LATCH", key: key3),
        "reached-night-lock": reached(.nightLock, "STATE_CHANGED_NIGHT_LOCK", key: key3),
        "reached-unknown": reached(.unknown, "STATE_CHANGED_UNKNOWN", key: nil),
        "reached-latch-automatic-after-open": reached(.dayLock, "STATE_CHANGED_LATCH", key: nil),
        "reached-night-lock-by-hand": reached(.nightLock, "STATE_CHANGED_NIGHT_LOCK", key: nil),
        "reached-latch-key-null": reached(.dayLock, "STATE_CHANGED_LATCH", key: nil),
        "reached-latch-key-zero": reached(.dayLock, "STATE_CHANGED_LATCH", key: KeyID(0)),
        "reached-open-remote": reached(.open, "STATE_CHANGED_OPEN_REMOTE", key: key3, cause: .remote),
        "reached-latch-remote": reached(.dayLock, "STATE_CHANGED_LATCH_REMOTE", key: key3, cause: .remote),
        "reached-night-lock-remote": reached(.nightLock, "STATE_CHANGED_NIGHT_LOCK_REMOTE", key: key3, cause: .remote),
        "reached-requested-differs": BridgeReport(
            kind: .reached(.unknown),
            eventType: "STATE_CHANGED_LATCH",
            isContradictory: true,
            bridgeMAC: mac
        ),
        "motor-stall-with-key": BridgeReport(
            kind: .stalled,
            eventType: "MOTOR_STALL",
            key: KeyID(1),
            bridgeMAC: mac
        ),
        "motor-stall-no-key": BridgeReport(kind: .stalled, eventType: "MOTOR_STALL", bridgeMAC: mac),
        "goto-remote-latch": going(.dayLock, "MANUAL_LOCK_REMOTE_LATCH", .remote, key: key3),
        "goto-remote-night-lock": going(.nightLock, "MANUAL_LOCK_REMOTE_NIGHT_LOCK", .remote, key: key3),
        "goto-remote-open": going(.open, "MANUAL_UNLOCK_REMOTE_OPEN", .remote, key: key3),
        "goto-instantopen-open": going(.open, "INSTANTOPEN_OPEN", .touch, key: key3),
        "goto-instantopen-latch": going(.dayLock, "INSTANTOPEN_LATCH", .touch, key: key3),
        "goto-ble-open": going(.open, "MANUAL_UNLOCK_BLE_OPEN", .remote, key: key3),
        "goto-ble-latch": going(.dayLock, "MANUAL_LOCK_BLE_LATCH", .remote, key: key3),
        "goto-ble-night-lock": going(.nightLock, "MANUAL_LOCK_BLE_NIGHT_LOCK", .remote, key: key3),
        "goto-twist-assist-open": going(.open, "TWIST_ASSIST_OPEN", .twist),
        "goto-twist-assist-latch": going(.dayLock, "TWIST_ASSIST_LATCH", .twist),
        "goto-twist-assist-lock": going(.nightLock, "TWIST_ASSIST_LOCK", .twist),
        "goto-outside-pin": going(.open, "MANUAL_UNLOCK_VIA_OUTSIDE_MODULE_PIN", .pin, key: KeyID(5)),
        "goto-outside-button": going(.open, "MANUAL_UNLOCK_VIA_OUTSIDE_MODULE_BUTTON", .button),
        "goto-touch-to-lock": going(.nightLock, "TOUCH_TO_LOCK", .touch),
        "goto-without-target": going(.nightLock, "MANUAL_LOCK_REMOTE_NIGHT_LOCK", .remote, key: key3),
        "goto-with-numeric": going(.nightLock, "TOUCH_TO_LOCK", .touch),
        "touch-to-lock-reached-shape": going(.nightLock, "TOUCH_TO_LOCK", .touch),
        "battery-nimh": battery(88, .nickelMetalHydride),
        "battery-type-unknown": battery(100, nil),
        "battery-type-numeric": battery(88, .nickelMetalHydride),
        "battery-minus-one": battery(nil, nil),
        "battery-with-signal": battery(nil, .nickelMetalHydride, signal: .init(wifi: 64, lockLost: true)),
        "online-ok": signal(.init(wifi: 64, bluetooth: 71)),
        "online-lost": signal(.init(wifi: 64, lockLost: true)),
        "online-old-db": signal(.init(wifi: -31, bluetooth: -63)),
        "online-strings": signal(.init(wifi: 64, lockLost: true)),
        "unrecognised-event": reached(.unknown, "STATE_CHANGED_SOMETHING_NEW", key: key3),
        "unrecognised-goto": going(.dayLock, "SOMETHING_NEW_LATCH", .unknown, key: key3),
        "malformed-key-out-of-range": reached(.open, "STATE_CHANGED_OPEN", key: nil),
        "malformed-nested-key": reached(.open, "STATE_CHANGED_OPEN", key: nil),
    ]

    static let refused: [String: WireError] = [
        "malformed-not-json": .notJSON,
        "malformed-truncated": .notJSON,
        "malformed-empty-body": .notJSON,
        "malformed-array": .wrongType(path: "body", expected: "an object"),
        "malformed-empty-object": .noKnownField,
        "malformed-macs-only": .noKnownField,
        "malformed-event-number": .wrongType(path: "event_type", expected: "text"),
    ]

    @Test(arguments: expected.keys.sorted()) func `reads as it should`(name: String) throws {
        let body = try TestFiles.bytes("Payloads/bridge-\(name).json")
        #expect(try BridgeReport(webhookBody: body) == Self.expected[name])
    }

    @Test(arguments: refused.keys.sorted()) func `is refused with what is wrong`(name: String) throws {
        let body = try TestFiles.bytes("Payloads/bridge-\(name).json")
        #expect(throws: try #require(Self.refused[name])) { try BridgeReport(webhookBody: body) }
    }

    @Test func `has the signature that the manifest gives`() throws {
        var count = 0
        for file in try TestFiles.manifest() {
            guard let signed = file["signed_example"]?.object else { continue }
            let key = try BridgeKey(base64: signed["bridge_key_base64"]?.string ?? "")
            let body = try TestFiles.bytes("Payloads/\(file["file"]?.string ?? "")")
            let fields = [
                ("TIMESTAMP", signed["TIMESTAMP"]?.string ?? ""), ("HASH", signed["HASH"]?.string ?? ""),
            ]
            let now = UnixTime(seconds: Int64(signed["TIMESTAMP"]?.string ?? "") ?? 0)
            let envelope = try WebhookEnvelope(fields: fields, body: body)
            #expect(try envelope.verified(with: key, at: now, tolerance: .seconds(20)).body == body)
            count += 1
        }
        #expect(count > 40)
    }

    @Test func `is read by no one when it comes from the cloud's families by mistake`() throws {
        for file in try TestFiles.manifest() where file["file"]?.string?.hasPrefix("cloud-") == true {
            let body = try TestFiles.bytes("Payloads/\(file["file"]?.string ?? "")")
            let report = try? BridgeReport(webhookBody: body)
            // Two families share their fields with the bridge's; only its signature tells them apart.
            let sharesFields = ["cloud-webhook", "cloud-legacy-status"].contains(file["family"]?.string)
            #expect(sharesFields || report == nil, "\(file["file"]?.string ?? "")")
        }
    }

    @Test func `of every kind that we have is used by a test`() throws {
        let files = try TestFiles.manifest().compactMap { $0["file"]?.string }
        #expect(files.count == 101)
        let known =
            Array(Self.expected.keys).map { "bridge-\($0).json" } + Self.refused.keys.map { "bridge-\($0).json" }
            + `A status`.expected.keys.map { "status-\($0).json" } + `A status`.refused.keys.map { "status-\($0).json" }
            + `A list of webhooks`.files
        #expect(Set(files.filter { !$0.hasPrefix("cloud-") }) == Set(known))
    }

    @Test func `damaged in any one byte or cut anywhere never stops the process`() throws {
        for name in Self.expected.keys.sorted() {
            let body = try TestFiles.bytes("Payloads/bridge-\(name).json")
            for index in body.indices {
                _ = try? BridgeReport(webhookBody: Array(body[..<index]))
                var damaged = body
                damaged[index] ^= UInt8(1 << (index % 8))
                _ = try? BridgeReport(webhookBody: damaged)
                _ = try? BridgeStatus(statusBody: damaged)
            }
        }
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 16_000)
        #expect(throws: WireError.notJSON) { try BridgeReport(webhookBody: deep) }
    }
}

@Suite struct `A status` {
    private static func status(
        _ bolt: BoltState,
        level: Int? = 82,
        voltage: Double? = 10.46,
        type: BatteryType? = .nickelMetalHydride,
        isOnline: Bool = true,
        signal: SignalReading = SignalReading(wifi: 64, bluetooth: 71)
    ) -> BridgeStatus {
        BridgeStatus(
            isLockOnline: isOnline,
            bolt: bolt,
            battery: BatteryReading(level: level, voltage: voltage, type: type),
            signal: signal,
            bridgeMAC: "a0b1c2d3e4f1",
            bootedAt: 1_699_400_123,
            webhookCount: 2
        )
    }

    private static let lost = SignalReading(wifi: 64, lockLost: true)

    static let expected: [String: BridgeStatus] = [
        "online-day-lock": status(.dayLock),
        "online-night-lock": status(.nightLock),
        "online-open": status(.open),
        "online-bolt-unknown": status(.unknown),
        "online-battery-type-unknown": status(.nightLock, level: 57, voltage: 10.81, type: nil),
        "online-battery-low": status(.nightLock, level: 4, voltage: 8.31),
        "offline": status(.unknown, level: nil, voltage: nil, isOnline: false, signal: lost),
        "offline-stale-values": status(.unknown, level: nil, voltage: nil, isOnline: false, signal: lost),
        "batteries-empty": status(.unknown, level: nil, voltage: nil, type: nil, isOnline: false, signal: lost),
        "numbers-as-strings": status(.nightLock),
        "negative-db-signal": status(.dayLock, signal: SignalReading(wifi: -58, bluetooth: -67)),
        "minimal": BridgeStatus(isLockOnline: true, bolt: .unknown, battery: BatteryReading(level: 82)),
    ]

    static let refused: [String: WireError] = ["malformed-truncated": .notJSON, "malformed-html": .notJSON]

    @Test(arguments: expected.keys.sorted()) func `reads as it should`(name: String) throws {
        let body = try TestFiles.bytes("Payloads/status-\(name).json")
        #expect(try BridgeStatus(statusBody: body) == Self.expected[name])
    }

    @Test(arguments: refused.keys.sorted()) func `is refused with what is wrong`(name: String) throws {
        let body = try TestFiles.bytes("Payloads/status-\(name).json")
        #expect(throws: try #require(Self.refused[name])) { try BridgeStatus(statusBody: body) }
    }

    @Test func `without any field of ours is refused`() {
        #expect(throws: WireError.noKnownField) { try BridgeStatus(statusBody: Array(#"{"a":1}"#.utf8)) }
    }

    @Test func `tells the kind of bridge by its content type`() {
        #expect(BridgeKind(statusContentType: "application/json; charset=utf-8") == .shelly)
        #expect(BridgeKind(statusContentType: "text/html") == .esp32)
        #expect(BridgeKind(statusContentType: nil) == .esp32)
    }
}

@Suite struct `A list of webhooks` {
    static let files = [
        "bridge-webhooks-list.json", "bridge-webhooks-list-empty.json", "bridge-webhooks-list-partial-flags.json",
        "bridge-webhook-create-request.json",
    ]

    @Test func `reads with ids, addresses and triggers`() throws {
        let list = try WebhookEntry.list(body: TestFiles.bytes("Payloads/bridge-webhooks-list.json"))
        #expect(list.map(\.id) == [1, 4])
        #expect(list[1].url == "http://192.0.2.20:8099/loqed/webhook/front-door")
        #expect(list.map(\.triggers) == [.all, .all])
        let partial = try WebhookEntry.list(body: TestFiles.bytes("Payloads/bridge-webhooks-list-partial-flags.json"))
        #expect(partial.map(\.triggers.rawValue) == [0x18F])
        #expect(try WebhookEntry.list(body: TestFiles.bytes("Payloads/bridge-webhooks-list-empty.json")) == [])
    }

    @Test func `reads numbers that are text`() throws {
        let list = try WebhookEntry.list(body: Array(#"[{"id":"7","url":"http://x/","trigger_battery":"1"}]"#.utf8))
        #expect(list == [WebhookEntry(id: 7, url: "http://x/", triggers: .battery)])
    }

    @Test func `says which entry is wrong, without showing it`() {
        #expect(throws: WireError.wrongType(path: "[1].id", expected: "a number")) {
            try WebhookEntry.list(body: Array(#"[{"id":1,"url":"a"},{"url":"http://secret/"}]"#.utf8))
        }
        #expect(throws: WireError.wrongType(path: "body", expected: "a list of webhooks")) {
            try WebhookEntry.list(body: Array(#"{"a":1}"#.utf8))
        }
    }

    @Test func `asks for a new entry as the bridge expects it`() throws {
        let key = try BridgeKey(base64: TestFiles.key("bridge_key_a"))
        let url = "http://192.0.2.20:8099/loqed/webhook/front-door"
        let request = BridgeRequest.createWebhook(url: url, triggers: .all, key: key, at: UnixTime(seconds: 1))
        #expect(request.body == (try TestFiles.bytes("Payloads/bridge-webhook-create-request.json")))
    }

    @Test func `shows no address of a stranger when printed`() {
        let entry = WebhookEntry(id: 3, url: "http://stranger/token", triggers: .all)
        var dumped = ""
        dump(entry, to: &dumped)
        for text in ["\(entry)", String(reflecting: entry), dumped] { #expect(!text.contains("stranger")) }
    }
}
