import LockDomain
import LockMessages
import Mosquitto
import Testing

@testable import Gateway

private let front = BrokerWatch.Peer.lock(LockID("front_door")!)
private let back = BrokerWatch.Peer.lock(LockID("back_door")!)

@Suite struct `What the log says of the broker` {
    private var watch = BrokerWatch(peers: [.gateway, front, back], isVersion311Configured: false)

    private mutating func connect(
        _ peers: BrokerWatch.Peer...,
        version: SessionConfiguration.ProtocolVersion = .v5,
        at seconds: Int
    ) -> [BrokerWatch.Line] {
        peers.flatMap { watch.connected($0, version, at: .seconds(seconds)) }
    }

    private mutating func fail(
        _ peers: BrokerWatch.Peer...,
        with trouble: BrokerTrouble,
        at seconds: Int
    ) -> [BrokerWatch.Line] {
        peers.flatMap { watch.disconnected($0, trouble, retryAfter: .seconds(1), at: .seconds(seconds)) }
    }

    private func told(_ trouble: BrokerTrouble, _ peer: BrokerWatch.Peer, untold: Int = 0) -> BrokerWatch.Line {
        .trouble(trouble, peer, untold: untold, retryAfter: .seconds(1))
    }

    @Test mutating func `is one line when all are connected`() {
        #expect(connect(.gateway, front, at: 0) == [])
        #expect(connect(back, at: 1) == [.connected(.v5, after: nil)])
    }

    @Test mutating func `is one line when the broker is lost, one when it is not there, one when it is back`() {
        _ = connect(.gateway, front, back, at: 0)
        #expect(fail(.gateway, front, back, with: .lost, at: 100) == [told(.lost, .gateway)])
        for second in 101..<3700 {
            let lines = fail(.gateway, front, back, with: .refused, at: second)
            #expect(lines == (second == 101 ? [told(.refused, .gateway)] : []))
        }
        #expect(connect(front, .gateway, at: 3700) == [])
        #expect(connect(back, at: 3701) == [.connected(.v5, after: .seconds(3601))])
    }

    @Test mutating func `is at most a line a minute of each kind, whatever comes and goes`() {
        _ = connect(.gateway, front, back, at: 0)
        var lines: [BrokerWatch.Line] = []
        for second in 1...120 {
            lines += fail(back, with: .lost, at: second)
            lines += connect(back, at: second)
        }
        #expect(
            lines == [
                told(.lost, back), .connected(.v5, after: .zero),
                told(.lost, back, untold: 59), .connected(.v5, after: .zero),
            ]
        )
    }

    @Test mutating func `is told in the end when it stays away after coming and going`() {
        _ = connect(.gateway, front, back, at: 0)
        _ = fail(back, with: .lost, at: 1)
        _ = connect(back, at: 2)
        #expect(fail(back, with: .lost, at: 3) == [])
        #expect(fail(back, with: .lost, at: 33) == [])
        #expect(fail(back, with: .lost, at: 63) == [told(.lost, back, untold: 2)])
    }

    @Test mutating func `names what 3.1.1 lacks once, and says when 5 is back`() {
        #expect(
            connect(.gateway, front, back, version: .v311, at: 0) == [
                .withoutVersion5(isConfigured: false), .connected(.v311, after: nil),
            ]
        )
        #expect(watch.version == .v311)
        _ = fail(.gateway, front, back, with: .lost, at: 10)
        #expect(connect(.gateway, front, back, version: .v311, at: 11) == [.connected(.v311, after: .seconds(1))])
        _ = fail(.gateway, front, back, with: .lost, at: 100)
        #expect(connect(.gateway, front, back, at: 101) == [.version5Again, .connected(.v5, after: .seconds(1))])
        #expect(watch.version == .v5)
    }

    @Test mutating func `calls the lowest version in use the version`() {
        _ = connect(.gateway, front, at: 0)
        #expect(watch.version == .v5)
        _ = connect(back, version: .v311, at: 1)
        #expect(watch.version == .v311)
        _ = connect(back, at: 2)
        #expect(watch.version == .v5)
    }

    @Test mutating func `is a problem only where the gateway's own connection can tell it`() {
        _ = fail(front, with: .notAuthorised, at: 0)
        #expect(watch.problem(of: front) == nil, "nobody could hear of it")
        _ = connect(.gateway, back, at: 1)
        _ = fail(front, with: .notAuthorised, at: 2)
        #expect(watch.problem(of: front) == .notAuthorised)
        _ = connect(front, at: 3)
        #expect(watch.problem(of: front) == nil)
    }

    @Test mutating func `is no problem while a broker restarts, and one when a lock does not come back`() {
        _ = connect(.gateway, front, back, at: 0)
        _ = fail(front, with: .lost, at: 1)
        #expect(watch.problem(of: front) == nil)
        _ = fail(front, with: .unavailable, at: 2)
        #expect(watch.problem(of: front) == .unavailable)
        _ = fail(back, with: .clientIDTaken(isSaid: true), at: 3)
        #expect(watch.problem(of: back) == .clientIDTaken(isSaid: true))
    }
}

@Suite struct `What the broker does not take` {
    private var book = RefusalBook()

    @Test mutating func `is told once for each reason, with all its topics, and when it is over`() {
        let first = book.note(
            [("a", .notAuthorised), ("b", nil), ("c", .notAuthorised), ("d", .tooLarge)],
            .publishing
        )
        #expect(
            Set(first.begun) == [
                .publishing(.notAuthorised, topics: ["a", "c"]), .publishing(.tooLarge, topics: ["d"]),
            ]
        )
        #expect(first.begun.count == 2)
        #expect(book.note([("a", .notAuthorised), ("b", nil)], .publishing).isEmpty)
        let subscribing = book.note([("a", .notAuthorised)], .subscribing)
        #expect(subscribing.begun == [.subscribing(.notAuthorised, topics: ["a"])])
        #expect(
            Set(book.troubles) == [
                .publishing(.notAuthorised, topics: ["a", "c"]), .publishing(.tooLarge, topics: ["d"]),
                .subscribing(.notAuthorised, topics: ["a"]),
            ]
        )
        let over = book.note([("a", nil), ("c", nil), ("d", nil)], .publishing)
        #expect(over == RefusalBook.Change(begun: [], ended: ["a", "c", "d"]))
        #expect(book.topics(.publishing) == [])
        #expect(book.topics(.subscribing) == ["a"])
    }

    @Test(arguments: [
        (MosquittoError.publishRefused(reason: 135), BrokerTrouble.Refusal.notAuthorised),
        (.publishRefused(reason: 144), .topicInvalid), (.publishRefused(reason: 149), .tooLarge),
        (.publishRefused(reason: 151), .quotaExceeded), (.publishRefused(reason: 154), .notRetained),
        (.publishRefused(reason: 131), .other("reason 0x83, implementation specific error")),
        (.subscribeRefused(filter: "f", reason: 135), .notAuthorised),
        (.subscribeRefused(filter: "f", reason: 128), .other("reason 0x80, unspecified error")),
        (.packetTooLarge, .tooLarge),
    ]) func `has the reason that the broker gives`(error: MosquittoError, refusal: BrokerTrouble.Refusal) {
        #expect(BrokerTrouble.Refusal(error) == refusal)
    }

    @Test(arguments: [MosquittoError.notConnected, .mayHaveBeenDelivered, .tooManyUnacknowledged, .cancelled, .closed])
    func `is not what the connection failed to carry`(error: MosquittoError) {
        #expect(BrokerTrouble.Refusal(error) == nil)
    }
}
