import GatewayTestSupport
import Testing

@testable import LocalNetwork

/// What avahi-daemon 0.8 answered to one-shot queries, byte for byte.
enum AvahiAnswers {
    /// To A and AAAA of `LOQED-A0B1C2D3E4F1.local`, number 0x1234.
    static let host = bytes(
        """
        123484000002000200000000124c4f5145442d413042314332443345344631056c6f63616c0000018001c00c001c8001\
        124c4f5145442d613062316332643365346631c01f001c00010000000a0010fe80000000000000dc7339fffe01916d\
        c030000100010000000a0004c0a80732
        """
    )
    /// To PTR of `_http._tcp.local`, number 0x1234.
    static let service = bytes(
        """
        123484000001000500000000055f68747470045f746370056c6f63616c00000c8001c00c000c00010000000a0015\
        124c4f5145442d613062316332643365346631c00cc02e001000010000000a000403613d62c02e002100010000000a001b\
        000000000050124c4f5145442d613062316332643365346631c017c065001c00010000000a0010\
        fe80000000000000dc7339fffe01916dc065000100010000000a0004c0a80732
        """
    )

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }
}

extension DNSName: ExpressibleByStringLiteral {
    init(stringLiteral text: String) {
        guard let name = DNSName(text) else { preconditionFailure("\(text) is no name") }
        self = name
    }
}

@Suite struct `A DNS name` {
    private static func read(_ text: String) -> DNSName? { DNSName(text) }

    @Test func `is the same in capitals`() {
        let name: DNSName = "LOQED-A0B1C2D3E4F1.Local"
        #expect(name == "loqed-a0b1c2d3e4f1.local.")
        #expect(Set([name, "loqed-a0b1c2d3e4f1.local"]).count == 1)
        #expect(name.description == "LOQED-A0B1C2D3E4F1.Local")
        // Only letters of ASCII have case here.
        #expect(Self.read("[.local") != Self.read("{.local"))
    }

    @Test func `has limits`() {
        let label = String(repeating: "a", count: 63)
        #expect(Self.read(label + ".local") != nil)
        #expect(Self.read(label + "a.local") == nil)
        #expect(Self.read("a..local") == nil)
        #expect(Self.read("") == nil)
        #expect(Self.read(".") == nil)
        // 255 bytes on the wire: three labels of 63, one of 61, their lengths and the end.
        let longest = [label, label, label, String(repeating: "a", count: 61)].joined(separator: ".")
        #expect(Self.read(longest) != nil)
        #expect(Self.read(longest + "a") == nil)
    }

    @Test func `of an instance is one label longer`() throws {
        let service: DNSName = "_http._tcp.local"
        let instance = try #require(DNSName(labels: [Array("My.Lock \\ 1".utf8)] + service.labels))
        #expect(instance.isInstance(of: "_HTTP._tcp.local"))
        #expect(!service.isInstance(of: service))
        #expect(!instance.isInstance(of: "_ipp._tcp.local"))
        #expect(instance.description == "My\\.Lock \\\\ 1._http._tcp.local")
        #expect(instance.begins(with: "my."))
        #expect(!instance.begins(with: "LOQED"))
    }
}

