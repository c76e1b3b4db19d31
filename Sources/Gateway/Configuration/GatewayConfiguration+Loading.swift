import LockDomain
import LockMessages
import LoqedWire
import Mosquitto
import PlainHTTP

extension GatewayConfiguration {
    /// Reads the text of a configuration file.
    ///
    /// - Parameters:
    ///   - fileName: as the person who started the gateway knows it, for messages.
    ///   - environment: variables that override the file, and the reader of the files that it names.
    /// - Throws: every mistake that was found, all at once.
    package static func load(
        _ text: [UInt8],
        fileName: String,
        environment: LaunchEnvironment
    ) throws(ConfigurationProblems) -> GatewayConfiguration {
        let reader = ConfigurationReader(fileName: fileName, environment: environment)
        let tree: YAMLNode
        do throws(YAMLFailure) {
            tree = try YAMLNode.parse(text)
        } catch {
            reader.complain("", at: reader.origin(error.position), error.reason)
            throw ConfigurationProblems(reader.problems)
        }
        let root = ConfigurationReader.Section(reader, path: "", node: tree, takesVariables: true)
        let mqtt = readMQTT(root)
        let homeAssistant = readHomeAssistant(root)
        let webhook = readWebhook(root)
        let log = readLog(root)
        let policy = readPolicy(root)
        let locks = readLocks(root, reader)
        root.finish()
        reader.finishVariables()
        guard reader.problems.isEmpty, let mqtt, let webhook, let homeAssistant else {
            throw ConfigurationProblems(reader.problems)
        }
        return GatewayConfiguration(
            mqtt: mqtt,
            homeAssistant: homeAssistant,
            webhook: webhook,
            log: log,
            policy: policy,
            locks: locks
        )
    }

    // MARK: Sections

    /// A section that may be left out; its keys then have their standard values.
    private static func section(_ name: String, of root: ConfigurationReader.Section) -> ConfigurationReader.Section {
        root.section(name) ?? ConfigurationReader.Section(root.reader, path: name, node: nil, takesVariables: true)
    }

    private static func readMQTT(_ root: ConfigurationReader.Section) -> MQTT? {
        let section = section("mqtt", of: root)
        defer { section.finish() }
        let host = section.read("host", default: "127.0.0.1", "is not a host", example: "host: 192.168.1.5") {
            $0.isEmpty || $0.contains(where: { $0.isWhitespace || $0 == "/" }) ? nil : $0
        }
        let tls = section.section("tls").map(readTLS)
        let port = section.whole("port", in: 1...65_535, default: tls == nil ? 1883 : 8883)
        let username = section.string("username")
        let password = section.secret("password", isRequired: false) { Password($0) }
        if password != nil, username == nil {
            section.complain("password", "is given without a username", remedy: "add username: to the mqtt section")
        }
        let versions: [(String, SessionConfiguration.ProtocolVersion)] = [("5", .v5), ("3.1.1", .v311)]
        let version = section.word("protocol", versions, default: .v5)
        let clientID = section.read("client_id", default: "loqed-gateway", "is not 1 to 64 printable characters") {
            (1...64).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? $0 : nil
        }
        let baseTopic = topic("base_topic", default: "loqed", in: section)
        let keepAlive = section.duration("keep_alive", in: .seconds(5)...(.seconds(3600)), default: .seconds(30))
        guard let host, let port, let clientID, let baseTopic else { return nil }
        return MQTT(
            host: host,
            port: port,
            username: username,
            password: password,
            version: version,
            clientID: clientID,
            baseTopic: baseTopic,
            keepAlive: keepAlive,
            tls: tls
        )
    }

    private static func readTLS(_ section: ConfigurationReader.Section) -> SessionConfiguration.TLS {
        defer { section.finish() }
        func file(_ name: String) -> String? {
            guard let entry = section.entry(name) else { return nil }
            do throws(FileFailure) {
                _ = try section.reader.environment.bytes(at: entry.text, limit: 1 << 20)
            } catch {
                section.reader.complain(entry.key, at: entry.origin, error.description)
            }
            return section.reader.environment.path(entry.text)
        }
        let tls = SessionConfiguration.TLS(
            caFile: file("ca_file"),
            certificateFile: file("certificate_file"),
            privateKeyFile: file("private_key_file")
        )
        if tls.certificateFile != nil, tls.privateKeyFile == nil {
            section.complain("certificate_file", "is given without private_key_file")
        }
        if tls.certificateFile == nil, tls.privateKeyFile != nil {
            section.complain("private_key_file", "is given without certificate_file")
        }
        return tls
    }

