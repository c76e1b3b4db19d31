import GatewayTestSupport
import Mosquitto
import NIOConcurrencyHelpers

/// Somebody at the broker itself who writes down everything that is published, as it was published.
final class Witness: Sendable {
    /// One message as a subscriber gets it.
    struct Heard: Hashable, Sendable, CustomStringConvertible {
        let topic: String
        let payload: [UInt8]
        let isRetained: Bool
        let qos: Int32
        var expires: Bool
        let isRepeat: Bool

        var text: String { String(decoding: payload, as: UTF8.self) }
        var description: String {
            let marks = [
                isRetained ? "retained" : nil, isRepeat ? "repeated" : nil, expires ? "expires" : nil, "QoS \(qos)",
            ]
            return "\(topic) \(text) (\(marks.compactMap { $0 }.joined(separator: ", ")))"
        }
    }

    private let session: MosquittoSession
    private let reactor: MosquittoReactor
    private let port: Int
    private let heard = NIOLockedValueBox<[Heard]>([])
    private let listens = NIOLockedValueBox(false)

    /// Connects to the broker and goes on doing so whenever the connection is lost.
    init(port: Int) async throws {
        reactor = MosquittoReactor(draw: { _ in 5 })
        self.port = port
        session = try await reactor.open(
            SessionConfiguration(host: "127.0.0.1", port: UInt16(port), clientID: "recorder")
        )
        // What is stored is not wanted, and whether something was published as retained is to be seen.
        let everything = Subscription("#", retainHandling: .sendNone, retainAsPublished: true)
        let (session, heard, listens) = (session, heard, listens)
        // Ends with the session.
        Task {
            for await event in session.events {
                switch event {
                case .connected:
                    if (try? await session.subscribe(everything)) != nil { listens.withLockedValue { $0 = true } }
                case .disconnected: listens.withLockedValue { $0 = false }
                case .message(let message): heard.withLockedValue { $0.append(Heard(message)) }
                case .dropped: heard.withLockedValue { $0.append(.dropped) }
                }
            }
        }
    }

    /// Whether it has its connection and its subscription.
    var isListening: Bool { listens.withLockedValue { $0 } }

    /// Everything since the last ``forget()``.
    var everything: [Heard] { heard.withLockedValue { $0 } }

    func forget() { heard.withLockedValue { $0 = [] } }

    func publish(_ message: OutboundMessage) async throws { try await session.publish(message) }

    /// What somebody who comes now finds on the broker.
    func retained() async throws -> [String: Heard] {
        let end = "soak/end"
        let late = try await reactor.open(
            SessionConfiguration(host: "127.0.0.1", port: UInt16(port), clientID: "late")
        )
        var found: [String: Heard] = [:]
        for await event in late.events {
            switch event {
            case .connected:
                try await late.subscribe(Subscription("#"))
                // Comes behind everything that is stored.
                try await late.publish(OutboundMessage(topic: end, payload: []))
            case .message(let message) where message.topic == end:
                await late.close()
                return found
            case .message(let message): if message.isRetained { found[message.topic] = Heard(message) }
            case .disconnected, .dropped: found = [:]
            }
        }
        return found
    }

    func close() async { await session.close() }
}

extension Witness.Heard {
    fileprivate static let dropped = Self(
        topic: "dropped by the recorder",
        payload: [],
        isRetained: false,
        qos: 0,
        expires: false,
        isRepeat: false
    )

    fileprivate init(_ message: InboundMessage) {
        topic = message.topic
        payload = message.payload
        isRetained = message.isRetained
        qos = message.qos
        expires = message.properties.expiry != nil
        isRepeat = message.properties.userProperties == [UserProperty("repeated", "true")]
    }
}
