package import LockDomain
package import LoqedWire

/// What LOQED's portal shows for a lock as "Integration information": a JSON object, taken as it is.
///
/// Keys that are of no use here are passed over, whatever they are called.
package struct IntegrationInformation: Sendable {
    /// Nil where the portal does not know it.
    package let bridge: NetworkAddress?
    /// Wi-Fi MAC of the bridge, as its name tells it: 12 lower-case hexadecimal digits.
    package let bridgeMAC: String?
    package let bridgeKey: BridgeKey
    package let keySecret: CommandSecret
    /// 0 to 250.
    package let localKeyID: KeyID
    /// The two keys as the portal shows them, in base64.
    let texts: (bridgeKey: Secret<String>, keySecret: Secret<String>)
}

extension IntegrationInformation {
    /// More than ten times what the portal shows.
    static let maximumSize = 16_384

    /// What a file of it held, as far as it was right: each part may have been missing or wrong, and is reported then.
    struct Parts {
        var bridge: NetworkAddress?
        var bridgeMAC: String?
        var bridgeKey: BridgeKey?
        var keySecret: CommandSecret?
        var localKeyID: KeyID?
        var texts: [String: Secret<String>] = [:]
        var origins: [String: ConfigurationProblem.Place] = [:]
    }

    /// Reads the text of the portal; the path names it in problems.
    ///
    /// - Parameters:
    ///   - bytes: JSON.
    ///   - path: what to call it.
    ///   - environment: the outside world.
    /// - Returns: what it holds.
    /// - Throws: everything that is wrong in it.
    package static func read(
        _ bytes: [UInt8],
        named path: String,
        in environment: LaunchEnvironment
    ) throws(ConfigurationFailure) -> IntegrationInformation {
        let session = ReadingSession(path: path, environment: environment)
        let parts = parts(of: bytes, needsBridge: false, session)
        guard session.problems.isEmpty, let bridgeKey = parts.bridgeKey,
            let keySecret = parts.keySecret, let localKeyID = parts.localKeyID,
            let bridgeKeyText = parts.texts["bridge_key"], let keySecretText = parts.texts["lock_key_key"]
        else { throw .invalid(session.problems) }
        return IntegrationInformation(
            bridge: parts.bridge,
            bridgeMAC: parts.bridgeMAC,
            bridgeKey: bridgeKey,
            keySecret: keySecret,
            localKeyID: localKeyID,
            texts: (bridgeKeyText, keySecretText)
        )
    }

    /// What is right in the text, which must tell where the bridge is unless that is known from elsewhere.
    static func parts(of bytes: [UInt8], needsBridge: Bool, _ session: ReadingSession) -> Parts {
        // JSON is YAML, and read like it every value has its place.
        let document = YAMLDocument(bytes)
        guard document.mistakes.isEmpty, case .mapping = document.root.content else {
            let position = document.mistakes.first?.position ?? document.root.position
            let reason = "is not the JSON that LOQED's page shows"
            let remedy = "Copy the integration information again, whole: it begins with { and ends with }."
            session.report(session.place(position), "", reason, remedy)
            return Parts()
        }
        var reader = SectionReader(document.root, at: .start, keyPath: "", isOverridable: false, session: session)
        return read(&reader, needsBridge: needsBridge)
    }

    private static func read(_ reader: inout SectionReader, needsBridge: Bool) -> Parts {
        var parts = Parts()
        let name = reader.optional("bridge_mdns_hostname", .bridge)
        parts.bridgeMAC = name?.bridgeMAC
        let address = reader.optional("bridge_ip", .bridge)
        parts.bridge = address ?? name
        if needsBridge, !reader.hasText("bridge_ip"), !reader.hasText("bridge_mdns_hostname") {
            reader.session.report(
                reader.place(of: "bridge_ip") ?? reader.session.place(.start),
                "bridge_ip",
                "has no value, and bridge_mdns_hostname neither",
                "Write bridge: beside integration_file, with the address of the bridge."
            )
        }
        parts.bridgeKey = reader.portalKey("bridge_key") { text throws(KeyError) in try BridgeKey(base64: text) }
        parts.keySecret = reader.portalKey("lock_key_key") { text throws(KeyError) in try CommandSecret(base64: text) }
        parts.localKeyID = reader.portalNumber("lock_key_local_id")
        for key in ["bridge_key", "lock_key_key"] { parts.texts[key] = reader.filledPair(key)?.secret }
        let keys = [
            "bridge": address == nil ? "bridge_mdns_hostname" : "bridge_ip", "bridge_key": "bridge_key",
            "key_secret": "lock_key_key", "local_key_id": "lock_key_local_id",
        ]
        parts.origins = keys.compactMapValues { reader.place(of: $0) }
        return parts
    }
}

extension SectionReader {
    fileprivate static let portal = "Copy the integration information of LOQED's page again, whole."

    /// Whether the key is there and is not empty, null or a list.
    fileprivate func hasText(_ key: String) -> Bool { filledPair(key) != nil }

    /// A value that LOQED may leave empty.
    fileprivate mutating func optional<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
        guard hasText(key), let setting = setting(key, example: kind.example) else { return nil }
        return value(of: setting, kind, remedy: Self.portal)
    }

    fileprivate mutating func portalKey<Key>(_ name: String, _ read: (String) throws(KeyError) -> Key) -> Key? {
        reportMissing(name, Self.portal)
        guard let setting = setting(name, example: "\"the text from LOQED\"") else { return nil }
        let secret = SecretSetting(secret: Secret(setting.text), source: SecretSource(setting, file: nil))
        return key(name, in: secret, read)
    }

    fileprivate mutating func portalNumber(_ name: String) -> KeyID? {
        reportMissing(name, Self.portal)
        return setting(name, example: "3").flatMap { value(of: $0, .localKeyID, remedy: Self.portal) }
    }
}

extension YAMLNode.Pair {
    fileprivate var secret: Secret<String>? {
        guard case .scalar(let text, _) = value.content else { return nil }
        return Secret(text)
    }
}
