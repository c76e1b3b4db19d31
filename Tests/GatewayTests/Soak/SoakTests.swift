import GatewayTestSupport
import Glibc
import LockDomain
import Testing

@testable import Gateway

@Suite struct `Ten thousand events, while connections are cut and the broker ends` {
    /// `SOAK_SEED` tells another story: a number, or `random`; `SOAK_EVENTS` a longer one.
    ///
    /// A failure names its seed. What happens at the locks follows from it, and so does what is done to the connections;
    /// what the two do to each other within a millisecond does not.
    @Test func `leave on the broker what the supervisors said last, and nothing is lost or doubled`() async throws {
        let seed: UInt64 =
            switch variable("SOAK_SEED") {
            case nil: 5
            case "random": .random(in: 0...UInt64.max)
            case let text?: try #require(UInt64(text), "SOAK_SEED is a number or the word random")
            }
        let events = try #require(Int(variable("SOAK_EVENTS") ?? "10000"), "SOAK_EVENTS is a number")
        try await Soak.tell(seed: seed, events: events)
    }

    private func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
