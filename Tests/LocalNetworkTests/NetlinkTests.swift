import GatewayTestSupport
import Testing

@testable import LocalNetwork

@Suite struct `A netlink message` {
    /// What Linux 6 told of `ip address add 192.0.2.2/24 dev lan0`, byte for byte (little-endian).
    private static let newAddress: [UInt8] = [
        0x50, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x9B, 0xDA, 0x03, 0x6B, 0xD9, 0x1B, 0x00, 0x00,
        0x02, 0x18, 0x80, 0x00, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00, 0x01, 0x00, 0xC0, 0x00, 0x02, 0x02,
        0x08, 0x00, 0x02, 0x00, 0xC0, 0x00, 0x02, 0x02, 0x09, 0x00, 0x03, 0x00, 0x6C, 0x61, 0x6E, 0x30,
        0x00, 0x00, 0x00, 0x00, 0x08, 0x00, 0x08, 0x00, 0x80, 0x00, 0x00, 0x00, 0x14, 0x00, 0x06, 0x00,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x95, 0x73, 0x20, 0x00, 0x95, 0x73, 0x20, 0x00,
    ]

    @Test func `of an address is understood`() throws {
        let message = try #require(NetlinkMessage.all(in: Self.newAddress).first)
        let record = try #require(AddressRecord(message))
        #expect(record.interface == 3)
        #expect(record.address == "192.0.2.2")
        #expect(record.prefixLength == 24)
        #expect(record.isUsable)
        #expect(NetworkChange(datagram: Self.newAddress) == .addresses)
    }

    @Test func `that does not fit its length is passed over with all after it`() {
        #expect(NetlinkMessage.all(in: Self.newAddress + Self.newAddress).count == 2)
        #expect(NetlinkMessage.all(in: Self.newAddress + Self.newAddress.dropLast()).count == 1)
        for count in 0..<Self.newAddress.count {
            #expect(NetlinkMessage.all(in: Array(Self.newAddress.prefix(count))).isEmpty)
        }
        #expect(NetlinkMessage.all(in: [UInt8](repeating: 0, count: 64)).isEmpty)
        #expect(NetlinkMessage.all(in: [UInt8](repeating: 0xFF, count: 64)).isEmpty)
    }

    @Test func `that says too much happened is a change`() {
        let overrun: [UInt8] = [0x10, 0, 0, 0, 0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(NetworkChange(datagram: overrun) == .unknown)
    }

    @Test func `that refuses gives its reason`() {
        var refusal: [UInt8] = [0x14, 0, 0, 0, 0x02, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x9B, 0xFF, 0xFF, 0xFF]
        #expect(NetlinkMessage.all(in: refusal).first?.errorNumber == 101)
        refusal.replaceSubrange(16..., with: [0, 0, 0, 0x80])
        #expect(NetlinkMessage.all(in: refusal).first?.errorNumber == .max)
        refusal.replaceSubrange(16..., with: [0, 0, 0, 0])
        #expect(NetlinkMessage.all(in: refusal).first?.errorNumber == 0)
    }

    /// What is read must lie within what came: a trap here would end the daemon.
    @Test(arguments: 0..<4) func `of any bytes at all does no harm`(seed: Int) throws {
        let kernel = LiveRoutingKernel()
        let questions: [NetlinkRequest] = [
            .links, .addresses, .neighbours(.v4), .neighbours(.v6), .route(to: "127.0.0.1", interface: nil),
        ]
        var seeds = try questions.flatMap { try kernel.answer(to: $0, sequence: 1) }
        seeds.append(Self.newAddress)
        var generator = SeededGenerator(seed: UInt64(seed))
        for round in 0..<25_000 {
            let seed = seeds[round % seeds.count]
            // Long datagrams are cut to a few messages, or this would take all day.
            let datagram = Array(seed.prefix(1500)).mutated(using: &generator)
            let messages = NetlinkMessage.all(in: datagram)
            #expect(messages.count <= datagram.count / 16)
            for message in messages {
                _ = (message.errorNumber, LinkRecord(message), NeighbourRecord(message), RouteRecord(message))
                if let record = AddressRecord(message) { #expect((0...128).contains(record.prefixLength)) }
            }
        }
    }

    @Test func `is asked again when the answer changed under way, and not for ever`() {
        struct RestlessKernel: RoutingKernel {
            func answer(to request: NetlinkRequest, sequence: UInt32) throws(KernelFailure) -> [[UInt8]] {
                [[0x10, 0, 0, 0, 0x03, 0, 0x10, 0, UInt8(sequence), 0, 0, 0, 0, 0, 0, 0]]
            }
        }
        #expect(throws: KernelFailure.unsteady) { try RestlessKernel().messages(answering: .links) }
    }

    @Test func `of another question is not taken for an answer`() throws {
        struct ConfusedKernel: RoutingKernel {
            func answer(to request: NetlinkRequest, sequence: UInt32) throws(KernelFailure) -> [[UInt8]] {
                [NumberedMessage.newAddress(sequence: 7)]
            }
        }
        #expect(try ConfusedKernel().messages(answering: .addresses).isEmpty)
    }
}

/// The message above with a number.
private enum NumberedMessage {
    static func newAddress(sequence: UInt8) -> [UInt8] {
        [0x18, 0, 0, 0, 0x14, 0, 0, 0, sequence, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x18, 0x80, 0, 0x04, 0, 0, 0]
    }
}
