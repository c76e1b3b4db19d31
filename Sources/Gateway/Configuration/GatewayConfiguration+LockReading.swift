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
        let bridge = section.unique("bridge", .bridge, among: &bridges, remedy: "One bridge serves one lock.")
        let bridgeKey = section.requiredKey("bridge_key") { text throws(KeyError) in try BridgeKey(base64: text) }
        let keySecret = section.requiredKey("key_secret") { text throws(KeyError) in try CommandSecret(base64: text) }
        let localKeyID = section.required("local_key_id", .keyID(in: 0...250, example: "3"))
        let actions = section.list("commands", of: .action, example: "[lock, unlock, open]")
        let keyNames = section.table(
            "key_names",
            of: .keyID(in: 0...254, example: "1"),
            and: .text(maximum: 100, example: "Alice"),
            example: "{1: Alice, 3: Gateway}"
        )
        guard let id, let name, let bridge, let bridgeKey, let keySecret, let localKeyID else { return nil }
        return Self(
            id: id,
            name: name,
            bridge: bridge,
            bridgeKey: bridgeKey,
            keySecret: keySecret,
            localKeyID: localKeyID,
            allowedActions: actions.map(Set.init) ?? [.lock, .unlock],
            keyNames: keyNames ?? [:]
        )
    }
}

extension SectionReader {
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
    fileprivate static var lockID: ValueKind {
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
    fileprivate static func keyID(in range: ClosedRange<Int>, example: String) -> ValueKind {
        ValueKind<Int>.integer(in: range, example: example).map { number throws(ValueMistake) in
            guard let id = KeyID(number) else { throw ValueMistake(reason: "is not the number of a key") }
            return id
        }
    }
}

extension ValueKind where Value == LockAction {
    fileprivate static var action: ValueKind {
        .word(of: LockAction.allCases.map { (name: $0.rawValue.lowercased(), value: $0) })
    }
}
