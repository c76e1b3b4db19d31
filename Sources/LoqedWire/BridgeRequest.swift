import Crypto
package import LockDomain

/// One request to a bridge, as a value.
///
/// Its target may hold a signed command and is never printed.
package struct BridgeRequest: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A header field.
    ///
    /// LOQED's bridge wants `TIMESTAMP` and `HASH` in exactly this case.
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package let method: String
    /// Path and query, percent-encoded.
    package let target: String
    package let fields: [Field]
    package let body: [UInt8]
    private let name: String

    package var description: String { "<\(name)>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Reads state, battery and signals.
    ///
    /// Needs no key.
    package static let status = BridgeRequest(method: "GET", target: "/status", fields: [], body: [], name: "status")

    /// Hands a signed command to the lock.
    package static func command(_ command: SignedCommand) -> BridgeRequest {
        // A bare "+" would be read as a blank; "/" may stay, as real bridges have shown.
        let value = command.base64.replacing("+", with: "%2B").replacing("=", with: "%3D")
        return BridgeRequest(
            method: "GET",
            target: "/to_lock?command_signed_base64=\(value)",
            fields: [],
            body: [],
            name: "command"
        )
    }

    /// Lists the registered webhooks.
    package static func listWebhooks(key: BridgeKey, at time: UnixTime) -> BridgeRequest {
        BridgeRequest(
            method: "GET",
            target: "/webhooks",
            fields: signature(WebhookHash.list(at: time.seconds, key: key), at: time),
            body: [],
            name: "webhook list"
        )
    }

    /// Registers a target.
    ///
    /// The answer does not name the new id: list again.
    package static func createWebhook(
        url: String,
        triggers: WebhookTriggers,
        key: BridgeKey,
        at time: UnixTime
    ) -> BridgeRequest {
        let hash = WebhookHash.create(url: url, triggers: triggers, at: time.seconds, key: key)
        return BridgeRequest(
            method: "POST",
            target: "/webhooks",
            fields: signature(hash, at: time) + [Field(name: "Content-Type", value: "application/json")],
            body: Array("{\"url\":\(JSONValue.literal(url)),\(triggers.members)}".utf8),
            name: "webhook creation"
        )
    }

    /// Takes an entry off the bridge's list of webhooks.
    package static func deleteWebhook(id: UInt64, key: BridgeKey, at time: UnixTime) -> BridgeRequest {
        BridgeRequest(
            method: "DELETE",
            target: "/webhooks/\(id)",
            fields: signature(WebhookHash.delete(id: id, at: time.seconds, key: key), at: time),
            body: [],
            name: "webhook deletion"
        )
    }

    private static func signature(_ hash: [UInt8], at time: UnixTime) -> [Field] {
        [Field(name: "TIMESTAMP", value: String(time.seconds)), Field(name: "HASH", value: hash.hex)]
    }
}

/// The hashes around webhooks: plain SHA-256 with the bridge key at the end.
package enum WebhookHash {
    /// Of a request for the list.
    package static func list(at seconds: Int64, key: BridgeKey) -> [UInt8] {
        sha256(seconds.bigEndianBytes + key.bytes)
    }

    /// Of a request that adds an entry.
    package static func create(url: String, triggers: WebhookTriggers, at seconds: Int64, key: BridgeKey) -> [UInt8] {
        sha256(Array(url.utf8) + triggers.rawValue.bigEndianBytes + seconds.bigEndianBytes + key.bytes)
    }

    /// Of a request that takes an entry off.
    package static func delete(id: UInt64, at seconds: Int64, key: BridgeKey) -> [UInt8] {
        sha256(id.bigEndianBytes + seconds.bigEndianBytes + key.bytes)
    }

    /// Covers the bytes of a webhook's body exactly as they are sent.
    package static func delivery(body: [UInt8], at seconds: Int64, key: BridgeKey) -> [UInt8] {
        sha256(body + seconds.bigEndianBytes + key.bytes)
    }

    /// Whether hexadecimal digits of either case are this hash; takes the same time whatever they are.
    package static func matches(_ digits: String, _ hash: [UInt8]) -> Bool {
        guard let bytes = [UInt8](hex: digits) else { return false }
        return bytes.isEqualInConstantTime(to: hash)
    }

    private static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}
