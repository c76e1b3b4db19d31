import GatewayTestSupport
import Testing

@testable import LocalNetwork

@Suite struct `A hardware address` {
    @Test(arguments: ["A0B1C2D3E4F1", "a0b1c2d3e4f1", "a0:b1:c2:d3:e4:f1", "A0-B1-C2-D3-E4-F1"])
    func `is told in LOQED's form`(text: String) {
        #expect(HardwareAddress(text)?.description == "a0b1c2d3e4f1")
    }

    @Test(arguments: [
        "", "a0b1c2d3e4f", "a0b1c2d3e4f12", "a0:b1:c2:d3:e4-f1", "000000000000", "01005e0000fb", "g0b1c2d3e4f1",
    ])
    func `is nothing else`(text: String) { #expect(HardwareAddress(text) == nil) }

    @Test func `has six bytes`() {
        #expect(HardwareAddress([0xA0, 0xB1, 0xC2, 0xD3, 0xE4, 0xF1])?.description == "a0b1c2d3e4f1")
        #expect(HardwareAddress([0xA0, 0xB1, 0xC2, 0xD3, 0xE4]) == nil)
    }
}

@Suite(.enabled(if: Namespace.isAvailable, Namespace.requirement)) struct `A neighbour` {
    private func found(_ address: IPAddress, in house: House) async throws -> String? {
        try await house.machine.perform {
            try NeighbourTable(kernel: LiveRoutingKernel()).hardwareAddress(of: address)?.description
        }
    }

    @Test func `is known once the kernel knows it`() async throws {
        let house = try await House()
        #expect(try await found("192.168.7.50", in: house) == nil)
        try await house.machine.ip("neighbour add 192.168.7.50 lladdr a0:b1:c2:d3:e4:f1 dev lan0 nud reachable")
        try await house.machine.ip("neighbour add fe80::50 lladdr a0:b1:c2:d3:e4:f2 dev lan0 nud stale")
        #expect(try await found("192.168.7.50", in: house) == "a0b1c2d3e4f1")
        #expect(try await found("fe80::50%lan0", in: house) == "a0b1c2d3e4f2")
        #expect(try await found("fe80::50", in: house) == "a0b1c2d3e4f2")
        #expect(try await found("fe80::50%shop0", in: house) == nil)
        #expect(try await found("fe80::50%none0", in: house) == nil)
        #expect(try await found("192.168.7.51", in: house) == nil)
    }

    @Test func `that did not answer is not known`() async throws {
        let house = try await House()
        try await house.machine.ip("neighbour add 192.168.7.50 lladdr a0:b1:c2:d3:e4:f1 dev lan0 nud failed")
        #expect(try await found("192.168.7.50", in: house) == nil)
    }

    @Test func `is left open when two links have one each`() async throws {
        let house = try await House()
        try await house.machine.ip("neighbour add fe80::50 lladdr a0:b1:c2:d3:e4:f1 dev lan0 nud reachable")
        try await house.machine.ip("neighbour add fe80::50 lladdr a0:b1:c2:d3:e4:f2 dev shop0 nud reachable")
        #expect(try await found("fe80::50", in: house) == nil)
        #expect(try await found("fe80::50%shop0", in: house) == "a0b1c2d3e4f2")
    }
}
