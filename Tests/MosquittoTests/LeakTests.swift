import GatewayTestSupport
import Testing

@testable import Mosquitto

/// Sees whether a session, and with it the handle that it owns, is still there.
private final class Witness {
    weak var session: Session?

    init(_ session: Session?) { self.session = session }
}

extension MosquittoReactor {
    fileprivate func witnesses() -> [Witness] { (0...1000).compactMap(session).map(Witness.init) }

    fileprivate func survivors(_ witnesses: [Witness]) -> Int { witnesses.count { $0.session != nil } }

    fileprivate func closeAll(_ sessions: [MosquittoSession]) async -> (seen: Int, left: Int) {
        let witnesses = witnesses()
        for session in sessions { await session.close() }
        return (witnesses.count, survivors(witnesses))
    }
}

extension `The sessions of a reactor` {
    @Suite struct `Sessions that are over` {
        @Test func `leave nothing behind`() async throws {
            let broker = try await TemporaryBroker()
            let reactor = MosquittoReactor()
            var sessions: [MosquittoSession] = []
            for number in 0..<200 {
                let id = "c\(number)"
                let configuration = SessionConfiguration(host: "127.0.0.1", port: UInt16(broker.port), clientID: id)
                sessions.append(try await reactor.open(configuration))
            }
            let (seen, left) = await reactor.closeAll(sessions)
            #expect(seen == 200)
            #expect(left == 0)
        }
    }
}
