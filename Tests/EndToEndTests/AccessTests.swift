import GatewayTestSupport
import Glibc
import LoqedSimulator
import Mosquitto
import NIOConcurrencyHelpers
import Testing

@testable import Gateway

/// A broker with users and the access list that `loqed-gateway acl` printed, and a gateway that lives by it.
private final class GuardedHome: Sendable {
    let folder = TemporaryFolder()
    let broker: TemporaryBroker
    private let bridgePort = FreePort.any()
    private let closed = ClosedPort()
    private let controlPort = FreePort.any()
    private let webhookPort = FreePort.any()
    private let reactor = MosquittoReactor()

    init() async throws {
        broker = try await TemporaryBroker(
            settings: ["allow_anonymous false", "password_file FOLDER/passwords", "acl_file FOLDER/acl"],
            startsNow: false
        )
        folder.write(
            """
            mqtt: {host: 127.0.0.1, port: \(broker.port), username: loqed, password: canary-loqed}
            webhook: {listen: "127.0.0.1:\(webhookPort)"}
            supervision: {probe_interval: 1s}
            locks:
              - {id: front_door, bridge: "127.0.0.1:\(bridgePort)", \(Self.keys)}
              - {id: back_door, bridge: "127.0.0.1:\(closed.number)", \(Self.keys)}
            """,
            to: "gateway.yaml"
        )
    }

    private static let keys = """
        name: Door, bridge_key: "\(SimulatorConfiguration.demoBridgeKey)", \
        key_secret: "\(SimulatorConfiguration.demoKeySecret)", local_key_id: 3
        """

    func acl(_ options: String...) async throws -> (code: Int32, output: String) {
        try await Binary.run(["acl", "--config", "\(folder.path)/gateway.yaml"] + options)
    }

    /// Starts the broker with these lines, and with somebody who may see everything.
    func startBroker(_ acl: String) async throws {
        broker.folder.write(acl + "\nuser owner\ntopic readwrite #\n", to: "acl")
        broker.folder.write("", to: "passwords")
        for user in ["loqed", "homeassistant", "nodered", "hall", "owner"] {
            let passwords = "\(broker.folder.path)/passwords"
            let child = try ChildProcess("mosquitto_passwd", ["-b", passwords, user, "canary-\(user)"])
            #expect(await child.ended() == 0)
        }
        try await broker.start()
    }

    func startSimulator() throws -> ChildProcess {
        let listen = ["--listen", "127.0.0.1:\(bridgePort)", "--control", "127.0.0.1:\(controlPort)", "--speed", "20"]
        return try ChildProcess(try Binary.path, ["simulate"] + listen)
    }

    func startGateway() throws -> ChildProcess {
        try ChildProcess(
            try Binary.path,
            ["run", "--config", "\(folder.path)/gateway.yaml"],
            output: "\(folder.path)/gateway.log"
        )
    }

    /// Adds a lock to the configuration.
    func addLock() {
        let text = TemporaryFolder.read("\(folder.path)/gateway.yaml")
        folder.write(
            text + "\n  - {id: shed, bridge: \"localhost:\(closed.number)\", \(Self.keys)}\n",
            to: "gateway.yaml"
        )
    }

    /// What the doctor says of the right to publish.
    func publishing() async throws -> String {
        let outcome = try await Binary.run(["doctor", "--json", "--config", "\(folder.path)/gateway.yaml"])
        let document = try #require(PublishedDocument(Array(outcome.output.utf8)))
        let check = document["checks"].elements.first { $0["check"].text == "broker_publish" }
        return "\(check?["verdict"].text ?? "?"): \(check?["evidence"].text ?? "?")"
    }

    var log: String { TemporaryFolder.read("\(folder.path)/gateway.log") }

    func enter(_ user: String, _ change: (inout SessionConfiguration) -> Void = { _ in }) async throws -> Guest {
        var configuration = SessionConfiguration(host: "127.0.0.1", port: UInt16(broker.port), clientID: "as-\(user)")
        configuration.username = user
        configuration.password = Password("canary-\(user)")
        change(&configuration)
        let session = try await reactor.open(configuration)
        let guest = Guest(session)
        await eventually("\(user) is let in") { guest.isIn.withLockedValue { $0 } }
        return guest
    }
}

/// Somebody with a connection, who remembers the newest message of each topic.
private final class Guest: Sendable {
    let session: MosquittoSession
    let isIn = NIOLockedValueBox(false)
    private let newest = NIOLockedValueBox<[String: String]>([:])

    init(_ session: MosquittoSession) {
        self.session = session
        // Ends with the session.
        Task { [isIn, newest] in
            for await event in session.events {
                switch event {
                case .connected: isIn.withLockedValue { $0 = true }
                case .message(let message):
                    let text = String(decoding: message.payload, as: UTF8.self)
                    newest.withLockedValue { $0[message.topic] = text }
                default: continue
                }
            }
        }
    }

    var topics: Set<String> { newest.withLockedValue { Set($0.keys) } }

