package import LockDomain

/// Why a delivery at a lock's webhook path is not believed, in the order of the checks.
package enum WebhookRejection: Error, Hashable, Sendable {
    /// `TIMESTAMP` or `HASH` is missing. The newer bridge has been seen to send such.
    case unsigned
    /// A header is doubled or does not read as what it should be.
    case malformed
    case badSignature
    /// Signed correctly, but too long ago or too far ahead: our clock less the sender's, whole seconds.
    case stale(skew: Duration)
}

/// A webhook as it arrived; nothing in it is believed yet.
package struct WebhookEnvelope: Sendable, CustomStringConvertible, CustomReflectable {
    /// One header of a request.
    package typealias Field = (name: String, value: String)

    private let signedAt: Int64
    private let hash: String
    private let body: [UInt8]

    /// Finds the two headers, without regard to case, each exactly once.
    package init(fields: [Field], body: [UInt8]) throws(WebhookRejection) {
        let times = fields.filter { $0.name.lowercased() == "timestamp" }
        let hashes = fields.filter { $0.name.lowercased() == "hash" }
        guard times.count <= 1, hashes.count <= 1 else { throw .malformed }
        guard let time = times.first?.value, let hash = hashes.first?.value else { throw .unsigned }
        let isDecimal = (1...12).contains(time.utf8.count) && time.utf8.allSatisfy { (48...57).contains($0) }
        guard isDecimal, let signedAt = Int64(time) else { throw .malformed }
        self.signedAt = signedAt
        self.hash = hash
        self.body = body
    }

    package var description: String { "<webhook envelope>" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Checks the signature first and the age second, so that only genuine senders can raise talk of clocks.
    package func verified(
        with key: BridgeKey,
        at now: UnixTime,
        tolerance: Duration
    ) throws(WebhookRejection) -> VerifiedWebhook {
        let expected = WebhookHash.delivery(body: body, at: signedAt, key: key)
        guard WebhookHash.matches(hash, expected) else { throw .badSignature }
        let skew = now.seconds - signedAt
        guard abs(skew) <= tolerance.components.seconds else { throw .stale(skew: .seconds(skew)) }
        let stamp = WebhookStamp(signedAt: signedAt, fingerprint: UInt64(bigEndianBytes: expected.prefix(8)))
        return VerifiedWebhook(stamp: stamp, body: body)
    }
}

/// A webhook that the bridge signed just now.
///
/// Only this gives its body to a parser.
package struct VerifiedWebhook: Sendable, CustomStringConvertible, CustomReflectable {
    package let stamp: WebhookStamp
    package let body: [UInt8]

    fileprivate init(stamp: WebhookStamp, body: [UInt8]) {
        self.stamp = stamp
        self.body = body
    }

    package var description: String { "<verified webhook>" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Reads the body; only verified webhooks have this.
    package func report() throws(WireError) -> BridgeReport { try BridgeReport(webhookBody: body) }
}
