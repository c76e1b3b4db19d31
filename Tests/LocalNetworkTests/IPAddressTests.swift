import Testing

@testable import LocalNetwork

@Suite struct `An IP address` {
    private static func read(_ text: String) -> IPAddress? { IPAddress(text) }

    @Test(arguments: ["192.0.2.1", "0.0.0.0", "::", "::1", "fe80::1%eth0", "2001:db8::7", "ff02::fb%3"])
    func `is read and written alike`(text: String) throws {
        #expect(try #require(IPAddress(text)).description == text)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4%eth0", "1.2.3.4\u{0}x", "01.2.3.4x", "[::1]", "fe80::1%", "fe80::1%a/b", "fe80::1%a]b",
        "fe80::1%abcdefghijklmnop", "bridge.local", ":", "1:2:3:4:5:6:7:8:9", "%eth0",
    ])
    func `is nothing else`(text: String) { #expect(IPAddress(text) == nil) }

    @Test func `has its plain form when it is an IPv4 address inside an IPv6 one`() {
        #expect(Self.read("::ffff:192.0.2.1") == IPAddress("192.0.2.1"))
    }

    @Test func `keeps a zone only where it means something`() {
        #expect(Self.read("2001:db8::1%eth0")?.zone == nil)
        #expect(Self.read("fe80::1%eth0")?.zone == "eth0")
    }

    @Test func `never has a zone in a URL`() {
        #expect(Self.read("fe80::1%eth0")?.urlHost == "[fe80::1]")
        #expect(Self.read("192.0.2.1")?.urlHost == "192.0.2.1")
    }

    @Test func `knows its kind`() {
        #expect(Self.read("127.9.9.9")?.isLoopback == true)
        #expect(Self.read("::1")?.isLoopback == true)
        #expect(Self.read("::ffff:127.0.0.1")?.isLoopback == true)
        #expect(Self.read("169.254.1.1")?.isLinkLocal == true)
        #expect(Self.read("febf::1")?.isLinkLocal == true)
        #expect(Self.read("fec0::1")?.isLinkLocal == false)
        #expect(Self.read("224.0.0.251")?.isMulticast == true)
        #expect(Self.read("ff02::fb")?.isMulticast == true)
        #expect(Self.read("::")?.isWildcard == true)
    }

    @Test(arguments: [
        ("192.168.1.10", "192.168.1.200", 24, true), ("192.168.1.10", "192.168.2.10", 24, false),
        ("192.168.1.10", "192.168.2.10", 22, true), ("10.0.0.1", "172.16.0.1", 0, true),
        ("10.0.0.1", "10.0.0.1", 32, true), ("10.0.0.1", "10.0.0.2", 31, false), ("10.0.0.2", "10.0.0.3", 31, true),
        ("2001:db8::1", "2001:db8::ffff", 64, true), ("2001:db8::1", "2001:db9::1", 64, false),
        ("10.0.0.1", "::1", 0, false), ("10.0.0.1", "10.0.0.1", 33, false), ("10.0.0.1", "10.0.0.1", -1, false),
    ])
    func `knows its subnet`(one: String, other: String, prefixLength: Int, isShared: Bool) throws {
        let (one, other) = (try #require(IPAddress(one)), try #require(IPAddress(other)))
        #expect(one.sharesSubnet(with: other, prefixLength: prefixLength) == isShared)
    }
}