    func sees(
        _ topic: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ isWanted: (String) -> Bool = { _ in true }
    ) async {
        await eventually("\(topic)", sourceLocation: sourceLocation) {
            newest.withLockedValue { $0[topic] }.map(isWanted) ?? false
        }
    }

    func listen(to filters: String...) async throws {
        for filter in filters { try await session.subscribe(Subscription(filter)) }
    }

    func publish(
        _ payload: String,
        to topic: String,
        answer: String? = nil
    ) async -> Result<Acknowledgement, MosquittoError> {
        let properties = MessageProperties(responseTopic: answer)
        return await session.publish([
            OutboundMessage(topic: topic, payload: Array(payload.utf8), properties: properties)
        ])[0]
    }

    /// Publishes what must be refused.
    func isDenied(_ topic: String, sourceLocation: SourceLocation = #_sourceLocation) async {
        let result = await publish("LOCK", to: topic)
        #expect(result == .failure(.publishRefused(reason: 135)), "\(topic)", sourceLocation: sourceLocation)
    }
}

extension `The whole gateway` {
    @Suite struct `With the access list of the broker that it made` {
        private static let leaves = [
            "state", "battery", "connectivity", "attributes", "event", "command/result", "commands_enabled",
        ]

        @Test func `everybody can do what they must, and nobody more`() async throws {
            let home = try await GuardedHome()
            let printed = try await home.acl("--user-operator", "nodered=front_door", "--user-panel", "hall")
            #expect(printed.code == 0)
            try await home.startBroker(printed.output)
            let simulator = try home.startSimulator()
            let gateway = try home.startGateway()

            let owner = try await home.enter("owner")
            try await owner.listen(to: "#")
            await owner.sees("loqed/gateway/availability") { $0 == "online" }
            await owner.sees("loqed/front_door/state") { $0 == "unlocked" }
            for device in ["gateway", "front_door-bridge", "front_door", "back_door"] {
                await owner.sees("homeassistant/device/loqed_\(device)/config")
            }

            // Home Assistant sees everything and may command, and can be no gateway.
            let assistant = try await home.enter("homeassistant")
            try await assistant.listen(to: "homeassistant/#", "loqed/#")
            await assistant.sees("homeassistant/device/loqed_back_door/config")
            await assistant.sees("loqed/gateway/problem")
            #expect(await assistant.publish("online", to: "homeassistant/status") == .success(.delivered))
            #expect(await assistant.publish("LOCK", to: "loqed/front_door/command") == .success(.delivered))
            await assistant.sees("loqed/front_door/state") { $0 == "locked" }
            await assistant.sees("loqed/front_door/command/result") { $0.contains("confirmed") }
            await assistant.sees("loqed/front_door/event")
            #expect(await assistant.publish("off", to: "loqed/back_door/commands_enabled/set") == .success(.delivered))
            await assistant.sees("loqed/back_door/commands_enabled") { $0 == "off" }
            for leaf in Self.leaves { await assistant.isDenied("loqed/front_door/\(leaf)") }
            await assistant.isDenied("loqed/gateway/availability")
            await assistant.isDenied("homeassistant/device/loqed_other/config")

            // Somebody deletes the device there, and has it come back with the next birth.
            let device = "homeassistant/device/loqed_front_door/config"
            #expect(await assistant.publish("", to: device) == .success(.delivered))

            // An operator commands the lock that it has, and hears of its commands.
            let operating = try await home.enter("nodered")
            try await operating.listen(to: "#")
            let asked = await operating.publish(
                "UNLOCK",
                to: "loqed/front_door/command",
                answer: "loqed/answers/nodered"
            )
            #expect(asked == .success(.delivered))
            await operating.sees("loqed/answers/nodered") { $0.contains("confirmed") }
            await operating.isDenied("loqed/back_door/command")
            await operating.isDenied("loqed/front_door/commands_enabled/set")
            await operating.isDenied("loqed/front_door/state")
            #expect(!operating.topics.contains { $0.contains("back_door") })

            // A panel looks.
            let panel = try await home.enter("hall")
            try await panel.listen(to: "#")
            await panel.sees("loqed/back_door/connectivity")
            for lock in ["front_door", "back_door"] { await panel.isDenied("loqed/\(lock)/command") }
            await panel.isDenied("loqed/front_door/refresh")
            await panel.sees("loqed/front_door/state") { $0 == "unlocked" }
            let seen = ["front_door", "back_door"].flatMap { lock in
                ["state", "battery", "connectivity"].map { "loqed/\(lock)/\($0)" }
            }
            #expect(panel.topics == Set(seen + ["loqed/gateway/availability"]))

            // And who has the gateway's password cannot command either.
            let thief = try await home.enter("loqed")
            await thief.isDenied("loqed/front_door/command")
            await thief.isDenied("loqed/front_door/commands_enabled/set")
            await thief.isDenied("homeassistant/device/lamp/config")
            let command = ["lock", "front_door", "--config", "\(home.folder.path)/gateway.yaml"]
            let denied = try await Binary.run(command)
            #expect(denied.code == EX_NOPERM)
            #expect(
                denied.output.hasSuffix(
                    """

                        command as a user who may: --username OPERATOR --password-file FILE; loqed-gateway acl \
                    --user-operator OPERATOR prints the lines for one

                    """
                )
            )
            let password = home.folder.write("canary-nodered\n", to: "nodered.password")
            let allowed = try await Binary.run(command + ["--username", "nodered", "--password-file", password])
            #expect(allowed == (0, "received\nsending\nsent\naccepted\nconfirmed\n"))

