import FoundationEssentials
import GatewayTestSupport
import Glibc
import LockDomain
import Logging
import LoqedWire
import PlainHTTP
import Testing

@testable import Gateway
@testable import LoqedSimulator

/// Two locks, a broker with TLS and logins, and the gateway as a process; every secret is one that nobody has seen before, and
/// everything that anybody says is kept.
final class CanaryHousehold: Sendable {
    static let password = "Xq7Zcanary+P4ss/W0rd"
    static let bridgeKey = base64(seed: 201)
    /// That of the bridge at the back door, which is not the one that the gateway was given.
    static let otherBridgeKey = base64(seed: 47)
    static let givenBridgeKey = base64(seed: 113)
    static let keySecret = base64(seed: 151)
    static let backendKey = base64(seed: 89)
    static let cloudToken = "1042|canaryTokenGq8wVb2LmZr5"
    static let clientSecret = "canaryClientSecretHt6y"
    static let refreshToken = "canaryRefreshTokenPw3k"
    static let mail = "canary.alex@keys.example.org"
    private static let threads = HTTPThreads()

    private static func base64(seed: Int) -> String {
        Data((0..<32).map { UInt8(truncatingIfNeeded: $0 &* 59 &+ ($0 &* $0) &* 7 &+ seed) }).base64EncodedString()
    }

    let folder = TemporaryFolder()
    let broker: TemporaryBroker
    let bridges: [BridgeSimulator]
    let bridgePorts: [Int]
    let webhookPort = FreePort.any()
    let adminPort = FreePort.any()
    /// A plain listener of the same broker, for those who only listen and ask.
    let plainPort = FreePort.any()

