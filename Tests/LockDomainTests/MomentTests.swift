import LockDomain
import Testing

@Suite struct `A wall-clock time` {
    @Test(
        arguments: [
            (0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2), (Int64.min, Int64.min / 1000 - 1),
            (Int64.max, Int64.max / 1000),
        ] as [(Int64, Int64)]
    ) func `has its whole seconds, the fraction dropped`(milliseconds: Int64, seconds: Int64) {
        #expect(UnixTime(milliseconds: milliseconds).seconds == seconds)
    }
}
