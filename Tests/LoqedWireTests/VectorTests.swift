import LockDomain
import LoqedWire
import Testing

@Suite struct `Golden vectors` {
    @Test func `sign every command to the byte`() throws {
        let vectors = try TestFiles.vectors("signed_commands")
        #expect(vectors.count == 24)
        for vector in vectors {
            let name = vector["name"]?.string ?? "?"
            let secret = try CommandSecret(base64: TestFiles.key(vector["key_secret"]?.string ?? ""))
            let action = try #require(LockAction.allCases.first { Int($0.wireCode) == vector["action"]?.int })
            let key = try #require(vector["key_id"]?.int.flatMap(KeyID.init))
            let seconds = Int64(try #require(vector["timestamp"]?.int))
            // The fraction is dropped, not rounded.
            let time = UnixTime(milliseconds: seconds * 1000 + 750)
            let command = SignedCommand(action, key: key, secret: secret, at: time)
            #expect(command.bytes.hex == vector["command_hex"]?.string, "\(name)")
            #expect(command.base64 == vector["command_base64"]?.string, "\(name)")
            #expect(BridgeRequest.command(command).target == vector["request_target"]?.string, "\(name)")

            let received = try #require(ReceivedCommand(base64: command.base64))
            #expect(received.key == key && received.action == action && received.signedAt == seconds)
            #expect(received.isSigned(with: secret))
            let other = try CommandSecret(
                base64: TestFiles.key("key_secret_a" == vector["key_secret"]?.string ? "key_secret_b" : "key_secret_a")
            )
            #expect(!received.isSigned(with: other))
        }
    }

    @Test func `sign commands in the form of the cloud`() throws {
        let vectors = try TestFiles.vectors("cloud_self_signed_commands_45_bytes")
        #expect(vectors.count == 4)
        for vector in vectors {
            let secret = try CommandSecret(base64: TestFiles.key(vector["key_secret"]?.string ?? ""))
            let action = try #require(LockAction.allCases.first { Int($0.wireCode) == vector["action"]?.int })
            let key = try #require(vector["key_id"]?.int.flatMap(KeyID.init))
            let time = UnixTime(seconds: Int64(try #require(vector["timestamp"]?.int)))
            let command = SignedCommand(action, key: key, secret: secret, at: time)
            #expect(command.cloudBase64 == vector["command_base64"]?.string)
        }
    }

    @Test func `of the door opener are no commands of a lock`() throws {
        let vectors = try TestFiles.vectors("electronic_door_commands")
        #expect(vectors.count == 2)
        for vector in vectors { #expect(ReceivedCommand(base64: vector["command_base64"]?.string ?? "") == nil) }
    }

    @Test func `sign every request about webhooks`() throws {
        let lists = try TestFiles.vectors("webhook_list")
        #expect(lists.count == 3)
        for vector in lists {
            let request = BridgeRequest.listWebhooks(key: try TestFiles.bridgeKey(vector), at: time(of: vector))
            expect(request, matches: vector)
        }
        let creations = try TestFiles.vectors("webhook_create")
        #expect(creations.count == 9)
        for vector in creations {
            let triggers = WebhookTriggers(rawValue: UInt32(try #require(vector["flags"]?.int)))
            let request = BridgeRequest.createWebhook(
                url: vector["url"]?.string ?? "",
                triggers: triggers,
                key: try TestFiles.bridgeKey(vector),
                at: time(of: vector)
            )
            expect(request, matches: vector)
            #expect(try JSONValue.parse(request.body) == vector["json_body"])
            #expect(request.fields.last?.value == "application/json")
        }
        let deletions = try TestFiles.vectors("webhook_delete")
        #expect(deletions.count == 6)
        for vector in deletions {
            let id = UInt64(try #require(vector["id"]?.int))
            let key = try TestFiles.bridgeKey(vector)
            expect(BridgeRequest.deleteWebhook(id: id, key: key, at: time(of: vector)), matches: vector)
        }
    }

    @Test func `verify every webhook`() throws {
        let vectors = try TestFiles.vectors("incoming_webhooks")
        #expect(vectors.count == 10)
        for vector in vectors {
            let body = Array((vector["body"]?.string ?? "").utf8)
            let seconds = String(try #require(vector["timestamp"]?.int))
            let hash = try #require(vector["hash"]?.string)
            let key = try TestFiles.bridgeKey(vector)
            let envelope = try WebhookEnvelope(
                fields: [("Timestamp", seconds), ("hash", hash.uppercased())],
                body: body
            )
            let webhook = try envelope.verified(with: key, at: time(of: vector), tolerance: .seconds(20))
            #expect(webhook.body == body)
            #expect(webhook.stamp.signedAt == Int64(seconds))
            #expect(webhook.stamp.fingerprint == UInt64(hash.prefix(16), radix: 16))
            let forged = try WebhookEnvelope(fields: [("TIMESTAMP", seconds), ("HASH", hash)], body: body + [32])
            #expect(throws: WebhookRejection.badSignature) {
                try forged.verified(with: key, at: time(of: vector), tolerance: .seconds(20))
            }
        }
    }

    /// The vectors say what one client does.
    ///
    /// We differ knowingly: 20 s instead of 10, and digits of either case.
    @Test func `on acceptance are judged by our own rules`() throws {
        let vectors = try TestFiles.vectors("incoming_acceptance")
        #expect(vectors.count == 11)
        let key = try BridgeKey(base64: TestFiles.key("bridge_key_a"))
        var verdicts: [String] = []
        for vector in vectors {
            let clock = try #require(vector["receiver_clock"]?.double)
            let envelope = try WebhookEnvelope(
                fields: [
                    ("TIMESTAMP", vector["timestamp_header"]?.string ?? ""), ("HASH", vector["hash"]?.string ?? ""),
                ],
                body: Array((vector["body"]?.string ?? "").utf8)
            )
            do {
                let now = UnixTime(milliseconds: Int64(clock * 1000))
                let webhook = try envelope.verified(with: key, at: now, tolerance: .seconds(20))
                verdicts.append((try? webhook.report()) == nil ? "no report" : "accepted")
            } catch {
                verdicts.append("\(error)")
            }
        }
        #expect(
            verdicts == [
                "accepted", "accepted", "accepted", "accepted", "accepted", "badSignature", "accepted", "no report",
                "no report", "no report", "no report",
            ]
        )
    }

    private func time(of vector: [String: JSONValue]) -> UnixTime {
        UnixTime(seconds: Int64(vector["timestamp"]?.int ?? 0))
    }

    private func expect(_ request: BridgeRequest, matches vector: [String: JSONValue]) {
        #expect(request.method == vector["method"]?.string)
        #expect(request.target == vector["path"]?.string)
        let headers = vector["headers"]?.object ?? [:]
        #expect(request.fields.first { $0.name == "TIMESTAMP" }?.value == headers["TIMESTAMP"]?.string)
        #expect(request.fields.first { $0.name == "HASH" }?.value == headers["HASH"]?.string)
    }
}

@Suite struct `A webhook's envelope` {
    private let key = try! BridgeKey(base64: "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=")
    private let body = Array(
        #"{"wifi_strength":71,"ble_strength":-1,"mac_wifi":"a0b1c2d3e4f1","mac_ble":"a0b1c2d3e4f3"}"#.utf8
    )
    private let hash = "ce5af2a79dc95f977eba6a323d0db1aec9c0e405e64128292d54f0e92e280784"

    @Test(arguments: [-21, 21] as [Int64]) func `is stale beyond the tolerance in both directions`(skew: Int64) throws {
        let envelope = try WebhookEnvelope(fields: [("TIMESTAMP", "1700000000"), ("HASH", hash)], body: body)
        #expect(throws: WebhookRejection.stale(skew: .seconds(skew))) {
            try envelope.verified(with: key, at: UnixTime(seconds: 1_700_000_000 + skew), tolerance: .seconds(20))
        }
    }

    @Test(arguments: [-20, 0, 20] as [Int64]) func `is fresh within the tolerance`(skew: Int64) throws {
        let envelope = try WebhookEnvelope(fields: [("TIMESTAMP", "1700000000"), ("HASH", hash)], body: body)
        let now = UnixTime(seconds: 1_700_000_000 + skew)
        #expect(try envelope.verified(with: key, at: now, tolerance: .seconds(20)).report().signal?.lockLost == true)
    }

    @Test func `is checked for its signature before its age`() throws {
        let wrong = String(repeating: "0", count: 64)
        let envelope = try WebhookEnvelope(fields: [("TIMESTAMP", "1"), ("HASH", wrong)], body: body)
        #expect(throws: WebhookRejection.badSignature) {
            try envelope.verified(with: key, at: UnixTime(seconds: 1_700_000_000), tolerance: .seconds(20))
        }
    }

    @Test func `without either header is unsigned`() {
        #expect(throws: WebhookRejection.unsigned) { try WebhookEnvelope(fields: [("HASH", hash)], body: body) }
        #expect(throws: WebhookRejection.unsigned) { try WebhookEnvelope(fields: [("TIMESTAMP", "1")], body: body) }
        #expect(throws: WebhookRejection.unsigned) { try WebhookEnvelope(fields: [], body: body) }
    }

    @Test(arguments: ["", "-1", "1.5", "0x10", " 1700000000", "1700000000 ", "99999999999999999999", "１７"])
    func `with an odd time is malformed`(time: String) {
        #expect(throws: WebhookRejection.malformed) {
            try WebhookEnvelope(fields: [("TIMESTAMP", time), ("HASH", hash)], body: body)
        }
    }

    @Test func `with a doubled header is malformed`() {
        #expect(throws: WebhookRejection.malformed) {
            try WebhookEnvelope(fields: [("TIMESTAMP", "1"), ("timestamp", "1"), ("HASH", hash)], body: body)
        }
        #expect(throws: WebhookRejection.malformed) {
            try WebhookEnvelope(fields: [("TIMESTAMP", "1"), ("HASH", hash), ("Hash", hash)], body: body)
        }
    }

    @Test(arguments: ["", "zz", "ce5a", "ce5af2a79dc95f977eba6a323d0db1aec9c0e405e64128292d54f0e92e28078"])
    func `with an odd hash is badly signed`(hash: String) throws {
        let envelope = try WebhookEnvelope(fields: [("TIMESTAMP", "1700000000"), ("HASH", hash)], body: body)
        #expect(throws: WebhookRejection.badSignature) {
            try envelope.verified(with: key, at: UnixTime(seconds: 1_700_000_000), tolerance: .seconds(20))
        }
    }
}

