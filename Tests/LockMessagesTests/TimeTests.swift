import FoundationEssentials
import LockDomain
import LockMessages
import Testing

@Suite struct `A time` {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_429_230_123, "2026-11-23T10:20:30.123Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"), (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)]
    )
    func `has one form, with three digits of a second`(milliseconds: Int64, text: String) {
        #expect(UnixTime(milliseconds: milliseconds).rfc3339 == text)
        #expect(UnixTime(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [Int64.min, -62_167_219_200_001, 253_402_300_800_000, .max])
    func `beyond four-digit years is not written`(milliseconds: Int64) {
        #expect(UnixTime(milliseconds: milliseconds).rfc3339 == nil)
    }

    @Test func `reads and is written as Foundation does it`() throws {
        var generator = SeededGenerator(seed: 3339)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<2000 {
            // From 1600 on, so that both count in the Gregorian calendar.
            let milliseconds = Int64.random(in: -11_676_096_000_000...253_402_300_799_999, using: &generator)
            let text = try #require(UnixTime(milliseconds: milliseconds).rfc3339)
            let date = try style.parse(text)
            #expect(Int64((date.timeIntervalSince1970 * 1000).rounded()) == milliseconds)
            #expect(UnixTime(rfc3339: text)?.milliseconds == milliseconds)
        }
    }

    @Test(arguments: [
        // As Home Assistant's `now().isoformat()` and `utcnow().isoformat()` give it.
        "2026-11-23T11:20:30.123456+01:00", "2026-11-23T10:20:30.123000+00:00",
        "2026-11-23T10:20:30.123Z", "2026-11-23t10:20:30.123z", "2026-11-23T10:20:30.1239999999999999999999Z",
        "2026-11-22T22:20:30.123-12:00", "2026-11-24T10:19:30.123+23:59", "2026-11-23T10:20:30.123-00:00",
    ])
    func `is read in every form that RFC 3339 has for it`(text: String) {
        #expect(UnixTime(rfc3339: text) == Samples.now)
    }

    @Test func `may leave the fraction out`() {
        #expect(UnixTime(rfc3339: "2026-11-23T10:20:30Z")?.milliseconds == 1_795_429_230_000)
        #expect(UnixTime(rfc3339: "2026-11-23T10:20:30.5Z")?.milliseconds == 1_795_429_230_500)
        #expect(UnixTime(rfc3339: "1969-12-31T23:59:59.9999Z")?.milliseconds == -1)
    }

    @Test(arguments: [
        "", "Z", "now", "1795429230", "2026-11-23", "2026-11-23T10:20:30", "2026-11-23 10:20:30Z", "2026-11-23T10:20Z",
        "2026-11-23T10:20:30.Z", "2026-11-23T10:20:30,5Z", "2026-11-23T10:20:30+0100", "2026-11-23T10:20:30+01",
        "2026-11-23T10:20:30+24:00", "2026-11-23T10:20:30+01:60", "2026-11-23T24:00:00Z", "2026-11-23T10:60:30Z",
        "2026-11-23T10:20:60Z", "2026-00-23T10:20:30Z", "2026-13-23T10:20:30Z", "2026-11-00T10:20:30Z",
        "2026-11-31T10:20:30Z", "2026-02-29T10:20:30Z", "1900-02-29T10:20:30Z", "26-11-23T10:20:30Z",
        "+2026-11-23T10:20:30Z", "2026-11-23T10:20:30ZZ", "2026-11-23T10:20:30Z ", " 2026-11-23T10:20:30Z",
        "2026-W48-1T10:20:30Z", "٢٠٢٦-11-23T10:20:30Z", "2026-11-23T10:20:30−01:00", "2026-1-23T10:20:30Z",
    ])
    func `that is not one is not read`(text: String) {
        #expect(UnixTime(rfc3339: text) == nil)
    }
}