            #expect(!owner.topics.isEmpty)
            await owner.sees("loqed/gateway/problem") { !$0.contains("broker_") }
            #expect(!home.log.contains("the broker does not take everything"))
            #expect(!(home.log + home.broker.log).contains("canary"))
            for guest in [owner, assistant, operating, panel, thief] { await guest.session.close() }
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)
            simulator.send(SIGTERM)
            #expect(await simulator.ended() == 0)
            await home.broker.stop()
        }

        /// The broker answers such a message as if it had taken it.
        @Test func `a command that is denied in 3.1.1 reaches nobody`() async throws {
            let home = try await GuardedHome()
            try await home.startBroker(try await home.acl("--user-panel", "hall").output)
            let owner = try await home.enter("owner")
            try await owner.listen(to: "loqed/#")
            let panel = try await home.enter("hall") { $0.version = .v311 }
            #expect(await panel.publish("LOCK", to: "loqed/front_door/command") == .success(.delivered))
            #expect(await owner.publish("x", to: "loqed/marker") == .success(.delivered))
            await owner.sees("loqed/marker")
            #expect(owner.topics == ["loqed/marker"])
            await owner.session.close()
            await panel.session.close()
            await home.broker.stop()
        }

        @Test func `the doctor sees that the broker has it, and which lock is not in it`() async throws {
            let home = try await GuardedHome()
            try await home.startBroker(try await home.acl().output)
            #expect(
                try await home.publishing()
                    == "ok: a probe came back below loqed/gateway and each lock; the topics themselves are proved by a"
                    + " running gateway alone"
            )
            home.addLock()
            #expect(
                try await home.publishing()
                    == "warning: a probe on loqed/shed/doctor was refused; it proves nothing of a broker that grants"
                    + " topics one by one"
            )
            await home.broker.stop()
        }

        @Test func `the gateway says which line is missing, and when it is there`() async throws {
            let home = try await GuardedHome()
            let acl = try await home.acl().output
            let without = acl.split(separator: "\n", omittingEmptySubsequences: false)
                .filter { $0 != "topic readwrite loqed/front_door/attributes" }
            try await home.startBroker(without.joined(separator: "\n"))
            let simulator = try home.startSimulator()
            let gateway = try home.startGateway()
            let owner = try await home.enter("owner")
            try await owner.listen(to: "loqed/#")
            await owner.sees("loqed/gateway/problem") {
                $0.contains("\"code\":\"broker_publish_denied\"") && $0.contains("loqed/front_door/attributes")
                    && $0.contains("\"lock\":\"front_door\"")
            }
            await eventually("the log says it") {
                home.log.contains("the broker does not let us publish on loqed/front_door/attributes")
            }
            home.broker.folder.write(acl + "\nuser owner\ntopic readwrite #\n", to: "acl")
            home.broker.reload()
            await eventually("the broker has read its file anew") { home.broker.log.contains("Reloading config") }
            // The next change of the lock is published, and with it all is well.
            #expect(await owner.publish("LOCK", to: "loqed/front_door/command") == .success(.delivered))
            await owner.sees("loqed/front_door/attributes")
            await owner.sees("loqed/gateway/problem") { !$0.contains("broker_") }
            await owner.session.close()
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)
            simulator.send(SIGTERM)
            #expect(await simulator.ended() == 0)
            await home.broker.stop()
        }

        @Test func `the command tells what it cannot do`() async throws {
            let home = try await GuardedHome()
            let same = try await home.acl("--user-panel", "loqed")
            #expect(same.code == 64)
            #expect(same.output.hasPrefix("loqed-gateway: loqed has two parts to play"))
            let unknown = try await home.acl("--user-panel", "hall=shed")
            #expect(unknown.code == 64)
            #expect(
                unknown.output
                    == "loqed-gateway: there is no lock shed in the configuration; there is: back_door, front_door\n"
            )
            let former = try await home.acl("--former-lock", "front_door")
            #expect(former.code == 64)
            #expect(try await home.acl("--former-lock", "shed").code == 0)
            #expect(try await home.acl("--user-gateway", "a\nuser b").code == 64)
            let anonymous = home.folder.write(
                TemporaryFolder.read("\(home.folder.path)/gateway.yaml")
                    .replacing(", username: loqed, password: canary-loqed", with: ""),
                to: "anonymous.yaml"
            )
            let nobody = try await Binary.run(["acl", "--config", anonymous])
            #expect(nobody.code == 64)
            #expect(nobody.output.contains("--user-gateway NAME"))
            #expect(try await Binary.run(["acl", "--config", anonymous, "--user-gateway", "loqed"]).code == 0)
        }
    }
}
