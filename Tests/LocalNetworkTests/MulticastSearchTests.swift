import Testing

@testable import LocalNetwork

extension MulticastLink {
    static let home = MulticastLink(
        LocalInterface(
            index: 2,
            name: "lan0",
            kind: .usual,
            addresses: [
                LocalAddress("192.168.7.10", prefixLength: 24), LocalAddress("2001:db8:7::10", prefixLength: 64),
                LocalAddress("10.99.0.1", prefixLength: 16, isUsable: false),
            ]
        )
    )
}

extension MulticastPlace {
    static let home = MulticastPlace(link: .home, delivery: .toAddress)
}

extension MulticastSearch {
    static func host(_ name: DNSName = "LOQED-a0b1c2d3e4f1.local") -> MulticastSearch {
        MulticastSearch(.addresses(of: name), identifier: 0x1234, start: .zero)
    }

    static var bridges: MulticastSearch {
        MulticastSearch(.instances(of: "_http._tcp.local", beginning: "LOQED"), identifier: 0x1234, start: .zero)
    }

    /// Hears records, as an answer to our question from a neighbour.
    @discardableResult
    mutating func hear(
        _ records: [DNSRecord],
        from sender: IPAddress = "192.168.7.50",
        identifier: UInt16 = 0x1234,
        flags: UInt16 = 0x8400,
        by delivery: MulticastDelivery = .toAddress,
        at now: Duration = .zero
    ) -> Bool {
        let message = DNSMessage(identifier: identifier, flags: flags, answers: records)
        let place = MulticastPlace(link: .home, delivery: delivery)
        return receive(message.encoded(), from: sender, at: place, now: now)
    }

    /// The questions to ask now.
    mutating func asks(at now: Duration) throws -> [String] {
        guard let query = queryDue(at: now) else { return [] }
        let message = try DNSMessage(reading: query.forAnswerToUs)
        #expect(message.flags == 0 && message.identifier == 0x1234 && message.questions.allSatisfy(\.wantsUnicast))
        return message.questions.map { "\($0.type.rawValue) \($0.name)" }.sorted()
    }
}

extension DNSName {
    static let host: DNSName = "LOQED-a0b1c2d3e4f1.local"
    static let instance: DNSName = "LOQED-a0b1c2d3e4f1._http._tcp.local"
}

extension DNSRecord {
    static func address(_ address: IPAddress, of name: DNSName = .host, timeToLive: UInt32 = 120) -> DNSRecord {
        DNSRecord(name: name, timeToLive: timeToLive, data: .address(address))
    }

    static func pointer(to instance: DNSName, timeToLive: UInt32 = 120) -> DNSRecord {
        DNSRecord(name: "_http._tcp.local", isUnique: false, timeToLive: timeToLive, data: .pointer(instance))
    }

    static func service(_ instance: DNSName, on target: DNSName = .host, port: UInt16 = 80) -> DNSRecord {
        DNSRecord(name: instance, timeToLive: 120, data: .service(target: target, port: port))
    }
}

@Suite struct `A search for a host` {
    private let host = DNSName.host

    private func addresses(_ search: MulticastSearch) -> [IPAddress] {
        search.answer(for: host, on: [.home])?.addresses ?? []
    }

    @Test func `asks for both kinds of address, and again with growing pauses`() throws {
        var search = MulticastSearch.host()
        #expect(try search.asks(at: .zero) == ["1 \(host)", "28 \(host)"])
        #expect(try search.asks(at: .milliseconds(999)) == [])
        #expect(try search.asks(at: .seconds(1)).count == 2)
        #expect(search.nextDeadline == .seconds(3))
        #expect(try search.asks(at: .seconds(3)).count == 2)
        #expect(search.nextDeadline == .seconds(7))
    }

