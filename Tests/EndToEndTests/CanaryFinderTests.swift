import GatewayTestSupport
import Testing

/// A finder that finds nothing would make the canary test worthless.
@Suite struct `The finder of canaries` {
    private static let secret: [UInt8] = (0..<32).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 201) }
    private let finder = CanaryFinder([("key", secret), ("password", Array("Xq7Zcanary+P4ss/W0rd".utf8))])

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var (text, bits, count) = ("", 0, 0)
        for byte in bytes {
            bits = bits << 8 | Int(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(digits[bits >> count & 63])
            }
            bits &= (1 << count) - 1
        }
        if count > 0 { text.append(digits[bits << (6 - count) & 63]) }
        return text
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { (($0 < 16 ? "0" : "") + String($0, radix: 16)) }.joined()
    }

    @Test func `finds eight bytes in a row wherever they begin`() {
        for start in 0...(Self.secret.count - 8) {
            let part = Array(Self.secret[start..<(start + 8)])
            let noise = Array("2026-11-23 INFO lock.id=front_door ".utf8)
            #expect(finder.found(in: noise + part + noise) == ["key"])
            #expect(finder.found(in: noise + part.dropLast() + noise) == [])
        }
    }

    @Test(arguments: [0, 1, 2, 3, 7]) func `finds a part in base64 and base64url at any alignment`(start: Int) {
        let part = Array(Self.secret[start..<(start + 12)])
        for lead in ["", "x", "xy", "xyz"] {
            let text = "reason=\(lead)\(Self.base64(part)) "
            #expect(finder.found(in: text) == ["key"])
            #expect(finder.found(in: text.replacing("+", with: "-").replacing("/", with: "_")) == ["key"])
        }
        #expect(finder.found(in: "{\"a\":\"\(Self.base64(Self.secret).replacing("/", with: "\\/"))\"}") == ["key"])
    }

    @Test func `finds hexadecimal digits of either case and alignment`() {
        let digits = Self.hex(Array(Self.secret[5..<14]))
        for text in [digits, digits.uppercased(), "a\(digits)", "key=\(digits);"] {
            #expect(finder.found(in: text) == ["key"], "\(text)")
        }
    }

    @Test func `finds what is percent-encoded, escaped, or written twice over`() {
        let percent = Self.secret.map { "%" + Self.hex([$0]) }.joined()
        #expect(finder.found(in: percent) == ["key"])
        #expect(finder.found(in: "Xq7Zcanary%2BP4ss%2fW0rd") == ["password"])
        #expect(finder.found(in: #"{"p":"canary\u002BP4ss\/W0rd"}"#) == ["password"])
        #expect(finder.found(in: Self.base64(Array("y+P4ss/W".utf8))) == ["password"])
        #expect(finder.found(in: Self.base64(Array(Self.base64(Self.secret).utf8))) == ["key"])
        #expect(finder.found(in: Self.hex(Array(Self.base64(Self.secret).utf8))) == ["key"])
    }

    @Test func `finds nothing in what holds none`() {
        #expect(finder.found(in: "") == [])
        #expect(finder.found(in: "Xq7Zcan") == [])
        #expect(finder.found(in: Self.hex(Self.secret.reversed())) == [])
        #expect(finder.found(in: String(repeating: "loqed/front_door/state unlocked\n", count: 1000)) == [])
    }
}
