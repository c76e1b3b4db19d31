import Testing

@testable import LocalNetwork

@Suite struct `The address that a bridge is told` {
    private static let home = LocalInterface(
        index: 2,
        name: "eth0",
        kind: .usual,
        addresses: [
            LocalAddress("192.168.1.10", prefixLength: 24), LocalAddress("192.168.1.11", prefixLength: 24),
            LocalAddress("2001:db8::10", prefixLength: 64), LocalAddress("fe80::10%eth0", prefixLength: 64),
        ]
    )
    private static let other = LocalInterface(
        index: 3,
        name: "eth1",
        kind: .usual,
        addresses: [LocalAddress("10.0.0.5", prefixLength: 8)]
    )
    private static let docker = LocalInterface(
        index: 4,
        name: "docker0",
        kind: .container,
        addresses: [LocalAddress("172.17.0.1", prefixLength: 16)]
    )
    private static let loopback = LocalInterface(
        index: 1,
        name: "lo",
        kind: .loopback,
        addresses: [LocalAddress("127.0.0.1", prefixLength: 8), LocalAddress("::1", prefixLength: 128)]
    )
    private static let toBridge = Route(local: "192.168.1.10", interface: "eth0", prefixLength: 24)

    private func verdict(
        listen: String = "0.0.0.0",
        advertised: CallbackHost? = nil,
        bridge: IPAddress = "192.168.1.50",
        route: Route? = toBridge,
        interfaces: [LocalInterface] = [loopback, home, other, docker]
    ) -> CallbackVerdict {
        CallbackAddress(listen: CallbackHost(host: listen, port: 8099), advertised: advertised, interfaces: interfaces)
            .verdict(bridge: bridge, route: route)
    }

    private func refused(_ reason: CallbackRefusal.Reason, _ remedy: String) -> CallbackVerdict {
        .refused(CallbackRefusal(reason: reason, remedy: remedy))
    }

    @Test func `is ours on the way to it`() {
        #expect(verdict() == .usable(base: "http://192.168.1.10:8099"))
        #expect(verdict(listen: "::") == .usable(base: "http://192.168.1.10:8099"))
        #expect(verdict(listen: "192.168.1.10") == .usable(base: "http://192.168.1.10:8099"))
        #expect(verdict(listen: "192.168.1.11") == .usable(base: "http://192.168.1.11:8099"))
    }