    @Test func `asks for an answer to all from the second time on`() throws {
        var search = MulticastSearch.host()
        let first = search.queryDue(at: .zero)
        #expect(first != nil && first?.forAnswerToAll == nil)
        let second = search.queryDue(at: .seconds(1))
        let message = try DNSMessage(reading: try #require(second?.forAnswerToAll))
        #expect(message.identifier == 0)
        #expect(message.questions.map(\.type) == [.addressV4, .addressV6])
        #expect(message.questions.allSatisfy { !$0.wantsUnicast })
    }

    @Test func `takes the answer of another program`() throws {
        var search = MulticastSearch.host("loqed-A0B1C2D3E4F1.LOCAL")
        #expect(search.receive(AvahiAnswers.host, from: "192.168.7.50", at: .home, now: .seconds(2)) == true)
        #expect(addresses(search) == ["192.168.7.50", "fe80::dc73:39ff:fe01:916d%lan0"])
        #expect(search.answer(for: host, on: [.home])?.timeToLive == .seconds(10))
    }

    @Test func `takes the number of small devices, and no other`() {
        var search = MulticastSearch.host()
        #expect(search.hear([.address("192.168.7.50")], identifier: 0x4321) == false)
        #expect(search.hear([.address("192.168.7.50")], identifier: 0) == true)
    }

    @Test func `passes over what was not asked for`() {
        var search = MulticastSearch.host()
        #expect(search.hear([.address("192.168.7.66", of: "other.local")]) == false)
        #expect(search.hear([.pointer(to: .instance), .service(.instance, on: "other.local")]) == false)
        #expect(search.instances.isEmpty)
        #expect(search.hear([.address("192.168.7.66", of: "other.local"), .address("192.168.7.50")]) == true)
        #expect(search.addresses.keys.map(\.description) == [host.description])
    }

    @Test func `passes over what is no good answer`() {
        var search = MulticastSearch.host()
        // A query, another opcode, an error.
        for flags: UInt16 in [0x0000, 0x8C00, 0x8403] {
            #expect(search.hear([.address("192.168.7.50")], flags: flags) == false)
        }
        let long = AvahiAnswers.host + [UInt8](repeating: 0, count: 9000)
        #expect(search.receive(long, from: "192.168.7.50", at: .home, now: .zero) == false)
        #expect(search.receive([], from: "192.168.7.50", at: .home, now: .zero) == false)
    }

    @Test func `listens to neighbours alone`() {
        var search = MulticastSearch.host()
        for sender: IPAddress in ["192.168.8.50", "203.0.113.1", "2001:db8:8::50", "10.99.0.2"] {
            #expect(search.hear([.address("192.168.7.50")], from: sender) == false, "\(sender)")
        }
        for sender: IPAddress in ["192.168.7.51", "2001:db8:7::50", "fe80::50"] {
            search = .host()
            #expect(search.hear([.address("192.168.7.50")], from: sender) == true, "\(sender)")
        }
    }

    @Test(arguments: [MulticastDelivery.toAddressOfLink, .toGroup])
    func `listens to anybody where no router sends to`(delivery: MulticastDelivery) {
        var search = MulticastSearch.host()
        #expect(search.hear([.address("192.168.7.50")], from: "2001:db8:8::50", by: delivery) == true)
    }

    @Test func `minds no number in what all are told`() {
        for (delivery, isHeard) in [(.toGroup, true), (.toAddressOfLink, false)] as [(MulticastDelivery, Bool)] {
            var search = MulticastSearch.host()
            #expect(search.hear([.address("192.168.7.50")], identifier: 7, by: delivery) == isHeard)
        }
    }

    @Test(arguments: ["127.0.0.1", "::1", "224.0.0.251", "0.0.0.0", "::", "255.255.255.255", "ff02::fb"])
    func `takes no address that cannot be`(text: String) throws {
        var search = MulticastSearch.host()
        let impossible = try #require(IPAddress(text))
        #expect(search.hear([.address(impossible)]) == false)
        #expect(addresses(search) == [])
    }

    @Test func `forgets what is taken back`() {
        var search = MulticastSearch.host()
        search.hear([.address("192.168.7.50"), .address("192.168.7.51")])
        search.hear([.address("192.168.7.50", timeToLive: 0)])
        #expect(addresses(search) == ["192.168.7.51"])
    }

    @Test func `believes a new answer more than an old one`() {
        var search = MulticastSearch.host()
        search.hear([.address("192.168.7.50"), .address("2001:db8:7::50")], at: .zero)
        // What comes within a second may belong together.
        search.hear([.address("192.168.7.51")], at: .seconds(1))
        #expect(addresses(search) == ["192.168.7.51", "192.168.7.50", "2001:db8:7::50"])
        search.hear([.address("192.168.7.52")], at: .milliseconds(2001))
        #expect(addresses(search) == ["192.168.7.52", "2001:db8:7::50"])
    }

    @Test func `believes a new answer on its own link alone`() {
        let other = LocalInterface(index: 3, name: "lan1", kind: .usual, addresses: [])
        var search = MulticastSearch.host()
        search.hear([.address("fe80::50")])
        let answer = DNSMessage(identifier: 0, flags: 0x8400, answers: [.address("fe80::51")]).encoded()
        let place = MulticastPlace(link: MulticastLink(other), delivery: .toGroup)
        #expect(search.receive(answer, from: "fe80::51", at: place, now: .seconds(5)) == true)
        #expect(addresses(search) == ["fe80::51%lan1", "fe80::50%lan0"])
    }

    @Test func `puts the most useful address first`() {
        var search = MulticastSearch.host()
        search.hear([
            .address("fe80::50"), .address("169.254.1.1"), .address("2001:db8:9::50"), .address("2001:db8:7::50"),
            .address("10.1.1.1"), .address("192.168.7.50"),
        ])
        #expect(
            addresses(search) == [
                "192.168.7.50", "2001:db8:7::50", "10.1.1.1", "2001:db8:9::50", "fe80::50%lan0", "169.254.1.1",
            ]
        )
    }

    @Test(arguments: [(1, 10), (10, 10), (60, 60), (120, 120), (4500, 120), (2_147_483_647, 120)] as [(UInt32, Int)])
    func `believes in times of reason`(told: UInt32, believed: Int) {
        var search = MulticastSearch.host()
        search.hear([.address("192.168.7.50", timeToLive: told), .address("192.168.7.51", timeToLive: .max / 2)])
        #expect(search.answer(for: host, on: [.home])?.timeToLive == .seconds(believed))
    }

    @Test func `keeps a limited number of addresses`() {
        var search = MulticastSearch.host()
        for last in 0..<200 as Range<UInt8> {
            search.hear([
                DNSRecord(name: host, timeToLive: 9, data: .address(IPAddress(bytes: [10, 1, 1, last]) ?? "::"))
            ])
        }
        #expect(addresses(search).count == MulticastSearch.mostNames)
    }
}

@Suite struct `A name of the link` {
    private static func read(_ text: String) -> MulticastName? { MulticastName(text) }

    @Test func `ends in local`() {
        #expect(Self.read("LOQED-a0b1c2d3e4f1.local")?.description == "LOQED-a0b1c2d3e4f1.local")
        #expect(Self.read("bridge.LOCAL.") != nil)
        for text in ["local", ".local", "bridge", "bridge.lan", "bridge.local.lan", "", "a..local"] {
            #expect(Self.read(text) == nil, "\(text)")
        }
    }
}
