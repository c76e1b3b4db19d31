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

    private mutating func texts() -> [String] {
        outbox.takeBatch().map { "\($0.topic) \(String(decoding: $0.payload, as: UTF8.self))" }
    }

    @Test mutating func `is the newest of each retained topic, in the order of the topics, then the events`() {
        take(retained("a", "1"), event("x"), retained("b", "1"), retained("a", "2"), event("y"))
        #expect(texts() == [], "nothing goes out while there is no connection")
        outbox.connected(at: .seconds(1))
        #expect(texts() == ["a 2", "b 1", "event x", "event y"])
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
}
