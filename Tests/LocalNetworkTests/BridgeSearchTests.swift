import GatewayTestSupport
import Testing

@testable import LocalNetwork

@Suite struct `A search for bridges` {
    private let host = DNSName.host
    private let instance = DNSName.instance

    private func found(_ search: MulticastSearch) -> [FoundBridge] { BridgeBrowser.bridges(in: search, on: [.home]) }

    @Test func `takes the answer of another program`() throws {
        var search = MulticastSearch.bridges
        #expect(try search.asks(at: .zero) == ["12 _http._tcp.local"])
        search.receive(AvahiAnswers.service, from: "192.168.7.50", at: .home, now: .zero)
        let bridge = try #require(found(search).first)
        #expect(bridge.instance == "LOQED-a0b1c2d3e4f1")
        #expect(bridge.host == "LOQED-a0b1c2d3e4f1.local")
        #expect(bridge.addresses == ["192.168.7.50", "fe80::dc73:39ff:fe01:916d%lan0"])
        #expect(bridge.port == 80)
        #expect(bridge.hardwareAddress?.description == "a0b1c2d3e4f1")
        #expect(found(search).count == 1)
        // Nothing is left to ask at once.
        #expect(search.nextDeadline == .seconds(1))
    }

    @Test func `asks at once for what an answer left open`() throws {
        var search = MulticastSearch.bridges
        _ = try search.asks(at: .zero)
        search.hear([.pointer(to: instance)], at: .milliseconds(100))
        #expect(search.nextDeadline == .milliseconds(100))
        #expect(try search.asks(at: .milliseconds(100)) == ["12 _http._tcp.local", "33 \(instance)"])
        search.hear([.service(instance)], at: .milliseconds(200))
        #expect(
            try search.asks(at: .milliseconds(200)) == ["1 \(host)", "12 _http._tcp.local", "28 \(host)"]
        )
        #expect(found(search).isEmpty)
        search.hear([.address("192.168.7.50")], at: .milliseconds(300))
        #expect(found(search).map(\.addresses) == [["192.168.7.50"]])
        #expect(search.nextDeadline == .milliseconds(1200))
    }

    @Test func `asks on for an IPv4 address, but not for an IPv6 one`() throws {
        var search = MulticastSearch.bridges
        _ = try search.asks(at: .zero)
        search.hear([.pointer(to: instance), .service(instance), .address("fe80::50")])
        #expect(try search.asks(at: .zero) == ["1 \(host)", "12 _http._tcp.local"])
        #expect(try search.asks(at: .seconds(1)) == ["1 \(host)", "12 _http._tcp.local"])
        search.hear([.address("192.168.7.50")], at: .seconds(1))
        #expect(try search.asks(at: .seconds(9)) == ["12 _http._tcp.local"])
    }

    @Test func `does not mind the order of records`() {
        var search = MulticastSearch.bridges
        search.hear([.address("192.168.7.50"), .service(instance), .pointer(to: instance)])
        #expect(found(search).count == 1)
    }

    @Test func `passes over other devices and other services`() throws {
        var search = MulticastSearch.bridges
        let printer: DNSName = "Printer._http._tcp.local"
        #expect(search.hear([.pointer(to: printer), .service(printer), .address("192.168.7.60")]) == false)
        #expect(search.hear([.pointer(to: "LOQED-1._ipp._tcp.local")]) == false)
        #expect(search.hear([.pointer(to: "LOQED.local")]) == false)
        #expect(search.hear([DNSRecord(name: "_ipp._tcp.local", timeToLive: 9, data: .pointer(instance))]) == false)
        #expect(search.hear([.service(instance), .address("192.168.7.50")]) == false)
        #expect(search.hear([.pointer(to: "loqed-x._http._tcp.local")]) == true)
        #expect(search.instances.count == 1)
    }

    @Test func `forgets a bridge that says goodbye`() {
        var search = MulticastSearch.bridges
        search.hear([.pointer(to: instance), .service(instance), .address("192.168.7.50")])
        search.hear([.pointer(to: instance, timeToLive: 0)])
        #expect(found(search).isEmpty)
    }

    @Test func `follows a bridge to another host`() {
        var search = MulticastSearch.bridges
        search.hear([.pointer(to: instance), .service(instance), .address("192.168.7.50")])
        search.hear([.service(instance, on: "other.local"), .address("192.168.7.51", of: "other.local")])
        #expect(found(search).map(\.addresses) == [["192.168.7.51"]])
        #expect(search.addresses.count == 1)
    }

    @Test func `asks first for what it never asked`() throws {
        var search = MulticastSearch.bridges
        _ = try search.asks(at: .zero)
        let long = String(repeating: "x", count: 55)
        for number in 0..<20 {
            search.hear([.pointer(to: try #require(DNSName("LOQED-\(number)\(long)._http._tcp.local")))])
        }
        var asked: Set<String> = []
        for second in 1...8 { asked.formUnion(try search.asks(at: .seconds(second * 1000))) }
        #expect(asked.count == 21)
    }

    @Test func `keeps no host of bridges that come and go`() throws {
        var search = MulticastSearch.bridges
        for number in 0..<500 {
            let target = try #require(DNSName("LOQED-\(number).local"))
            search.hear([.pointer(to: instance), .service(instance, on: target), .address("10.1.1.1", of: target)])
            search.hear([.pointer(to: instance, timeToLive: 0)])
        }
        #expect(search.addresses.isEmpty)
    }

    @Test func `keeps a limited number of names and asks a limited number of questions`() throws {
        var search = MulticastSearch.bridges
        _ = try search.asks(at: .zero)
        var queries = 0
        for number in 0..<1000 {
            let name = try #require(DNSName("LOQED-\(number)._http._tcp.local"))
            search.hear([.pointer(to: name)], at: .milliseconds(10))
            if let query = search.queryDue(at: .milliseconds(10)) {
                queries += 1
                #expect(query.forAnswerToUs.count <= 1400)
            }
        }
        #expect(search.instances.count == MulticastSearch.mostNames)
        #expect(queries <= 16)
    }

    @Test func `knows a MAC address by its place in a name`() {
        #expect(BridgeBrowser.hardwareAddress(in: "loqed-A0B1C2D3E4F1")?.description == "a0b1c2d3e4f1")
        for label in [
            "LOQED", "LOQED-", "LOQED-a0b1c2d3e4f", "LOQED-a0b1c2d3e4f12", "LOQED-a0b1c2d3e4g1", "XOQED-a0b1c2d3e4f1",
        ] {
            #expect(BridgeBrowser.hardwareAddress(in: label) == nil, "\(label)")
        }
        #expect(MulticastName("LOQED-a0b1c2d3e4f1.local")?.hardwareAddress?.description == "a0b1c2d3e4f1")
    }

    private func nameless(_ text: [String] = []) -> MulticastSearch {
        var search = MulticastSearch.bridges
        let plain: DNSName = "LOQED Bridge._http._tcp.local"
        let data = DNSData.text(text.map { Array($0.utf8) })
        search.hear([
            .pointer(to: plain), .service(plain, on: "bridge.local"), .address("192.168.7.50", of: "bridge.local"),
            DNSRecord(name: plain, timeToLive: 120, data: data),
        ])
        return search
    }

    @Test func `knows a MAC address by the service's text`() {
        let texts: [([String], String?)] = [
            (["path=/", "MAC=A0:B1:C2:D3:E4:F1"], "a0b1c2d3e4f1"),
            (["mac=a0b1c2d3e4f2", "mac_wifi=a0b1c2d3e4f1"], "a0b1c2d3e4f1"),
            (["mac=a0b1c2d3e4f1", "mac=a0b1c2d3e4f2"], "a0b1c2d3e4f1"),
            (["mac", "mac=", "mac=none", "a0b1c2d3e4f1"], nil), ([], nil),
        ]
        for (text, expected) in texts {
            let bridges = found(nameless(text))
            #expect(bridges.map { $0.hardwareAddress?.description } == [expected], "\(text)")
        }
    }

    @Test func `knows a MAC address by the kernel's neighbours`() {
        let neighbours = NeighbourTable(kernel: KernelWithNeighbour())
        let bridges = BridgeBrowser.bridges(in: nameless(), on: [.home], neighbours: neighbours)
        #expect(bridges.map { $0.hardwareAddress?.description } == ["a0b1c2d3e4f7"])
        // What the bridge says of itself counts more: a repeater may have put its own address in.
        let told = BridgeBrowser.bridges(in: nameless(["mac=a0b1c2d3e4f1"]), on: [.home], neighbours: neighbours)
        #expect(told.map { $0.hardwareAddress?.description } == ["a0b1c2d3e4f1"])
    }

    /// Whatever comes, it stays within its limits and asks questions that fit a packet.
    @Test(arguments: 0..<2) func `bears any bytes at all`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let seeds = [AvahiAnswers.host, AvahiAnswers.service]
        var (bridges, hosts) = (MulticastSearch.bridges, MulticastSearch.host())
        for round in 0..<20_000 {
            let bytes = seeds[round % 2].mutated(using: &generator)
            let now = Duration.milliseconds(round)
            bridges.receive(bytes, from: "192.168.7.50", at: .home, now: now)
            hosts.receive(bytes, from: "fe80::50", at: .home, now: now)
            if let query = bridges.queryDue(at: now) { #expect(query.forAnswerToUs.count <= 1400) }
        }
        #expect(bridges.instances.count <= MulticastSearch.mostNames)
        #expect(bridges.addresses.count <= MulticastSearch.mostNames)
        #expect(hosts.addresses.keys.allSatisfy { $0 == host })
        #expect((hosts.addresses[host] ?? []).count <= MulticastSearch.mostNames)
        #expect(found(bridges).allSatisfy { !$0.addresses.isEmpty })
    }
}

/// Knows one neighbour: 192.168.7.50.
private struct KernelWithNeighbour: RoutingKernel {
    func answer(to request: NetlinkRequest, sequence: UInt32) -> [[UInt8]] {
        // struct ndmsg of a reachable neighbour on link 2.
        var message = NetlinkRequest(Netlink.MessageType.newNeighbour, header: [2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0])
        message.append(Netlink.NeighbourAttribute.destination, [192, 168, 7, 50])
        message.append(Netlink.NeighbourAttribute.hardwareAddress, [0xA0, 0xB1, 0xC2, 0xD3, 0xE4, 0xF7])
        return [message.encoded(sequence: sequence)]
    }
}
