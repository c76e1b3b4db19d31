import Gateway
import GatewayTestSupport
import Glibc
import LockDomain
import LoqedSimulator
import Mosquitto
import NIOConcurrencyHelpers
import Testing

extension World {
    /// Everything retained on the broker, as one who comes now finds it.
    fileprivate func retained() async throws -> [String: String] {
        let late = try await MosquittoReactor().open(
            SessionConfiguration(host: "127.0.0.1", port: UInt16(broker.port), clientID: "late")
        )
        var found: [String: String] = [:]
        for await event in late.events {
            switch event {
            case .connected:
                try await late.subscribe(Subscription("#"))
                // Retained messages come before what is published from here on.
                try await late.publish(OutboundMessage(topic: "end", payload: []))
            case .message(let message):
                guard message.isRetained else { return await close(late, found) }
                found[message.topic] = String(decoding: message.payload, as: UTF8.self)
            default: continue
            }
        }
        return found
    }

    private func close(_ session: MosquittoSession, _ found: [String: String]) async -> [String: String] {
        await session.close()
        return found
    }
}

extension `The whole gateway` {
    @Suite struct `On a real broker` {
        @Test func `publishes everything again when the broker has lost its data`() async throws {
            try await World.run { world in
                let before = try await world.retained()
                #expect(before["loqed/front_door/state"] == "unlocked")
                #expect(before["loqed/gateway/availability"] == "online")
                await world.broker.kill()
                try await world.simulate("lock")
                await eventually("the lock has locked, and its webhooks are out") {
                    world.simulator.snapshot.bolt == .nightLock && world.simulator.snapshot.undelivered == 0
                }
                world.messages.forget()
                try await world.broker.start()
                try await world.next("gateway/availability") { $0 == "online" }
                let after = try await world.retained()
                #expect(Set(after.keys) == Set(before.keys))
                for topic in ["gateway/info", "gateway/problem", "front_door/commands_enabled"] {
                    #expect(after["loqed/\(topic)"] == before["loqed/\(topic)"])
                }
                #expect(after["loqed/front_door/state"] == "locked")
                // Told to those who were there before us, and not twice. We may have come later.
                let told = world.history.filter {
                    $0.hasPrefix("loqed/front_door/event ") && $0.contains("\"event_type\":\"locked\"")
                }
                #expect(told.count <= 1)
            }
        }

        /// Under MQTT 5 the broker says how much it takes, or refuses each message that is more.
        @Test(arguments: ["max_packet_size 1500", "message_size_limit 1500"])
        func `names what is too large for it, and publishes the rest`(limit: String) async throws {
            try await World.run {
                $0.brokerSettings = ["allow_anonymous true", limit]
            } _: { world in
                await world.shows("gateway/problem") {
                    $0.contains("broker_message_too_large")
                        && $0.contains("homeassistant/device/loqed_front_door/config")
                }
                try await world.command("LOCK")
                await world.shows("front_door/state") { $0 == "locked" }
                // Devices are published as they are known, so they may be refused one after another; each once.
                let lines = world.log.all.filter {
                    $0.contains("the broker does not take everything")
                        && $0.contains("homeassistant/device/loqed_front_door/config")
                }
                #expect(lines.count == 1)
            }
        }

        /// The file of `acl_file` says nothing about subscriptions; mosquitto's own plugin for access does.
        @Test func `names a subscription that it denies`() async throws {
            let folder = TemporaryFolder()
            let candidates = ["x86_64", "aarch64", "arm"].map {
                "/usr/lib/\($0)-linux-gnu/mosquitto_dynamic_security.so"
            }
            let installed = candidates.first { access($0, R_OK) == 0 }
            let plugin = try #require(installed, "mosquitto brings its plugin")
            let file = folder.write(
                """
                {"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true, "subscribe": true,
                  "unsubscribe": true}, "anonymousGroup": "all",
                 "groups": [{"groupname": "all", "roles": [{"rolename": "some"}]}],
                 "roles": [{"rolename": "some", "acls": [
                   {"acltype": "subscribeLiteral", "topic": "loqed/front_door/command", "allow": false}]}]}
                """,
                to: "security.json"
            )
            try await World.run {
                $0.brokerSettings = ["allow_anonymous true", "plugin \(plugin)", "plugin_opt_config_file \(file)"]
            } _: { world in
                await world.shows("gateway/problem") {
                    $0.contains("broker_subscribe_denied") && $0.contains("loqed/front_door/command")
                }
            }
        }

        /// Mosquitto 2.0 ends the session without a reason.
        @Test func `gives way to another client with its id`() async throws {
            try await World.run { world in
                var configuration = SessionConfiguration(
                    host: "127.0.0.1",
                    port: UInt16(world.broker.port),
                    clientID: "loqed-gateway-front_door"
                )
                configuration.backOff.base = .milliseconds(1)
                configuration.backOff.maximum = .milliseconds(50)
                configuration.backOff.takeoverBase = .milliseconds(50)
                configuration.backOff.takeoverMaximum = .milliseconds(50)
                let other = try await MosquittoReactor().open(configuration)
                await world.shows("gateway/problem") {
                    $0.contains("broker_takeover") && $0.contains("most probably another client uses our client id")
                }
                await world.shows("front_door/state") { $0 == "unknown" }
                let lines = world.log.all.filter { $0.contains("problem=broker_takeover") }
                #expect(lines.count == 1)
                await other.close()
            }
        }
    }
}
