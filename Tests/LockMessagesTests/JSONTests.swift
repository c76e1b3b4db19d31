import GatewayTestSupport
import LockDomain
import LockMessages
import Testing

@Suite struct `A JSON document` {
    @Test(arguments: [
        (0, "0"), (1, "0.001"), (10, "0.01"), (100, "0.1"), (1000, "1"), (10_412, "10.412"), (10_370, "10.37"),
        (12_000, "12"), (-1, "-0.001"), (-1500, "-1.5"), (Int.min, "-9223372036854775.808"),
        (Int.max, "9223372036854775.807"),
    ])
    func `has decimals as people write them`(thousandths: Int, text: String) {
        #expect(String(decoding: JSONValue.thousandths(thousandths).bytes, as: UTF8.self) == text)
    }

    @Test func `is written as Foundation writes it, whatever characters it has`() throws {
        for scalar in (0...0xFFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init) + ["🔑", "\u{10FFFF}"] {
            let text = "a\(Character(scalar))b"
            #expect(JSONValue.text(text).bytes == (try AnyJSON.text(text).canonicalBytes))
        }
    }

    @Test func `has its keys in order and nothing between them`() {
        let json: JSONValue = [
            "b": [1, true, .null], "a": ["z": [:], "y": []], "B": "/\"\\\u{1}é", "_": false, "a_b": -7, "ab": .null,
        ]
        let text = #"{"B":"/\"\\\u0001é","_":false,"a":{"y":[],"z":{}},"a_b":-7,"ab":null,"b":[1,true,null]}"#
        #expect(String(decoding: json.bytes, as: UTF8.self) == text)
    }
}
