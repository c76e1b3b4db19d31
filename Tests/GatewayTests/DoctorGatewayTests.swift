import LockDomain
import LockMessages
import Mosquitto
import PlainHTTP
import Testing

@testable import Gateway

@Suite struct `The doctor's verdict on the gateway` {
    @Test func `is that of the broker and of its own admin listener`() throws {
        var story = try BrokerCase()
        story.lies("offline", on: "loqed/gateway/availability")
        #expect(story.gateway.online().evidence == "loqed/gateway/availability says offline")
        story.gatewayRuns()
        #expect(story.gateway.online().verdict == .ok)
        story.admin = AdminFacts(isWell: false, session: .up)
        #expect(
            story.gateway.online().words == [
                "failed",
                "loqed/gateway/availability says online, but the admin listener says that the gateway is stuck",
                "restart the gateway, and report this with its log",
            ]
        )
        story.facts = BrokerFacts(.failure(.connectTimeout), baseTopic: "loqed")
        #expect(story.gateway.online().verdict == .skipped)
        story.admin = AdminFacts(isWell: true, session: .up)
        #expect(
            story.gateway.online().words == [
                "failed", "the gateway runs on this machine, and the broker was not reached",
                "mend the connection to the broker; the gateway connects again by itself",
            ]
        )
    }

    @Test func `blames rights only of a gateway that is connected and unheard`() throws {
        var story = try BrokerCase()
        story.admin = AdminFacts(isWell: true, session: .up)
        #expect(story.gateway.online().verdict == .failed(.noPermission))
        story.admin = AdminFacts(isWell: true, session: .coming)
        #expect(
            story.gateway.online().words == [
                "failed", "the gateway on this machine was connected to the broker only while this looked",
                "run this again in a minute",
            ]
        )
        story.admin = AdminFacts(isWell: true, session: .down(.brokerLogin))
        #expect(
            story.gateway.online().words == [
                "failed", "the gateway runs on this machine, and is not connected to the broker (broker_login)",
                "see broker_login in its log; the gateway connects again by itself",
            ]
        )
        #expect(story.gateway.online().verdict == .failed(.unavailable))
        #expect(story.gateway.clientID().verdict == .skipped)
    }

    @Test func `is that of a right that may be missing, where the broker still calls it offline`() throws {
        var story = try BrokerCase()
        story.admin = AdminFacts(isWell: true, session: .up)
        story.lies("offline", on: "loqed/gateway/availability")
        story.lies(
            #"[{"code":"broker_takeover","lock":"front_door","text":"another took loqed-gateway-front_door","remedy":"r"}]"#,
            on: "loqed/gateway/problem"
        )
        #expect(
            story.gateway.online().words == [
                "failed",
                "the gateway on this machine is connected to the broker, and loqed/gateway/availability says offline: it has"
                    + " only just come, or its user may not write there",
                "run this again in a minute; if it stays so, let its user write loqed/# on the broker",
            ]
        )
        #expect(
            story.gateway.clientID().words == [
                "failed", "another took loqed-gateway-front_door",
                "end the other gateway, or give each its own mqtt.client_id and mqtt.base_topic",
            ]
        )
        story.admin = nil
        #expect(story.gateway.clientID().verdict == .skipped, "nobody knows how old that is")
    }

    @Test func `names two gateways with one client id`() throws {
        var story = try BrokerCase()
        story.gatewayRuns()
        story.facts.availabilityChanges = 1
        #expect(story.gateway.clientID().verdict == .ok)
        story.facts.availabilityChanges = 2
        #expect(
            story.gateway.clientID().words == [
                "failed",
                "the gateway came and went 2 times while this looked: two programs with the client id loqed-gateway throw"
                    + " each other out",
                "end the other gateway, or give each its own mqtt.client_id and mqtt.base_topic",
            ]
        )
    }

    @Test func `names one that another client throws out, and whose word the broker has then`() throws {
        var story = try BrokerCase()
        story.admin = AdminFacts(isWell: true, session: .down(.brokerTakeover))
        #expect(
            story.gateway.clientID().words == [
                "failed", "another client with the client id loqed-gateway throws the gateway on this machine out",
                "end the other client, or give the gateway another mqtt.client_id",
            ]
        )
        #expect(
            story.gateway.online().words == [
                "failed", "the gateway runs on this machine, and is not connected to the broker (broker_takeover)",
                "see client_id; the gateway connects again by itself",
            ]
        )
        story.gatewayRuns()
        #expect(
            story.gateway.clientID().words == [
                "failed",
                "another client with the client id loqed-gateway throws the gateway on this machine out, and"
                    + " loqed/gateway/availability says online: a second gateway runs",
                "end the other gateway, or give each its own mqtt.client_id and mqtt.base_topic",
            ]
        )
        #expect(story.gateway.clientID().verdict == .failed(.configuration))
        // A broker that was killed may have kept the word of this very gateway.
        story.admin = AdminFacts(isWell: true, session: .down(.brokerLost))
        #expect(story.gateway.clientID().verdict == .skipped)
        #expect(
            story.gateway.online().words == [
                "failed",
                "the gateway on this machine is not connected to the broker (broker_lost), and"
                    + " loqed/gateway/availability says online: the word of another gateway, or an old one",
                "run this again in a minute; if it stays so, end the other gateway, or give each its own mqtt.client_id"
                    + " and mqtt.base_topic",
            ]
        )
    }

    @Test(arguments: [
        ("not connected to the broker: broker_takeover\n", AdminFacts.Session.down(.brokerTakeover)),
        ("not connected to the broker\n", .down(nil)), ("not connected to the broker: rubbish\n", .down(nil)),
        ("the supervisors are stuck\n", .up), ("ok\n", .up),
    ])
    func `reads from its admin listener what keeps it from the broker`(answer: String, session: AdminFacts.Session) {
        let well = HTTPAnswer(status: 200, contentType: "text/plain", text: "ok\n")
        let ready = HTTPAnswer(status: 503, contentType: "text/plain", text: answer)
        let facts = AdminFacts(health: well, readiness: ready)
        #expect(facts == AdminFacts(isWell: true, session: session))
        let later = AdminFacts(isWell: true, session: .up)
        #expect(facts.followed(by: later).session == (session == .up ? .up : .coming))
        #expect(later.followed(by: facts) == facts)
        #expect(facts.followed(by: nil) == facts)
    }

    @Test func `tells problems of the locks that are meant`() throws {
        var story = try BrokerCase()
        story.gatewayRuns(
            problems: """
                [{"lock":"back_door","text":"x","remedy":"y"},{"lock":null,"text":"a","remedy":"b"},\
                {"lock":"front_door","text":"c","remedy":"d"}]
                """
        )
        #expect(story.gateway.problems().words == ["warning", "a\nfront_door: c", "b"])
    }

    @Test func `on discovery depends on whether it is wanted, and whether anybody could have done it`() throws {
        var story = try BrokerCase()
        #expect(story.gateway.discovery(of: story.lock).words == ["skipped", "no gateway is online on the broker"])
        story.gatewayRuns()
        #expect(story.gateway.discovery(of: story.lock).verdict == .ok)
        story.facts.retained["homeassistant/device/loqed_front_door/config"] = nil
        #expect(
            story.gateway.discovery(of: story.lock).words == [
                "warning",
                "the gateway runs, and nothing lies on homeassistant/device/loqed_front_door/config: somebody deleted that"
                    + " device in Home Assistant, or the gateway's user may not write there",
                "restart the gateway, which brings a deleted device back; if it stays away, let the gateway's user write"
                    + " and read there",
            ]
        )
        story.lies(#"[{"code":"broker_publish_denied","lock":null}]"#, on: "loqed/gateway/problem")
        #expect(
            story.gateway.discovery(of: story.lock).words == [
                "failed", "the gateway runs, and nothing lies on homeassistant/device/loqed_front_door/config",
                "let the gateway's user write and read homeassistant/device/loqed_front_door/config on the broker",
            ]
        )
        var off = try BrokerCase(discovery: false)
        off.gatewayRuns()
        let reason = ["skipped", "home_assistant.discovery is off in the configuration"]
        #expect(off.gateway.discovery(of: off.lock).words == reason)
        #expect(off.gateway.homeAssistant().words == reason)
        #expect(off.topics.read.count == 3)
    }

    @Test func `takes a lock that it does not have yet for no lack of rights`() throws {
        let new = try #require(LockID("back_door"))
        var story = try BrokerCase(locks: [new, LockID("front_door")!])
        #expect(story.gateway.locks().words == ["skipped", "no gateway is online on the broker"])
        story.gatewayRuns()
        for topic in story.topics.filters where topic.contains("back_door") { story.facts.retained[topic] = nil }
        #expect(
            story.gateway.locks().words == [
                "failed", "the running gateway does not have back_door yet",
                "let it read the configuration again: systemctl reload loqed-gateway",
            ]
        )
        #expect(story.gateway.locks().verdict == .failed(.unavailable))
        #expect(
            story.broker.publish().words == [
                "ok",
                "the running gateway's own messages came back on all 10 topics that it keeps; not proved for"
                    + " loqed/front_door/event, loqed/front_door/command/result, where nothing lies",
            ]
        )
        let reason = ["skipped", "the running gateway does not have this lock yet: see gateway_locks"]
        #expect(story.gateway.discovery(of: new).words == reason)
        #expect(story.gateway.webhookPath(of: new).words == reason)
        #expect(story.gateway.clockSkew(of: new).words == reason)
        story.lies(
            #"{"locks":[{"id":"back_door"},{"id":"front_door"}],"features":["home_assistant"]}"#,
            on: "loqed/gateway/info"
        )
        #expect(story.gateway.locks().words == ["ok", "the running gateway has back_door, front_door"])
        #expect(story.broker.publish().verdict == .failed(.noPermission))
        story.lies("{}", on: "loqed/gateway/info")
        #expect(story.gateway.locks().words == ["skipped", "the gateway has not said which locks it has"])
    }

    @Test func `takes discovery that was turned on later for no lack of rights`() throws {
        var story = try BrokerCase()
        story.gatewayRuns()
        for topic in story.topics.devices(ofBridges: { _ in true }) { story.facts.retained[topic] = nil }
        story.lies(#"{"locks":[{"id":"front_door"}],"features":["message_expiry"]}"#, on: "loqed/gateway/info")
        #expect(
            story.gateway.discovery(of: story.lock).words == [
                "failed", "the running gateway was started with home_assistant.discovery off",
                "restart it: systemctl restart loqed-gateway",
            ]
        )
        #expect(story.gateway.discovery(of: story.lock).verdict == .failed(.unavailable))
        #expect(story.broker.publish().verdict == .ok)
    }

    @Test func `on webhooks is a proof, or says what is missing`() throws {
        var story = try BrokerCase()
        #expect(story.gateway.webhookPath(of: story.lock).verdict == .skipped)
        story.gatewayRuns(
            attributes: """
                {"webhook_path":"proven","webhook_delay":{"count":1},"clock_skew_seconds":-9,\
                "evidence":{"source":"webhook","time":"2026-11-23T10:20:30.123Z"},"bridge":{"mac":"A0:B1:C2:D3:E4:F1"}}
                """
        )
        #expect(
            story.gateway.webhookPath(of: story.lock).words == [
                "ok",
                "the gateway has verified 1 webhook since it started, the last movement at 2026-11-23T10:20:30.123Z",
            ]
        )
        #expect(
            story.gateway.clockSkew(of: story.lock).words == [
                "warning", "the bridge's clock is 9 s ahead of ours, as its webhooks show",
                "give this machine the time by NTP, and let the bridge reach an NTP server",
            ]
        )
        #expect(story.gateway.bridgeMAC(of: story.lock) == "a0b1c2d3e4f1")
        story.lies(
            #"{"webhook_path":"unproven","webhook_delay":{"count":4},"clock_skew_seconds":0}"#,
            on: "loqed/front_door/attributes"
        )
        #expect(
            story.gateway.webhookPath(of: story.lock).words == [
                "warning",
                "webhooks have arrived, but not that of the last change; the state is read every minute instead",
                "remove dead webhook targets, which delay every event: loqed-gateway webhooks list front_door",
            ]
        )
        #expect(story.gateway.clockSkew(of: story.lock).verdict == .ok)
    }
}