@Suite struct `A DNS message` {
    private func header(_ counts: UInt16...) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 0x84, 0]
        for count in counts { bytes.appendNetwork(count) }
        return bytes
    }

    @Test func `of another program is understood`() throws {
        let host = try DNSMessage(reading: AvahiAnswers.host)
        #expect(host.identifier == 0x1234)
        #expect(host.isGoodResponse)
        #expect(host.questions.map(\.type) == [.addressV4, .addressV6])
        #expect(host.answers.map(\.name) == ["loqed-a0b1c2d3e4f1.local", "loqed-a0b1c2d3e4f1.local"])
        #expect(host.answers.map(\.data) == [.address("fe80::dc73:39ff:fe01:916d"), .address("192.168.7.50")])
        #expect(host.answers.map(\.timeToLive) == [10, 10])

        let service = try DNSMessage(reading: AvahiAnswers.service)
        #expect(service.answers.count == 5)
        #expect(service.answers[0].data == .pointer("LOQED-a0b1c2d3e4f1._http._tcp.local"))
        #expect(service.answers[1].data == .text([Array("a=b".utf8)]))
        #expect(service.answers[2].data == .service(target: "LOQED-a0b1c2d3e4f1.local", port: 80))
    }

    @Test func `is asked as other programs ask`() {
        let question = DNSQuestion(name: "_http._tcp.local", type: .pointer, wantsUnicast: true)
        let query = DNSMessage(identifier: 0x1234, flags: 0, questions: [question]).encoded()
        let expected: [UInt8] =
            [0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5] + "_http".utf8 + [4] + "_tcp".utf8 + [5] + "local".utf8
            + [0, 0, 12, 0x80, 1]
        #expect(query == expected)
    }

    @Test func `is read as it was written`() throws {
        var message = try DNSMessage(reading: AvahiAnswers.service)
        message.authorities = [DNSRecord(name: "a.local", timeToLive: 7, data: .other(DNSType(rawValue: 47), [1, 2]))]
        message.additionals = try DNSMessage(reading: AvahiAnswers.host).answers
        #expect(try DNSMessage(reading: message.encoded()) == message)
    }

    @Test func `that is cut anywhere is refused`() {
        for whole in [AvahiAnswers.host, AvahiAnswers.service] {
            for count in 0..<whole.count {
                #expect(throws: DNSFailure.self) { try DNSMessage(reading: Array(whole.prefix(count))) }
            }
        }
    }

    @Test func `whose names go round in circles is refused`() {
        // A name that points at itself, at what follows, and back to a part that it came from.
        let tails: [[UInt8]] = [[0xC0, 12], [0xC0, 14, 0xC0, 12], [1, 0x61, 0xC0, 12], [0xFF, 0xFF], [0xC0, 200]]
        for tail in tails {
            #expect(throws: DNSFailure.badPointer) {
                try DNSMessage(reading: header(1, 0, 0, 0) + tail + [0, 1, 0, 1])
            }
        }
    }

    @Test func `whose names are too long is refused`() {
        let label: [UInt8] = [63] + [UInt8](repeating: 0x61, count: 63)
        let long = label + label + label + label + [0, 0, 1, 0, 1]
        #expect(throws: DNSFailure.nameTooLong) { try DNSMessage(reading: header(1, 0, 0, 0) + long) }
        // Each of these questions takes the one before as its end.
        var bytes = header(6, 0, 0, 0)
        var previous: Int?
        for _ in 0..<6 {
            let start = bytes.count
            bytes += label
            bytes += previous.map { [0xC0 | UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? [0]
            bytes += [0, 1, 0, 1]
            previous = start
        }
        #expect(throws: DNSFailure.nameTooLong) { try DNSMessage(reading: bytes) }
    }

    @Test func `with unknown labels is refused`() {
        for head: UInt8 in [0x40, 0x80, 0xBF] {
            #expect(throws: DNSFailure.badLabel) {
                try DNSMessage(reading: header(1, 0, 0, 0) + [head, 0, 0, 1, 0, 1])
            }
        }
    }

    @Test func `that promises too much is refused`() {
        #expect(throws: DNSFailure.tooMany) { try DNSMessage(reading: header(.max, .max, .max, .max)) }
        #expect(throws: DNSFailure.truncated) { try DNSMessage(reading: header(0, 256, 0, 0)) }
    }

    @Test(
        arguments: [
            ([0, 1], [1, 2, 3]), ([0, 1], [1, 2, 3, 4, 5]), ([0, 28], [1, 2, 3, 4]), ([0, 12], [0, 0]),
            ([0, 33], [0, 0, 0, 0]), ([0, 33], [0, 0, 0, 0, 0, 80, 0, 0]), ([0, 16], [3, 0x61]),
        ] as [([UInt8], [UInt8])]
    )
    func `with data that does not fit its type is refused`(type: [UInt8], data: [UInt8]) {
        let record = [0] + type + [0, 1, 0, 0, 0, 120, 0, UInt8(data.count)] + data
        #expect(throws: DNSFailure.badRecord) { try DNSMessage(reading: header(0, 1, 0, 0) + record) }
    }

    @Test func `keeps what it does not know`() throws {
        let record: [UInt8] = [0, 0, 1, 0, 3, 0, 0, 0, 120, 0, 3, 1, 2, 3]
        let message = try DNSMessage(reading: header(0, 1, 0, 0) + record)
        #expect(message.answers.first?.data == .other(.addressV4, [1, 2, 3]))
    }

    @Test func `holds no longer when its time cannot be`() throws {
        let record: [UInt8] = [0, 0, 1, 0, 1, 0x80, 0, 0, 0, 0, 4, 1, 2, 3, 4]
        #expect(try DNSMessage(reading: header(0, 1, 0, 0) + record).answers.first?.timeToLive == 0)
    }

    /// What is read must lie within what came, and end: a trap or a circle here would end the daemon.
    @Test(arguments: 0..<4) func `of any bytes at all does no harm`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let seeds = [AvahiAnswers.host, AvahiAnswers.service, try DNSMessage(reading: AvahiAnswers.service).encoded()]
        var understood = 0
        for round in 0..<30_000 {
            let bytes =
                round % 10 == 0
                ? (0..<Int.random(in: 0...80, using: &generator)).map { _ in .random(in: 0...255, using: &generator) }
                : seeds[round % seeds.count].mutated(using: &generator)
            do throws(DNSFailure) {
                let message = try DNSMessage(reading: bytes)
                understood += 1
                // What was understood can be said again, and means the same.
                #expect(try DNSMessage(reading: message.encoded()) == message)
            } catch {
                continue
            }
        }
        #expect(understood > 1000)
    }
}
