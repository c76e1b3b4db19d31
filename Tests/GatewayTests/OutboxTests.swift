import LockMessages
import Testing

@testable import Gateway

private func retained(_ topic: String, _ text: String, expires: Bool = false) -> Publication {
    Publication(topic: topic, payload: Array(text.utf8), isRetained: true, expiry: expires ? .seconds(180) : nil)
}

private func event(_ text: String) -> Publication {
    Publication(topic: "event", payload: Array(text.utf8), isRetained: false)
}

@Suite struct `What waits for the broker` {
    private var outbox = Outbox()

    private mutating func take(_ publications: Publication..., at seconds: Int = 0) {
        for publication in publications { _ = outbox.take(publication, at: .seconds(seconds)) }
    }

    /// What is handed over now, all of it delivered.
    private mutating func texts() -> [String] {
        var texts: [String] = []
        while let batch = outbox.takeBatch() {
            texts += Self.texts(batch)
            outbox.settle(batch, batch.items.map { _ in .delivered })
        }
        return texts
    }

    private static func texts(_ batch: Outbox.Batch) -> [String] {
        batch.items.map { item in
            let text = String(decoding: item.publication.payload, as: UTF8.self)
            return "\(item.publication.topic) \(text)\(item.isRepeat ? " again" : "")"
        }
    }

    /// Hands over what is there; the broker says to each what `outcome` says, as often as there are items.
    private mutating func handOver(_ outcomes: Outbox.Outcome...) -> [String] {
        guard let batch = outbox.takeBatch() else { return [] }
        outbox.settle(batch, batch.items.indices.map { outcomes[min($0, outcomes.count - 1)] })
        return Self.texts(batch)
    }

    @Test mutating func `is the newest of each retained topic, in the order of the topics, then the events`() {
        take(retained("a", "1"), event("x"), retained("b", "1"), retained("a", "2"), event("y"))
        #expect(texts() == [], "nothing goes out while there is no connection")
        outbox.connected(at: .seconds(1))
        #expect(texts() == ["a 2", "b 1", "event x", "event y"])
        #expect(texts() == [])
    }

    @Test mutating func `is kept where it clears what nobody else will look at`() {
        take(retained("a", "1"))
        _ = outbox.clear(retained("a", ""), at: .zero)
        _ = outbox.clear(retained("b", ""), at: .zero)
        _ = outbox.clear(retained("b", ""), at: .zero)
        outbox.connected(at: .seconds(3600))
        #expect(texts() == ["a ", "b "])
        outbox.disconnected()
        _ = outbox.clear(retained("b", ""), at: .zero)
        take(retained("b", "2"))
        outbox.connected(at: .seconds(3601))
        #expect(texts() == ["b 2"])
    }

    @Test mutating func `is nothing any more once the last words are to be said`() throws {
        outbox.connected(at: .zero)
        take(retained("state", "locked", expires: true))
        let taken = outbox.takeBatch()
        let batch = try #require(taken)
        take(event("x"))
        outbox.finish()
        #expect(!outbox.isIdle, "what was taken out may still overtake them")
        outbox.settle(batch, [.delivered])
        #expect(outbox.isIdle)
        take(retained("state", "unlocked", expires: true))
        _ = outbox.renew(every: .seconds(60), at: .seconds(60))
        outbox.disconnected()
        outbox.connected(at: .seconds(61))
        #expect(texts() == [])
    }

    @Test mutating func `goes out in order, every step of it, while connected`() {
        outbox.connected(at: .zero)
        take(retained("a", "1"), event("x"), retained("a", "2"))
        #expect(texts() == ["a 1", "event x", "a 2"])
    }

    @Test mutating func `does not include what has not changed`() {
        outbox.connected(at: .zero)
        take(retained("a", "1"), retained("a", "1"))
        #expect(texts() == ["a 1"])
    }

    @Test mutating func `is everything retained again after each connect, and no event a second time`() {
        outbox.connected(at: .zero)
        take(retained("a", "1"), event("x"))
        _ = texts()
        outbox.disconnected()
        outbox.connected(at: .seconds(1))
        #expect(texts() == ["a 1"])
    }

