import GatewayTestSupport
import Mosquitto
import Testing

/// A session with its events, ready for use.
struct Client {
    let session: MosquittoSession
    let events: EventReader<SessionEvent>

    static func open(
        _ broker: TemporaryBroker,
        _ id: String,
        on reactor: MosquittoReactor,
        _ change: (inout SessionConfiguration) -> Void = { _ in }
    ) async throws -> Client {
        var configuration = SessionConfiguration(host: "127.0.0.1", port: UInt16(broker.port), clientID: id)
        configuration.backOff.base = .milliseconds(20)
        configuration.backOff.maximum = .milliseconds(200)
        configuration.backOff.resetAfter = .milliseconds(100)
        change(&configuration)
        let session = try await reactor.open(configuration)
        return Client(session: session, events: EventReader(session.events))
    }

    static func connected(
        _ broker: TemporaryBroker,
        _ id: String,
        on reactor: MosquittoReactor,
        _ change: (inout SessionConfiguration) -> Void = { _ in }
    ) async throws -> Client {
        let client = try await open(broker, id, on: reactor, change)
        try await client.connected()
        return client
    }

    @discardableResult
    func connected() async throws -> SessionConfiguration.ProtocolVersion {
        try await events.first("the session connects") { if case .connected(let version) = $0 { version } else { nil } }
    }

    func failure() async throws -> MosquittoError {
        try await events.first("the connection ends") {
            if case .disconnected(let error, _) = $0 { error } else { nil }
        }
    }

    func message() async throws -> InboundMessage {
        try await events.first("a message arrives") { if case .message(let message) = $0 { message } else { nil } }
    }
}

func text(_ topic: String, _ payload: String, retained: Bool = false) -> OutboundMessage {
    OutboundMessage(topic: topic, payload: Array(payload.utf8), isRetained: retained)
}