    @Test func `has brackets and no zone when it is IPv6`() {
        let global = Route(local: "2001:db8::10", interface: "eth0", prefixLength: 64)
        let local = Route(local: "fe80::10%eth0", interface: "eth0", prefixLength: 64)
        #expect(
            verdict(listen: "::", bridge: "2001:db8::50", route: global)
                == .usable(base: "http://[2001:db8::10]:8099")
        )
        #expect(
            verdict(listen: "[::]", bridge: "fe80::50%eth0", route: local) == .usable(base: "http://[fe80::10]:8099")
        )
        #expect(
            verdict(listen: "fe80::10%eth0", bridge: "fe80::50%eth0", route: local)
                == .usable(base: "http://[fe80::10]:8099")
        )
    }

    @Test func `leaves out the port that goes without saying`() {
        let address = CallbackAddress(
            listen: CallbackHost(host: "::", port: 80),
            advertised: nil,
            interfaces: [Self.home]
        )
        #expect(
            address.verdict(bridge: "192.168.1.50", route: Self.toBridge) == .usable(base: "http://192.168.1.10")
        )
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"])
    func `is no loopback when the bridge is elsewhere`(listen: String) {
        #expect(verdict(listen: listen) == refused(.loopback, "webhook.listen: 192.168.1.10:8099"))
    }

    @Test func `may be a loopback when the bridge is here`() {
        let route = Route(local: "127.0.0.1", interface: "lo", prefixLength: 8)
        for listen in ["127.0.0.1", "localhost", "0.0.0.0"] {
            #expect(
                verdict(listen: listen, bridge: "127.0.0.1", route: route)
                    == .usable(base: "http://127.0.0.1:8099")
            )
        }
        let same = Route(local: "192.168.1.10", interface: "lo", prefixLength: 24)
        #expect(
            verdict(listen: "127.0.0.1", bridge: "192.168.1.10", route: same) == .usable(base: "http://127.0.0.1:8099")
        )
        #expect(
            verdict(listen: "::1", bridge: "::1", route: Route(local: "::1", interface: "lo", prefixLength: 128))
                == .usable(base: "http://[::1]:8099")
        )
    }

    @Test func `is none without a route`() {
        #expect(verdict(route: nil) == refused(.noRoute, "webhook.advertise: http://192.168.1.10:8099"))
        #expect(verdict(bridge: "10.9.9.9", route: nil) == refused(.noRoute, "webhook.advertise: http://10.0.0.5:8099"))
        #expect(
            verdict(route: nil, interfaces: [Self.loopback, Self.docker])
                == refused(.noRoute, "webhook.advertise: http://ADDRESS-OF-THIS-MACHINE:8099")
        )
    }

    @Test func `is not where the listener does not listen`() {
        #expect(verdict(listen: "10.0.0.5") == refused(.listenerElsewhere, "webhook.listen: 192.168.1.10:8099"))
        #expect(verdict(listen: "192.168.9.9") == refused(.listenerElsewhere, "webhook.listen: 192.168.1.10:8099"))
        #expect(verdict(listen: "2001:db8::10") == refused(.listenerElsewhere, "webhook.listen: 192.168.1.10:8099"))
        #expect(verdict(listen: "some.name") == refused(.listenerElsewhere, "webhook.listen: 192.168.1.10:8099"))
        let global = Route(local: "2001:db8::10", interface: "eth0", prefixLength: 64)
        #expect(
            verdict(bridge: "2001:db8::50", route: global) == refused(.listenerElsewhere, "webhook.listen: [::]:8099")
        )
    }

    @Test func `is not one that only containers know`() {
        #expect(verdict(listen: "172.17.0.1") == refused(.containerOnly, "webhook.listen: 192.168.1.10:8099"))
        let own = LocalInterface(
            index: 2,
            name: "eth0",
            kind: .container,
            addresses: [LocalAddress("172.18.0.2", prefixLength: 16)]
        )
        let out = Route(local: "172.18.0.2", interface: "eth0", prefixLength: 16, gateway: "172.18.0.1")
        #expect(
            verdict(route: out, interfaces: [Self.loopback, own])
                == refused(.containerOnly, "webhook.advertise: http://ADDRESS-OF-THE-HOST:8099")
        )
    }

    @Test func `may be a container's when the bridge is in the same network`() {
        let route = Route(local: "172.17.0.1", interface: "docker0", prefixLength: 16)
        #expect(verdict(bridge: "172.17.0.3", route: route) == .usable(base: "http://172.17.0.1:8099"))
    }

    @Test func `is what the owner wants`() {
        func told(_ host: String, _ port: Int = 9000) -> CallbackVerdict {
            verdict(listen: "127.0.0.1", advertised: CallbackHost(host: host, port: port), route: nil)
        }
        #expect(told("192.168.1.99") == .usable(base: "http://192.168.1.99:9000"))
        #expect(told("nas.local", 80) == .usable(base: "http://nas.local"))
        #expect(told("fe80::7%eth0") == .usable(base: "http://[fe80::7]:9000"))
        #expect(told("[2001:db8::7]") == .usable(base: "http://[2001:db8::7]:9000"))
        #expect(told("172.17.0.2") == .usable(base: "http://172.17.0.2:9000"))
    }

    @Test func `is not what the owner wants when that leads nowhere`() {
        func told(_ host: String, _ port: Int = 9000) -> CallbackVerdict {
            verdict(advertised: CallbackHost(host: host, port: port))
        }
        let remedy = "webhook.advertise: http://192.168.1.10:8099"
        #expect(told("127.0.0.1") == refused(.loopback, remedy))
        #expect(told("localhost") == refused(.loopback, remedy))
        #expect(told("::1") == refused(.loopback, remedy))
        #expect(told("0.0.0.0") == refused(.wildcard, remedy))
        #expect(told("::") == refused(.wildcard, remedy))
        #expect(told("[::]") == refused(.wildcard, remedy))
        for host in [
            "", "a b", "host/path", "user@host", "1.2.3", "300.1.1.1", "224.0.0.251", "255.255.255.255", "x:y",
        ] {
            #expect(told(host) == refused(.malformed, remedy), "\(host)")
        }
        for port in [0, -1, 65_536] { #expect(told("nas.local", port) == refused(.malformed, remedy)) }
    }

    @Test func `may be a loopback when the owner wants it and the bridge is here`() {
        #expect(
            verdict(advertised: CallbackHost(host: "127.0.0.1", port: 9000), bridge: "127.0.0.1", route: nil)
                == .usable(base: "http://127.0.0.1:9000")
        )
    }
}