    @Test mutating func `keeps the order of those that refer to each other, also after a connect`() {
        outbox.connected(at: .zero)
        take(retained("gateway", "1"), retained("lock", "1"), retained("other", "1"))
        _ = texts()
        let isNew = outbox.take(inOrder: [retained("bridge", "1"), retained("lock", "1")], at: .zero)
        #expect(isNew)
        #expect(texts() == ["bridge 1"], "the lock has not changed")
        let isNewAgain = outbox.take(inOrder: [retained("bridge", "1"), retained("lock", "1")], at: .zero)
        #expect(!isNewAgain)
        _ = outbox.take(inOrder: [retained("bridge", "1"), retained("lock", "2")], at: .zero)
        #expect(texts() == ["lock 2"])
        outbox.disconnected()
        outbox.connected(at: .seconds(1))
        #expect(texts() == ["gateway 1", "other 1", "bridge 1", "lock 2"])
    }

    @Test mutating func `leaves a topic alone that somebody else has cleared`() {
        outbox.connected(at: .zero)
        take(retained("a", "1"), retained("b", "1"))
        outbox.forget("a")
        #expect(texts() == ["b 1"])
        for topic in ["a", "b"] { _ = outbox.requeue(topic) }
        #expect(texts() == ["b 1"], "the newest that there is")
        outbox.disconnected()
        outbox.connected(at: .seconds(1))
        #expect(texts() == ["b 1"])
    }

    @Test mutating func `clears a topic once, and leaves it alone after a new connect`() {
        outbox.connected(at: .zero)
        take(retained("a", "1"), retained("b", "1"), .clearing("a"))
        #expect(texts() == ["a 1", "b 1", "a "])
        outbox.disconnected()
        take(.clearing("b"))
        outbox.connected(at: .seconds(1))
        #expect(texts() == [])
        take(retained("a", "2"))
        #expect(texts() == ["a 2"])
    }

    @Test mutating func `holds events for a minute and no longer`() {
        take(event("old"), at: 0)
        take(event("new"), at: 1)
        outbox.connected(at: .seconds(60))
        #expect(texts() == ["event new"])
    }

    @Test mutating func `holds a hundred events, the newest`() {
        for number in 0..<101 { take(event("\(number)")) }
        outbox.connected(at: .zero)
        let all = texts()
        #expect(all.count == 100)
        #expect(all.first == "event 1")
    }

    @Test mutating func `renews what expires, once a minute`() {
        take(retained("state", "locked", expires: true), retained("info", "{}"))
        #expect(outbox.renewalDue(every: .seconds(60)) == nil)
        outbox.connected(at: .seconds(10))
        _ = texts()
        #expect(outbox.renewalDue(every: .seconds(60)) == .seconds(70))
        let isEarly = outbox.renew(every: .seconds(60), at: .seconds(69))
        #expect(!isEarly)
        let isDue = outbox.renew(every: .seconds(60), at: .seconds(70))
        #expect(isDue)
        #expect(texts() == ["state locked"])
    }

    @Test mutating func `is an event again, marked, that was under way when the connection broke`() {
        outbox.connected(at: .zero)
        take(retained("a", "1"), event("x"), event("y"))
        #expect(handOver(.delivered, .delivered, .uncertain) == ["a 1", "event x", "event y"])
        #expect(!outbox.isUp, "the end of the connection is known already")
        take(retained("a", "2"), event("z"), at: 5)
        outbox.connected(at: .seconds(10))
        #expect(texts() == ["a 2", "event y again", "event z"], "state first, then the events in order")
        #expect(outbox.takeLosses() == Outbox.Losses(repeated: 1))
    }

    @Test mutating func `is no event that was under way a minute ago`() {
        outbox.connected(at: .zero)
        take(event("x"), at: 1)
        _ = handOver(.uncertain)
        outbox.connected(at: .seconds(30))
        #expect(handOver(.uncertain) == ["event x again"])
        outbox.connected(at: .seconds(61))
        #expect(texts() == [], "its minute began when it happened, not when it was put back")
        #expect(outbox.takeLosses() == Outbox.Losses(outlived: 1, repeated: 1))
    }

    @Test mutating func `is an event as it was when it never left`() {
        outbox.connected(at: .zero)
        take(event("x"), event("y"))
        #expect(handOver(.unsent(isUp: false)) == ["event x", "event y"])
        outbox.connected(at: .seconds(1))
        #expect(texts() == ["event x", "event y"])
        #expect(outbox.takeLosses() == Outbox.Losses())
    }

