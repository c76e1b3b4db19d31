import LockDomain
import LoqedWire

extension GatewayConfiguration.Lock {
    /// Reads the list of locks, and holds them against each other.
    static func readAll(from root: inout SectionReader) -> [Self] {
        var ids: [LockID: String] = [:]
        var bridges: [NetworkAddress: String] = [:]
        return root.sections("locks", remedy: "Each lock is an item of the list: it begins with `- id: front_door`.") {
            read(&$0, ids: &ids, bridges: &bridges)
        }
    }

    private static func read(
        _ section: inout SectionReader,
        ids: inout [LockID: String],
        bridges: inout [NetworkAddress: String]
    ) -> Self? {
        let id = section.unique("id", .lockID, among: &ids, remedy: "Give each lock an id of its own.")
        let name = section.required("name", .text(maximum: 100, example: "Front door"))
        let access =
            section.isGiven("integration_file")
            ? integration(&section, bridges: &bridges) : parts(&section, bridges: &bridges)
        let actions = section.list("commands", of: .action, example: "[lock, unlock, open]")
        let keyNames = section.table(
            "key_names",
            of: .keyID(in: 0...254, example: "1"),
            and: .text(maximum: 100, example: "Alice"),
            example: "{1: Alice, 3: Gateway}"
        )
        guard let id, let name, let bridge = access.bridge, let bridgeKey = access.bridgeKey,
            let keySecret = access.keySecret, let localKeyID = access.localKeyID
        else { return nil }
        return Self(
            id: id,
            name: name,
            bridge: bridge,
            bridgeMAC: access.bridgeMAC,
            bridgeKey: bridgeKey,
            keySecret: keySecret,
            localKeyID: localKeyID,
            allowedActions: actions.map(Set.init) ?? [.lock, .unlock],
            keyNames: keyNames ?? [:]
        )
    }

    /// The bridge and the keys, one by one.
    private static func parts(
        _ section: inout SectionReader,
        bridges: inout [NetworkAddress: String]
    ) -> IntegrationInformation.Parts {
        let bridge = section.unique("bridge", .bridge, among: &bridges, remedy: oneBridge)
        let parts = IntegrationInformation.Parts(
            bridge: bridge,
            bridgeKey: section.requiredKey("bridge_key") { text throws(KeyError) in try BridgeKey(base64: text) },
            keySecret: section.requiredKey("key_secret") { text throws(KeyError) in try CommandSecret(base64: text) },
            localKeyID: section.required("local_key_id", .localKeyID)
        )
        // Known to whoever asks which keys there are.
        _ = section.pair("integration_file")
        return parts
    }

    /// The same from LOQED's portal; its keys belong together, while an address beside them goes before the portal's.
    private static func integration(
        _ section: inout SectionReader,
        bridges: inout [NetworkAddress: String]
    ) -> IntegrationInformation.Parts {
        let bridge =
            section.isGiven("bridge")
            ? section.unique("bridge", .bridge, among: &bridges, remedy: oneBridge) : nil
        _ = section.pair("bridge")
        for key in ["bridge_key", "bridge_key_file", "key_secret", "key_secret_file", "local_key_id"] {
            guard let pair = section.pair(key) else { continue }
            section.session.report(
                section.session.place(pair.keyPosition),
                section.keyPath(of: key),
                "is given beside integration_file",
                "Keep one of the two: the file of LOQED's portal has this key too."
            )
        }
        guard var parts = section.integrationFile(needsBridge: !section.isGiven("bridge")) else {
            return IntegrationInformation.Parts(bridge: bridge)
        }
        if section.isGiven("bridge") {
            parts.bridge = bridge
            parts.origins["bridge"] = nil
        } else if let found = parts.bridge, let place = parts.origins["bridge"] {
            if let other = bridges[found] {
                section.session.report(place, section.keyPath(of: "bridge"), "is the same as \(other)", oneBridge)
            }
            bridges[found] = section.keyPath(of: "bridge")
        }
        for (key, place) in parts.origins { section.session.note(section.keyPath(of: key), from: place) }
        return parts
    }

    private static let oneBridge = "One bridge serves one lock."
}

extension SectionReader {
    /// What the file of LOQED's portal holds.
    fileprivate mutating func integrationFile(needsBridge: Bool) -> IntegrationInformation.Parts? {
        let example = "front_door.json"
        guard let setting = setting("integration_file", example: example),
            let path = path(from: setting, example: example),
            let bytes = bytes(of: path, for: setting, maximum: IntegrationInformation.maximumSize)
        else { return nil }
        session.note(setting.keyPath, from: setting.place, text: setting.text)
        session.warnOfAccess(to: path, from: setting.place, setting.keyPath, "the file \(path)")
        let other = session.session(for: path)
        defer { session.adopt(other) }
        return IntegrationInformation.parts(of: bytes, needsBridge: needsBridge, other)
    }

    /// A key of LOQED, in base64, or in a file that holds it so.
    fileprivate mutating func requiredKey<Key>(_ name: String, _ read: (String) throws(KeyError) -> Key) -> Key? {
        guard let setting = requiredSecret(name, example: "\"the text from LOQED\"") else { return nil }
        return key(name, in: setting, read)
    }

    /// The key in a secret that has been read.
    func key<Key>(_ name: String, in setting: SecretSetting, _ read: (String) throws(KeyError) -> Key) -> Key? {
        do throws(KeyError) {
            return try setting.secret.reveal(read)
        } catch {
            let remedy = "Copy \(name) as LOQED shows it: 44 characters of base64, the last one a `=`."
            report("\(error)", of: setting.source, remedy: remedy)
            return nil
        }
    }
}

extension ValueKind where Value == LockID {
    static var lockID: ValueKind {
        ValueKind(example: "front_door") { text throws(ValueMistake) in
            guard let id = LockID(text) else {
                throw ValueMistake(reason: "must have 1 to 64 characters, only a to z, 0 to 9 and _")
            }
            // Its topics would be those of the gateway itself.
            guard text != "gateway" else { throw ValueMistake(reason: "must not be gateway, which means ourselves") }
            return id
        }
    }
}

extension ValueKind where Value == KeyID {
    /// The number of the key in the lock that is ours.
    static var localKeyID: ValueKind { keyID(in: 0...250, example: "3") }

    static func keyID(in range: ClosedRange<Int>, example: String) -> ValueKind {
        ValueKind<Int>.integer(in: range, example: example).map { number throws(ValueMistake) in
            guard let id = KeyID(number) else { throw ValueMistake(reason: "is not the number of a key") }
            return id
        }
    }
}

extension ValueKind where Value == LockAction {
    static var action: ValueKind {
        .word(of: LockAction.allCases.map { (name: $0.rawValue.lowercased(), value: $0) })
    }
}
