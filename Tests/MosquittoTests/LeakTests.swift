import GatewayTestSupport
import Glibc
import NIOConcurrencyHelpers
import Testing

@testable import Mosquitto

extension `The sessions of a reactor` {
    @Suite struct `Sessions that are over` {
        @Test func `leave no handle and no descriptor behind`() async throws {
            let broker = try await TemporaryBroker()
            let reactor = MosquittoReactor()
            let handles = MosquittoHandle.liveCount.withLockedValue { $0 }
            var before = 0
            for round in 0..<5 {
                var sessions: [MosquittoSession] = []
                for number in 0..<40 {
                    let id = "c\(round)-\(number)"
                    let configuration = SessionConfiguration(host: "127.0.0.1", port: UInt16(broker.port), clientID: id)
                    sessions.append(try await reactor.open(configuration))
                }
                for session in sessions { await session.close() }
                if round == 0 { before = openDescriptors() }
            }
            #expect(MosquittoHandle.liveCount.withLockedValue { $0 } == handles)
            #expect(openDescriptors() <= before + 16, "other tests run beside this one; a leak would leave 160")
        }

        private func openDescriptors() -> Int {
            (0..<4096).count { fcntl(Int32($0), F_GETFD) != -1 }
        }
    }
}
