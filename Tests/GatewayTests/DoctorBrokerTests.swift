import LockDomain
import LockMessages
import Mosquitto
import Testing

@testable import Gateway

@Suite struct `The doctor's verdict on the broker` {
    @Test(arguments: [
        (
            MosquittoError.nameNotFound, DoctorFinding.Failure.unavailable,
            "the name of the broker 192.168.1.5:1883 is not known"
        ),
        (
            .tls(.unknownAuthority), .configuration,
            "the certificate of the broker 192.168.1.5:1883 is not signed by an authority that we trust"
        ),
        (.connectTimeout, .unavailable, "the broker 192.168.1.5:1883 does not answer"),
        (.notMQTT, .dataError, "what answers at 192.168.1.5:1883 does not speak MQTT"),
    ])
    func `tells what keeps us from it`(error: MosquittoError, kind: DoctorFinding.Failure, evidence: String) throws {
        var story = try BrokerCase()
        story.facts.connection = .failure(error)
        let finding = story.broker.connection()
        #expect(finding.verdict == .failed(kind))
        #expect(finding.evidence == evidence)
        #expect(finding.remedy == ClientTrouble(error, at: story.mqtt, as: "loqed-gateway").remedy)
        let rest = story.broker.findings.dropFirst()
        #expect(rest.map(\.verdict.word) == ["skipped", "skipped", "skipped", "skipped", "skipped"])
        #expect(Set(rest.map(\.evidence)) == ["the broker was not reached"])
    }

    @Test func `tells a wrong password from a broker that is away`() throws {
        var story = try BrokerCase()
        story.mqtt = .init(host: "192.168.1.5", login: .init(username: "gw", password: Secret("canary")))
        story.facts.connection = .failure(.badCredentials)
        #expect(story.broker.connection().verdict == .ok)
        let login = story.broker.login()
        #expect(
            login.words == [
                "failed", "the broker 192.168.1.5:1883 refuses our user name or password (user gw)",
                "correct mqtt.username and mqtt.password_file, or set the password anew"
                    + " (mosquitto: mosquitto_passwd FILE USER, then reload it)",
            ]
        )
        #expect(login.verdict == .failed(.noPermission))
    }

    @Test func `says what the old protocol lacks`() throws {
        var story = try BrokerCase()
        story.facts.connection = .success(.v311)
        #expect(
            story.broker.protocolVersion().words == [
                "warning",
                "the broker speaks only MQTT 3.1.1: what is retained does not expire, and denied messages are not told of",
                "use a broker that speaks MQTT 5, such as Mosquitto 2; or set mqtt.protocol to \"3.1.1\" to say so",
            ]
        )
        story.mqtt = .init(host: "192.168.1.5", protocolVersion: .v311)
        #expect(story.broker.protocolVersion().verdict == .ok)
    }

    @Test func `names subscriptions that are refused, not more than four`() throws {
        var story = try BrokerCase()
        #expect(story.broker.subscribe().verdict == .ok)
        for topic in story.topics.read {
            story.facts.refusedFilters[topic] = .subscribeRefused(filter: topic, reason: 0x87)
        }
        story.facts.refusedFilters["loqed/front_door/event"] = .subscribeRefused(filter: "", reason: 0x87)
        #expect(
            story.broker.subscribe().words == [
                "failed",
                "a client without a user name may not read loqed/front_door/command,"
                    + " loqed/front_door/commands_enabled/set, loqed/front_door/refresh, homeassistant/status",
                "let a client without a user name read these topics on the broker",
            ]
        )
        #expect(BrokerVerdicts.list(["a", "b", "c", "d", "e", "f"]) == "a, b, c, d and 2 more")
    }

    @Test func `says that a probe that did not come back may have been denied in silence`() throws {
        var story = try BrokerCase()
        story.facts.connection = .success(.v311)
        story.facts.probes = ["loqed/gateway/doctor": .cameBack, "loqed/front_door/doctor": .lost]
        #expect(
            story.broker.publish().words == [
                "warning",
                "a probe on loqed/front_door/doctor did not come back, and the broker does not say why; it proves nothing"
                    + " of a broker that grants topics one by one",
                "let a client without a user name write and read what loqed-gateway acl prints, or loqed/#; or start the"
                    + " gateway and run this again: its own messages prove it",
            ]
        )
    }

    @Test func `counts every topic that a running gateway keeps, and says which are not proved`() throws {
        var story = try BrokerCase()
        story.gatewayRuns(attributes: #"{"bridge":{"mac":"A0:B1:C2:D3:E4:F1"}}"#)
        #expect(
            story.broker.publish().words == [
                "ok",
                "the running gateway's own messages came back on all 11 topics that it keeps; not proved for"
                    + " loqed/front_door/event, loqed/front_door/command/result, where nothing lies",
            ]
        )
        story.lies("{}", on: "loqed/front_door/command/result")
        #expect(
            story.broker.publish().evidence.hasSuffix("; not proved for loqed/front_door/event, where nothing lies")
        )
        story.facts.retained["loqed/front_door/battery"] = nil
        #expect(story.broker.publish().verdict == .failed(.noPermission))
    }

    @Test(arguments: ["gateway", "front_door-bridge"])
    func `misses a device that Home Assistant was to be told of, and knows that its owner may have deleted it`(
        device: String
    ) throws {
        var story = try BrokerCase()
        story.gatewayRuns(attributes: #"{"bridge":{"mac":"A0:B1:C2:D3:E4:F1"}}"#)
        story.facts.retained["homeassistant/device/loqed_\(device)/config"] = nil
        #expect(
            story.broker.publish().words == [
                "warning",
                "the gateway runs, and nothing lies on homeassistant/device/loqed_\(device)/config: somebody deleted that"
                    + " device in Home Assistant, or the gateway's user may not write there",
                "restart the gateway, which brings a deleted device back; if it stays away, let a client without a user"
                    + " name write and read there",
            ]
        )
        story.lies(#"[{"code":"broker_publish_denied","lock":null}]"#, on: "loqed/gateway/problem")
        #expect(
            story.broker.publish().words == [
                "failed",
                "the gateway runs, and the broker has nothing of it on homeassistant/device/loqed_\(device)/config",
                "let a client without a user name write and read these topics on the broker",
            ]
        )
        // Nobody describes a bridge that has not been met.
        story.gatewayRuns()
        story.facts.retained["homeassistant/device/loqed_\(device)/config"] = nil
        #expect(story.broker.publish().verdict == (device == "gateway" ? .warning : .ok))
    }

    @Test func `never asks to publish where the gateway publishes or reads`() throws {
        let topics = try BrokerCase().topics
        #expect(topics.probes == ["loqed/gateway/doctor", "loqed/front_door/doctor"])
        #expect(Set(topics.probes).isDisjoint(with: topics.read + topics.kept + topics.passing))
        #expect(Set(topics.probes).isDisjoint(with: topics.devices { _ in true }))
    }
}
