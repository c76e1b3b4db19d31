import GatewayTestSupport
import Glibc
import Testing

@testable import LocalNetwork

@Suite struct `An interface` {
    private static let outside = Surroundings(isContainer: false)
    private static let inside = Surroundings(isContainer: true)

    private func kind(
        _ name: String,
        _ linkKind: String? = nil,
        _ address: IPAddress = "192.168.1.10",
        in surroundings: Surroundings = outside
    ) -> LocalInterface.Kind {
        LocalInterface.Kind(
            name: name,
            linkKind: linkKind,
            isLoopback: name == "lo",
            addresses: [LocalAddress(address, prefixLength: 24)],
            in: surroundings
        )
    }

    @Test(arguments: ["docker0", "br-0123456789ab", "veth12ab34c", "cni0", "cni-podman0", "docker_gwbridge", "virbr0"])
    func `of containers is known by its name`(name: String) { #expect(kind(name) == .container) }

    @Test(arguments: ["eth0", "enp3s0", "wlan0", "br-lan", "br0", "vmbr0", "bond0", "br-0123456789ag", "eno1.20"])
    func `of a home is usual`(name: String) {
        #expect(kind(name) == .usual)
        #expect(kind(name, "bridge") == .usual)
        #expect(kind(name, "macvlan", in: Self.inside) == .usual)
        #expect(kind(name, in: Self.inside) == .usual)
    }

    @Test func `of Docker is known by its network, whatever its name`() {
        #expect(kind("mybridge", "bridge", "172.17.0.1") == .container)
        #expect(kind("eth0", "veth", "172.17.0.2") == .container)
        #expect(kind("eth0", nil, "172.17.0.2") == .usual)
    }

    @Test func `inside a container is the end of a pair`() {
        #expect(kind("eth0", "veth", "10.9.8.7", in: Self.inside) == .container)
        #expect(kind("eth0", "veth", "10.9.8.7", in: Self.outside) == .usual)
        #expect(kind("tap0", "tun", "10.0.2.100", in: Self.inside) == .container)
        #expect(kind("tun0", "tun", "10.8.0.2", in: Self.inside) == .usual)
    }

    @Test func `that loops back is a loopback`() { #expect(kind("lo", nil, "127.0.0.1") == .loopback) }

    @Test func `gives its addresses a meaning`() {
        func meaning(_ address: IPAddress, _ kind: LocalInterface.Kind) -> LocalAddress.Kind {
            LocalAddress(address, prefixLength: 24).kind(on: kind)
        }
        #expect(meaning("192.168.1.10", .usual) == .usual)
        #expect(meaning("fe80::1%eth0", .usual) == .linkLocal)
        #expect(meaning("169.254.3.4", .usual) == .linkLocal)
        #expect(meaning("172.18.0.2", .container) == .container)
        #expect(meaning("10.1.1.1", .loopback) == .loopback)
    }

    @Test func `tells of a container by the files in it`() {
        #expect(Surroundings { $0 == "/.dockerenv" }.isContainer)
        #expect(Surroundings { $0 == "/run/.containerenv" }.isContainer)
        #expect(!Surroundings { _ in false }.isContainer)
        #expect(Surroundings.current().isContainer == Surroundings { access($0, F_OK) == 0 }.isContainer)
    }
}

@Suite(.enabled(if: Namespace.isAvailable, Namespace.requirement)) struct `The interfaces of a network of its own` {
    @Test func `are told with their kinds`() async throws {
        let house = try await House()
        try await house.machine.ip("link add name docker0 type bridge")
        try await house.machine.ip("address add 172.17.0.1/16 dev docker0")
        try await house.machine.ip("link add name br-lan type bridge")
        try await house.machine.ip("link set shop0 master br-lan")
        let found = try await house.interfaces()
        func named(_ name: String) throws -> LocalInterface { try #require(found.first { $0.name == name }) }

        #expect(try named("lo").kind == .loopback)
        #expect(try named("docker0").kind == .container)
        #expect(try !named("docker0").isUp)
        #expect(try named("br-lan").kind == .usual)
        #expect(try named("shop0").isPort)
        let cable = try named("lan0")
        #expect(cable.kind == .usual && cable.isUp && cable.takesMulticast && !cable.isPort)
        #expect(cable.addresses.contains(LocalAddress("192.168.7.10", prefixLength: 24)))
        #expect(cable.addresses.contains(LocalAddress("fe80::10%lan0", prefixLength: 64)))
        #expect(cable.hardwareAddress?.count == 12)
        #expect(
            try await house.interfaces(in: Surroundings(isContainer: true))
                .first { $0.name == "lan0" }?.kind == .container
        )
    }

    @Test func `are those that the C library knows`() async throws {
        let house = try await House()
        let found = try await house.interfaces().flatMap { interface in
            interface.addresses.map { "\(interface.name) \($0.address)" }
        }
        let known = try await house.machine.perform { LibraryInterfaces.all() }
        #expect(Set(found) == Set(known))
        #expect(known.count >= 7)
    }
}

@Suite struct `The interfaces of this machine` {
    @Test func `are those that the C library knows`() throws {
        let list = InterfaceList(kernel: LiveRoutingKernel(), surroundings: .current())
        let found = try list.interfaces().flatMap { interface in
            interface.addresses.map { "\(interface.name) \($0.address)" }
        }
        #expect(Set(found) == Set(LibraryInterfaces.all()))
    }
}

/// `getifaddrs`, to compare with.
private enum LibraryInterfaces {
    static func all() -> [String] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        return sequence(first: list, next: { $0?.pointee.ifa_next }).compactMap { entry in
            guard let entry = entry?.pointee, let address = entry.ifa_addr else { return nil }
            let family = Int32(address.pointee.sa_family)
            let length = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
            guard family == AF_INET || family == AF_INET6 else { return nil }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard getnameinfo(address, socklen_t(length), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { return nil }
            let name = String(cString: entry.ifa_name)
            return "\(name) " + String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