    private static func readHomeAssistant(_ root: ConfigurationReader.Section) -> HomeAssistant? {
        let section = section("home_assistant", of: root)
        defer { section.finish() }
        let discovery = section.flag("discovery", default: true)
        guard let prefix = topic("discovery_prefix", default: "homeassistant", in: section) else { return nil }
        return HomeAssistant(discovery: discovery, discoveryPrefix: prefix)
    }

    private static func readWebhook(_ root: ConfigurationReader.Section) -> Webhook? {
        let section = section("webhook", of: root)
        defer { section.finish() }
        let listen = section.read(
            "listen",
            default: HTTPEndpoint(host: "0.0.0.0", port: 8099),
            "is not an address and a port",
            example: "listen: 0.0.0.0:8099"
        ) { AddressText.endpoint($0, defaultPort: nil) }
        let advertise = section.read(
            "advertise",
            default: Optional<String>.none,
            "is not an http address without a path",
            example: "advertise: http://192.168.1.10:8099"
        ) { AddressText.httpBase($0).map(Optional.some) } ?? nil
        let tolerance = section.duration("timestamp_tolerance", in: .seconds(1)...(.seconds(60)), default: .seconds(20))
        guard let listen else { return nil }
        return Webhook(listen: listen, advertise: advertise, timestampTolerance: tolerance)
    }

    private static func readLog(_ root: ConfigurationReader.Section) -> Log {
        let section = section("log", of: root)
        defer { section.finish() }
        let levels = Log.Level.allCases.map { ($0.rawValue, $0) }
        return Log(
            level: section.word("level", levels, default: .info),
            format: section.word("format", [("text", Log.Format.text), ("json", .json)], default: .text)
        )
    }

    private static func readPolicy(_ root: ConfigurationReader.Section) -> LockPolicy {
        let section = section("supervision", of: root)
        defer { section.finish() }
        var policy = LockPolicy()
        let day = Duration.seconds(86_400)
        policy.statusInterval = section.duration("status_interval", in: .seconds(30)...day, default: policy.statusInterval)
        policy.statusIntervalUnproven = section.duration(
            "status_interval_unproven",
            in: .seconds(10)...day,
            default: policy.statusIntervalUnproven
        )
        policy.probeInterval = section.duration(
            "probe_interval",
            in: .seconds(1)...(.seconds(3600)),
            default: policy.probeInterval
        )
        policy.movementTimeout = section.duration(
            "movement_timeout",
            in: .seconds(2)...(.seconds(300)),
            default: policy.movementTimeout
        )
        return policy
    }

    // MARK: Locks

    private static func readLocks(_ root: ConfigurationReader.Section, _ reader: ConfigurationReader) -> [Lock] {
        guard let node = root.node("locks"), case .list(let elements) = node.content, !elements.isEmpty else {
            let position = root.position(of: "locks")
            reader.complain(
                "locks",
                at: reader.origin(position),
                "lists no lock",
                remedy: "add one: locks: [{id: front_door, bridge: 192.168.1.50, …}]"
            )
            return []
        }
        var locks: [Lock] = []
        var ids: [LockID: Int] = [:]
        var bridges: [HTTPEndpoint: Int] = [:]
        for (index, element) in elements.enumerated() {
            let section = ConfigurationReader.Section(
                reader,
                path: "locks[\(index)]",
                node: element,
                takesVariables: false
            )
            guard let lock = readLock(section) else { continue }
            if let first = ids.updateValue(index, forKey: lock.id) {
                section.complain("id", "is the id of locks[\(first)] too; each lock needs its own")
            }
            if let first = bridges.updateValue(index, forKey: lock.bridge) {
                section.complain("bridge", "is the bridge of locks[\(first)] too; a bridge serves one lock")
            }
            locks.append(lock)
        }
        return locks
    }