    @Test mutating func `comes in order after a batch of an earlier connection is settled late`() {
        outbox.connected(at: .zero)
        take(retained("a", "1"), event("x"))
        guard let late = outbox.takeBatch() else { return }
        outbox.disconnected()
        take(event("y"), at: 1)
        outbox.connected(at: .seconds(2))
        outbox.settle(late, [.uncertain, .uncertain])
        #expect(outbox.isUp, "the new connection is not the one that broke")
        #expect(texts() == ["a 1", "event x again", "event y"])
    }

    @Test mutating func `keeps a retained topic right when the library has no room`() {
        outbox.connected(at: .zero)
        take(retained("a", "1"), retained("b", "1"), event("x"))
        guard let batch = outbox.takeBatch() else { return }
        take(retained("b", "2"))
        outbox.settle(batch, [.delivered, .unsent(isUp: true), .unsent(isUp: true)])
        #expect(texts() == ["event x", "b 2"], "b 1 would be old by now")
        take(retained("c", "1"))
        guard let second = outbox.takeBatch() else { return }
        outbox.settle(second, [.unsent(isUp: true)])
        #expect(texts() == ["c 1"])
    }

    @Test mutating func `clears a topic for sure, once it has begun to`() {
        outbox.connected(at: .zero)
        take(retained("a", "1"), .clearing("a"), retained("b", "1"), .clearing("b"))
        #expect(handOver(.delivered, .uncertain, .delivered, .uncertain) == ["a 1", "a ", "b 1", "b "])
        take(retained("b", "2"))
        outbox.connected(at: .seconds(1))
        #expect(texts() == ["b 2", "a "])
    }

    @Test mutating func `asks the broker again each minute for what it did not want`() {
        outbox.connected(at: .zero)
        take(retained("info", "{}"), event("x"))
        #expect(handOver(.refused) == ["info {}", "event x"])
        #expect(outbox.renewalDue(every: .seconds(60)) == .seconds(60))
        _ = outbox.renew(every: .seconds(60), at: .seconds(60))
        #expect(handOver(.refused) == ["info {}"])
        _ = outbox.renew(every: .seconds(60), at: .seconds(120))
        #expect(handOver(.delivered) == ["info {}"])
        #expect(outbox.renewalDue(every: .seconds(60)) == nil)
    }

    @Test mutating func `is settled when all was handed over and acknowledged`() {
        take(retained("a", "1"))
        #expect(!outbox.isSettled)
        outbox.connected(at: .zero)
        #expect(!outbox.isSettled)
        guard let batch = outbox.takeBatch() else { return }
        #expect(!outbox.isSettled)
        outbox.settle(batch, [.delivered])
        #expect(outbox.isSettled)
        outbox.disconnected()
        #expect(!outbox.isSettled)
    }

    @Test mutating func `counts the events that were crowded out`() {
        for number in 0..<103 { take(event("\(number)")) }
        outbox.connected(at: .seconds(1))
        #expect(outbox.takeLosses() == Outbox.Losses(crowdedOut: 3))
        #expect(outbox.takeLosses() == Outbox.Losses())
    }

    @Test mutating func `is bounded while the broker is slow, and loses no topic`() {
        outbox.connected(at: .zero)
        for number in 0..<1500 { take(retained("a", "\(number)"), event("\(number)"), retained("b", "\(number)")) }
        let all = texts()
        #expect(all.count { $0.hasPrefix("event") } == 1000)
        #expect(all.first { $0.hasPrefix("event") } == "event 500")
        #expect(all.last { $0.hasPrefix("a ") } == "a 1499")
        #expect(all.last == "b 1499")
        #expect(all.count < 1100)
        #expect(outbox.takeLosses() == Outbox.Losses(crowdedOut: 500))
    }

    @Test mutating func `goes out in portions that the library takes`() {
        for number in 0..<1200 { take(retained("t/\(number)", "1")) }
        outbox.connected(at: .zero)
        var sizes: [Int] = []
        while let batch = outbox.takeBatch() {
            sizes.append(batch.items.count)
            outbox.settle(batch, batch.items.map { _ in .delivered })
        }
        #expect(sizes == [500, 500, 200])
    }
}
