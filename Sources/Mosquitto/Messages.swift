/// How surely a message is delivered.
package enum QoS: Int32, Hashable, Sendable {
    case atMostOnce = 0
    case atLeastOnce = 1
}

/// What MQTT 5 adds to a message.
///
/// Left out under 3.1.1.
package struct MessageProperties: Hashable, Sendable {
    /// After this the broker forgets the message, also a retained one.
    ///
    /// Whole seconds.
    package var expiry: Duration?
    package var responseTopic: String?
    package var correlationData: [UInt8]?
    package var contentType: String?
    package var userProperties: [UserProperty] = []

    package init(
        expiry: Duration? = nil,
        responseTopic: String? = nil,
        correlationData: [UInt8]? = nil,
        contentType: String? = nil,
        userProperties: [UserProperty] = []
    ) {
        self.expiry = expiry
        self.responseTopic = responseTopic
        self.correlationData = correlationData
        self.contentType = contentType
        self.userProperties = userProperties
    }
}

/// One user property of a message under MQTT 5: a name, which may come several times, and a value.
package struct UserProperty: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A message to publish.
package struct OutboundMessage: Hashable, Sendable {
    package var topic: String
    package var payload: [UInt8]
    package var qos: QoS
    package var isRetained: Bool
    package var properties: MessageProperties

    package init(
        topic: String,
        payload: [UInt8],
        qos: QoS = .atLeastOnce,
        isRetained: Bool = false,
        properties: MessageProperties = MessageProperties()
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.isRetained = isRetained
        self.properties = properties
    }
}

/// A message that the broker has sent.
package struct InboundMessage: Hashable, Sendable {
    package let topic: String
    package let payload: [UInt8]
    package let qos: Int32
    /// It was stored at the broker before we asked for it (or, with retain as published, was published so).
    package let isRetained: Bool
    package let properties: MessageProperties
}

/// What the broker said to a message of QoS 1.
package enum Acknowledgement: Hashable, Sendable {
    case delivered
    case noSubscribers
    /// Delivered to those who listen now: this broker keeps no retained messages, though this one was to be kept.
    case deliveredUnretained
}

/// One topic filter with its options.
///
/// The options beyond QoS are in force under MQTT 5 only.
package struct Subscription: Hashable, Sendable {
    /// Which retained messages the broker sends upon a subscription.
    package enum RetainHandling: Int32, Hashable, Sendable {
        case sendRetained = 0
        case sendRetainedIfNew = 1
        case sendNone = 2
    }

    package var filter: String
    package var qos: QoS
    package var retainHandling: RetainHandling
    package var retainAsPublished: Bool
    package var noLocal: Bool

    package init(
        _ filter: String,
        qos: QoS = .atLeastOnce,
        retainHandling: RetainHandling = .sendRetained,
        retainAsPublished: Bool = false,
        noLocal: Bool = false
    ) {
        self.filter = filter
        self.qos = qos
        self.retainHandling = retainHandling
        self.retainAsPublished = retainAsPublished
        self.noLocal = noLocal
    }
}

/// What a session tells its one owner, in order.
package enum SessionEvent: Hashable, Sendable {
    case connected(SessionConfiguration.ProtocolVersion)
    /// The connection is gone, or did not come about; the next attempt is made after that time.
    case disconnected(MosquittoError, retryAfter: Duration)
    case message(InboundMessage)
    /// This many messages were dropped because their reader fell behind.
    case dropped(Int)
}
