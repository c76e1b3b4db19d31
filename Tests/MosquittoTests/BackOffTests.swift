import GatewayTestSupport
import Testing

@testable import Mosquitto

@Suite struct `Waiting to connect again` {
    @Test func `doubles from the base to the maximum, drawn from the upper half`() {
        let backOff = BackOff()
        let shortest = (1...9).map { backOff.delay(afterFailures: $0) { $0.lowerBound } }
        let longest = (1...9).map { backOff.delay(afterFailures: $0) { $0.upperBound } }
        #expect(longest == [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].map { .milliseconds($0) })
        #expect(shortest == longest.map { $0 / 2 })
    }

    @Test func `is long after a takeover`() {
        let delays = (1...6).map { BackOff().delay(afterTakeovers: $0) { $0.upperBound } }
        #expect(delays == [60, 120, 240, 480, 600, 600].map { .seconds($0) })
    }

    @Test func `never ends with an overflow`() {
        #expect(BackOff().delay(afterFailures: .max) { $0.upperBound } == .seconds(30))
    }
}

@Suite struct `The end of a connection` {
    private var count = FailureCount(BackOff())

    /// What it is taken for, and the longest wait in seconds.
    private mutating func ends(
        _ error: MosquittoError = .connectionLost,
        after lifetime: Int? = 1,
        whilePublishing wasPublishing: Bool = false
    ) -> String {
        let (error, delay) = count.note(
            error,
            lifetime: lifetime.map { .seconds($0) },
            wasPublishing: wasPublishing,
            draw: { $0.upperBound }
        )
        return "\(error) \(delay / .seconds(1))"
    }

    @Test mutating func `means somebody with our id when it is the third short one in a row`() {
        #expect(ends() == "\(MosquittoError.connectionLost) 0.25")
        #expect(ends() == "\(MosquittoError.connectionLost) 0.5")
        #expect(ends() == "\(MosquittoError.closedRepeatedly) 60.0")
        #expect(ends() == "\(MosquittoError.closedRepeatedly) 120.0", "a fourth in a row")
    }

    @Test mutating func `makes the wait longer each time that somebody with our id is back`() {
        _ = (ends(), ends(), ends())
        // The other one waited as long and came; then each of us ends the other's connection in turn.
        for (lifetime, wait) in [(61, "120.0"), (121, "240.0"), (241, "480.0"), (481, "600.0"), (601, "600.0")] {
            #expect(ends(after: lifetime) == "\(MosquittoError.connectionLost) 0.25")
            #expect(ends() == "\(MosquittoError.connectionLost) 0.5")
            #expect(ends() == "\(MosquittoError.connectionLost) 1.0")
            #expect(ends() == "\(MosquittoError.closedRepeatedly) \(wait)")
        }
        _ = ends(after: 1200)
        _ = (ends(), ends())
        #expect(ends() == "\(MosquittoError.closedRepeatedly) 60.0", "that was not the other one")
    }

    @Test mutating func `is no more than that when the broker is restarted later`() {
        _ = (ends(), ends())
        #expect(ends() == "\(MosquittoError.closedRepeatedly) 60.0")
        for lifetime in [10, 32, 61, 600] {
            #expect(ends(after: lifetime) == "\(MosquittoError.connectionLost) 0.25")
        }
        // And a few restarts at another time are a beginning again.
        _ = (ends(), ends())
        #expect(ends() == "\(MosquittoError.closedRepeatedly) 60.0")
    }

    @Test mutating func `counts only when it came within seconds`() {
        for _ in 0..<2 { #expect(ends(after: 10) == "\(MosquittoError.connectionLost) 0.25") }
        #expect(ends() == "\(MosquittoError.connectionLost) 0.5")
        #expect(ends() == "\(MosquittoError.connectionLost) 1.0", "the second short one")
        #expect(ends() == "\(MosquittoError.closedRepeatedly) 60.0")
    }

    @Test
    mutating func `counts also when it comes back later, again and again, while the broker is there all the time`() {
        for _ in 0..<4 { #expect(ends(after: 15) == "\(MosquittoError.connectionLost) 0.25") }
        #expect(ends(after: 15) == "\(MosquittoError.closedRepeatedly) 60.0")
        #expect(ends(after: 15) == "\(MosquittoError.closedRepeatedly) 120.0")
        #expect(ends(after: 60) == "\(MosquittoError.connectionLost) 0.25")
        for _ in 0..<6 {
            #expect(ends(after: 15) == "\(MosquittoError.connectionLost) 0.25")
            #expect(ends(.connectionRefused, after: nil) == "\(MosquittoError.connectionRefused) 0.5")
        }
        for _ in 0..<6 { #expect(ends(after: 15, whilePublishing: true) == "\(MosquittoError.connectionLost) 0.25") }
    }

    @Test mutating func `means a message that is not liked when one was under way each time`() {
        _ = ends(whilePublishing: true)
        _ = ends(whilePublishing: true)
        #expect(ends(whilePublishing: true) == "\(MosquittoError.closedWhilePublishing) 1.0")
        #expect(ends(whilePublishing: true) == "\(MosquittoError.closedWhilePublishing) 2.0")
    }

    @Test mutating func `means a takeover at once when the broker says so`() {
        #expect(ends(.takenOver, after: 3600) == "\(MosquittoError.takenOver) 60.0")
        #expect(ends(.takenOver, after: 61) == "\(MosquittoError.takenOver) 120.0")
        #expect(ends(after: 61) == "\(MosquittoError.connectionLost) 0.25", "it would have said so")
        #expect(ends(.takenOver, after: 1199) == "\(MosquittoError.takenOver) 240.0")
        #expect(ends(.takenOver, after: 1200) == "\(MosquittoError.takenOver) 60.0")
    }

    @Test mutating func `means nothing while the broker itself comes and goes`() {
        for _ in 0..<5 {
            #expect(ends().hasPrefix("\(MosquittoError.connectionLost) "))
            #expect(ends(.connectionRefused, after: nil).hasPrefix("\(MosquittoError.connectionRefused) "))
        }
        #expect(ends() == "\(MosquittoError.connectionLost) 30.0")
    }

    @Test mutating func `after ten seconds shows that all was well`() {
        for _ in 0..<6 { _ = ends(.brokerUnavailable, after: nil) }
        #expect(ends(after: 10) == "\(MosquittoError.connectionLost) 0.25")
    }
}