    private static func readLock(_ section: ConfigurationReader.Section) -> Lock? {
        defer { section.finish() }
        let id = section.read(
            "id",
            default: Optional<LockID>.none,
            "is not 1 to 64 of a-z, 0-9 and _, or is \"gateway\", which is taken",
            example: "id: front_door"
        ) { $0 == "gateway" ? nil : LockID($0) }
        if section.node("id") == nil { section.complain("id", "is missing", remedy: "for example: id: front_door") }
        let name = section.string("name")
        let bridge = section.read(
            "bridge",
            default: Optional<HTTPEndpoint>.none,
            "is not an address or a name, with or without a port",
            example: "bridge: 192.168.1.50"
        ) { AddressText.endpoint($0, defaultPort: 80) }
        if section.node("bridge") == nil {
            section.complain("bridge", "is missing", remedy: "for example: bridge: 192.168.1.50")
        }
        let bridgeKey = section.secret("bridge_key", isRequired: true) { try BridgeKey(base64: $0) }
        let keySecret = section.secret("key_secret", isRequired: true) { try CommandSecret(base64: $0) }
        let keyID = section.whole("local_key_id", in: 0...250, default: nil)
        if section.node("local_key_id") == nil {
            section.complain("local_key_id", "is missing", remedy: "for example: local_key_id: 3")
        }
        let actions = readActions(section)
        let keyNames = readKeyNames(section)
        guard let id, let bridge, let bridgeKey, let keySecret, let localKeyID = keyID.flatMap(KeyID.init) else {
            return nil
        }
        return Lock(
            id: id,
            name: name ?? id.rawValue,
            bridge: bridge,
            bridgeKey: bridgeKey,
            keySecret: keySecret,
            localKeyID: localKeyID,
            actions: actions,
            keyNames: keyNames
        )
    }

    private static func readActions(_ section: ConfigurationReader.Section) -> Set<LockAction> {
        guard let node = section.node("commands") else { return [.lock, .unlock] }
        var actions: Set<LockAction> = []
        guard case .list(let elements) = node.content else {
            section.complain("commands", "is not a list", remedy: "for example: commands: [lock, unlock]")
            return actions
        }
        for (index, element) in elements.enumerated() {
            guard case .scalar(let text, _) = element.content, let action = LockAction(rawValue: text.uppercased()) else {
                section.reader.complain(
                    section.key("commands[\(index)]"),
                    at: section.reader.origin(element.position),
                    "is none of \"lock\", \"unlock\", \"open\""
                )
                continue
            }
            actions.insert(action)
        }
        return actions
    }

    private static func readKeyNames(_ section: ConfigurationReader.Section) -> [KeyID: String] {
        guard let node = section.node("key_names"), !node.isEmpty else { return [:] }
        guard case .mapping(let members) = node.content else {
            section.complain("key_names", "is not a list of numbers and names", remedy: "for example: key_names: {1: Alice}")
            return [:]
        }
        var names: [KeyID: String] = [:]
        for member in members {
            let key = section.key("key_names.\(member.key)")
            guard let id = Int(member.key).flatMap(KeyID.init) else {
                section.reader.complain(
                    key,
                    at: section.reader.origin(member.keyPosition),
                    "does not begin with the number of a key, 0 to 254"
                )
                continue
            }
            guard case .scalar(let name, _) = member.value.content, !name.isEmpty else {
                section.reader.complain(key, at: section.reader.origin(member.value.position), "is not a name")
                continue
            }
            if names.updateValue(name, forKey: id) != nil {
                section.reader.complain(key, at: section.reader.origin(member.keyPosition), "names a key a second time")
            }
        }
        return names
    }

    private static func topic(
        _ name: String,
        default standard: String,
        in section: ConfigurationReader.Section
    ) -> TopicPrefix? {
        section.read(
            name,
            default: TopicPrefix(standard),
            "is not a topic: no + and #, no blanks, no slash at either end",
            example: "\(name): \(standard)",
            parse: TopicPrefix.init
        )
    }
}

/// Addresses as people write them.
enum AddressText {
    /// `192.168.1.50`, `name`, `name:8080`, `[fe80::1]:80`.
    static func endpoint(_ text: String, defaultPort: Int?) -> HTTPEndpoint? {
        var host = text[...]
        var port = defaultPort
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty { port = self.port(rest.dropFirst()) }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = self.port(text[text.index(after: colon)...])
        }
        let isName = host.utf8.allSatisfy { byte in
            byte < 128 && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
                || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(byte))
        }
        guard let port, !host.isEmpty, text.hasPrefix("[") || isName else { return nil }
        return HTTPEndpoint(host: String(host), port: port)
    }

    /// `http://host:port`, without a path, a user or a query.
    static func httpBase(_ text: String) -> String? {
        let text = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard text.hasPrefix("http://"), endpoint(String(text.dropFirst(7)), defaultPort: 80) != nil else { return nil }
        return text
    }

    private static func port(_ text: Substring) -> Int? { Int(text).flatMap { (1...65_535).contains($0) ? $0 : nil } }
}