@Suite struct `A secret` {
    static let canary = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    @Test func `shows itself in no way of printing`() throws {
        let secret = try CommandSecret(base64: Self.canary)
        let bridgeKey = try BridgeKey(base64: Self.canary)
        let command = SignedCommand(.open, key: KeyID(3)!, secret: secret, at: UnixTime(seconds: 1))
        let request = BridgeRequest.command(command)
        let received = try #require(ReceivedCommand(base64: command.base64))
        let envelope = try WebhookEnvelope(fields: [("TIMESTAMP", "1"), ("HASH", "AAEC")], body: Array("AAEC".utf8))
        for value in [secret, bridgeKey, command, request, [secret], ["k": request], received, envelope] as [Any] {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(reflecting: value), String(describing: value), dumped] {
                #expect(!text.contains("AAEC") && !text.contains("0, 1, 2, 3") && !text.contains("to_lock"), "\(text)")
            }
        }
    }

    @Test func `that does not read as one is refused without being told`() {
        #expect(throws: KeyError.notBase64) { try CommandSecret(base64: "not base64!") }
        #expect(throws: KeyError.wrongLength(3)) { try CommandSecret(base64: "AAEC") }
        #expect(throws: KeyError.empty) { try CommandSecret(base64: "") }
        #expect(throws: KeyError.empty) { try BridgeKey(base64: "") }
        #expect(throws: KeyError.wrongLength(3)) { try BridgeKey(base64: "AAEC") }
        #expect(KeyError.wrongLength(3).description == "has 3 bytes where a key of LOQED has 32")
    }
}