    init() async throws {
        try await TestCertificates.make(in: folder)
        let plain = plainPort
        broker = try await TemporaryBroker(
            settings: [
                "per_listener_settings true", "cafile \(folder.path)/ca.pem", "certfile \(folder.path)/server.pem",
                "keyfile \(folder.path)/server.key", "require_certificate true", "allow_anonymous false",
                "password_file FOLDER/users", "listener \(plain) 127.0.0.1",
                "allow_anonymous true",
            ],
            files: ["users": ""],
            startsNow: false
        )
        var bridges: [BridgeSimulator] = []
        var ports: [Int] = []
        for (key, mac) in [(Self.bridgeKey, "a0b1c2d3e4f1"), (Self.otherBridgeKey, "a0b1c2d3e4f2")] {
            var configuration = SimulatorConfiguration()
            configuration.listen = HTTPEndpoint(host: "127.0.0.1", port: 0)
            configuration.bridgeKey = key
            configuration.keys = [3: Self.keySecret]
            configuration.wifiMAC = mac
            configuration.speed = 20
            let time = TimeSource.live()
            let bridge = try BridgeSimulator(
                configuration,
                clock: SimulatorClock(now: time.now, sleep: time.sleep),
                threads: Self.threads,
                logger: Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }
            )
            ports.append(try await bridge.listen())
            bridges.append(bridge)
        }
        (self.bridges, bridgePorts) = (bridges, ports)
        try await setPassword("another")
        try await broker.start()
        // It opens one listener after the other.
        await eventually("the broker's listener without TLS is there") { FreePort.isTaken(plain) }
        folder.write(Self.password + "\n", to: "mqtt.password")
        folder.write(Self.portal, to: "portal.json")
        folder.write(Self.keySecret + "\n", to: "key.secret")
        folder.write(Self.bridgeKey + "\n", to: "bridge.key")
        folder.write(configuration(), to: "gateway.yaml")
        for name in ["out", "bare"] { mkdir("\(folder.path)/\(name)", 0o700) }
    }

    /// What LOQED's portal shows, with a text where it may have one.
    static let portal = """
        {"lock_id": "Tk7dQ2mXw9LpR4sVb1Za", "lock_key_local_id": 3, "lock_key_key": "\(keySecret)",
         "backend_key": "\(backendKey)", "bridge_key": "\(bridgeKey)", "bridge_ip": "127.0.0.1",
         "bridge_mdns_hostname": ""}
        """

    /// The configuration; `mqtt` and `rest` are more of the section and of the file.
    func configuration(format: String = "text", rest: String = "", garage: String = "") -> String {
        """
        mqtt: {host: localhost, port: \(broker.port), username: loqed, password_file: mqtt.password,
          tls: {ca_file: ca.pem, certificate_file: client.pem, private_key_file: client.key}}
        webhook: {listen: "127.0.0.1:\(webhookPort)"}
        admin: {listen: "127.0.0.1:\(adminPort)"}
        supervision: {probe_interval: 1s}
        log: {level: trace, format: \(format)}
        \(rest)
        locks:
          - id: front_door
            name: Front door
            bridge: 127.0.0.1:\(bridgePorts[0])
            integration_file: portal.json
            commands: [lock, unlock, open]
          - id: back_door
            name: Back door
            bridge: 127.0.0.1:\(bridgePorts[1])
            bridge_key: "\(Self.givenBridgeKey)"
            key_secret: "\(Self.keySecret)"
            local_key_id: 3
        \(garage)

        """
    }

    /// Lets the user of the gateway in with a password.
    func setPassword(_ password: String) async throws {
        let users = "\(broker.folder.path)/users"
        #expect(try await ChildProcess("mosquitto_passwd", ["-b", users, "loqed", password]).ended() == 0)
    }

    /// What nobody may see of it: the secrets, and what was signed with them.
    var finder: CanaryFinder {
        get throws {
            var canaries: [(name: String, bytes: [UInt8])] = [
                ("password", Array(Self.password.utf8)), ("cloud token", Array(Self.cloudToken.utf8)),
                ("client secret", Array(Self.clientSecret.utf8)), ("refresh token", Array(Self.refreshToken.utf8)),
                ("e-mail address", Array(Self.mail.utf8)),
            ]
            let keys = [
                ("bridge key", Self.bridgeKey), ("other bridge key", Self.otherBridgeKey),
                ("given bridge key", Self.givenBridgeKey), ("key secret", Self.keySecret),
                ("backend key", Self.backendKey),
            ]
            for (name, text) in keys { canaries.append((name, Array(try #require(Data(base64Encoded: text))))) }
            let pem = TemporaryFolder.read("\(folder.path)/client.key").split(separator: "\n").filter {
                !$0.contains("-")
            }
            let der = Array(try #require(Data(base64Encoded: pem.joined())))
            // Behind the version, the modulus and the public exponent, which a certificate shows as well.
            canaries.append(("TLS key", Array(der.dropFirst(303))))
            for (index, command) in bridges.flatMap({ $0.snapshot.seenCommands }).enumerated() {
                // Behind what every command begins with; in front of key, device and action.
                let code = try #require(Data(base64Encoded: command)).dropFirst(18).prefix(32)
                canaries.append(("signed command \(index)", Array(code)))
            }
            return CanaryFinder(canaries)
        }
    }

    // MARK: Programs

    /// The gateway, with backtraces and core files allowed, as far as it allows them itself.
    func startGateway(_ name: String) throws -> ChildProcess {
        let script = "cd \"$1/bare\" && ulimit -c unlimited; exec \"$2\" run --config \"$1/gateway.yaml\""
        return try ChildProcess(
            "bash",
            ["-c", script, "bash", folder.path, try Binary.path],
            environment: [
                "SWIFT_BACKTRACE":
                    "enable=yes,color=no,interactive=no,registers=all,threads=all,limit=none,sanitize=no,timeout=30s",
                "LOQED_GATEWAY_STATE_DIRECTORY": "\(folder.path)/state",
            ],
            output: "\(folder.path)/out/\(name)"
        )
    }

    /// Runs a line of the shell in the folder of the configuration, where `$GATEWAY` is the command.
    ///
    /// - Returns: the exit code.
    @discardableResult
    func shell(_ name: String, _ line: String, _ environment: [String: String] = [:]) async throws -> Int32 {
        var environment = environment
        environment["GATEWAY"] = try Binary.path
        let output = "\(folder.path)/out/\(name)"
        return try await ChildProcess(
            "bash",
            ["-c", "cd '\(folder.path)' && \(line)"],
            environment: environment,
            output: output
        ).ended()
    }

    func output(_ name: String) -> String { TemporaryFolder.read("\(folder.path)/out/\(name)") }

    /// Publishes as somebody on the broker.
    func publish(_ payload: String, to topic: String, _ more: String...) async throws {
        let arguments = ["-p", "\(plainPort)", "-V", "5", "-q", "1", "-t", topic, "-m", payload] + more
        #expect(try await ChildProcess("mosquitto_pub", arguments).ended() == 0)
    }

    /// Everything that came out of it, by what it is.
    func outputs() async throws -> [(name: String, bytes: [UInt8])] {
        let list = "\(folder.path)/list"
        let line = "find out bare -type f > list; find state -type f >> list 2>/dev/null; true"
        try await shell("find", line)
        return TemporaryFolder.read(list).split(separator: "\n").map { name in
            let bytes = Self.bytes(of: "\(folder.path)/\(name)")
            return (String(name), name == "out/heard" ? Self.ofTheGateway(bytes) : bytes)
        }
    }

    /// Without the messages that the test itself sent.
    private static func ofTheGateway(_ heard: [UInt8]) -> [UInt8] {
        let asked = [#"/command","#, #"/commands_enabled/set","#].map { Array($0.utf8) }
        let lines = heard.split(separator: UInt8(ascii: "\n")).filter { line in
            !asked.contains { line.prefix(150).firstRange(of: $0) != nil }
        }
        return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }

    private static func bytes(of path: String) -> [UInt8] {
        (try? Data(contentsOf: URL(filePath: path))).map(Array.init) ?? []
    }

    /// Runs the simulated bridges as long as the story lasts.
    func tell(_ story: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for bridge in bridges { group.addTask { await bridge.run() } }
            defer { group.cancelAll() }
            try await story()
        }
        for bridge in bridges { await bridge.stopListening() }
    }
}
