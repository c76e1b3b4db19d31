/// One message for the broker, complete but for the connection that carries it.
package struct Publication: Hashable, Sendable {
    package let topic: String
    package let payload: [UInt8]
    package let isRetained: Bool
    /// How long the broker may keep and deliver it (MQTT 5 message expiry); nil is for ever.
    package let expiry: Duration?
    /// By which an asker recognises the answer to its question (MQTT 5 correlation data).
    package let correlationData: [UInt8]?

    /// MQTT quality of service, of every publication: at least once.
    ///
    /// A repeated word says nothing wrong; a lost one leaves the old one standing.
    package static let qualityOfService = 1

    package init(
        topic: String,
        payload: [UInt8],
        isRetained: Bool,
        expiry: Duration? = nil,
        correlationData: [UInt8]? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.isRetained = isRetained
        self.expiry = expiry
        self.correlationData = correlationData
    }

    /// Takes a retained message off the broker: empty and retained.
    package static func clearing(_ topic: String) -> Publication {
        Publication(topic: topic, payload: [], isRetained: true)
    }

    static func word(_ word: String, on topic: String, expiry: Duration? = nil) -> Publication {
        Publication(topic: topic, payload: Array(word.utf8), isRetained: true, expiry: expiry)
    }

    static func document(_ json: JSONValue, on topic: String, expiry: Duration? = nil) -> Publication {
        Publication(topic: topic, payload: json.bytes, isRetained: true, expiry: expiry)
    }
}
