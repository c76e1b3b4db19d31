import Testing

@testable import PlainHTTP

@Suite struct `A place at the server` {
    private typealias Book = ConnectionBook<Int>

    private func v4(_ last: UInt8, _ third: UInt8 = 2) -> SenderGroup { SenderGroup([192, 0, third, last]) }

    private func v6(_ bytes: UInt8...) -> SenderGroup {
        SenderGroup(bytes + [UInt8](repeating: 0, count: 16 - bytes.count))
    }

    @Test func `counts IPv6 by networks of 64 bits, and IPv4 in either form by address`() {
        #expect(v6(0x20, 1, 0xD, 0xB8, 0, 0, 0, 1, 5) == v6(0x20, 1, 0xD, 0xB8, 0, 0, 0, 1, 6, 7))
        #expect(v6(0x20, 1, 0xD, 0xB8, 0, 0, 0, 1) != v6(0x20, 1, 0xD, 0xB8, 0, 0, 0, 2))
        #expect(v4(1) != v4(2))
        #expect(v6(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1) == v4(1))
        #expect(v6(0, 0, 0, 0, 192, 0, 2, 1) != v4(1))
    }

    @Test func `is taken from the oldest of the same address when that has too many`() {
        var book = Book(limit: 10, limitPerGroup: 2)
        #expect(book.admit(1, of: v4(1), isExpected: false) == .admitted(inPlaceOf: nil))
        #expect(book.admit(2, of: v4(2), isExpected: false) == .admitted(inPlaceOf: nil))
        #expect(book.admit(3, of: v4(2), isExpected: false) == .admitted(inPlaceOf: nil))
        #expect(book.admit(4, of: v4(2), isExpected: false) == .admitted(inPlaceOf: 2))
        #expect(book.admit(5, of: v4(2), isExpected: false) == .admitted(inPlaceOf: 3))
        #expect(book.count == 3)
    }

    @Test func `goes first from those answered, then those that rest, then those who have said least`() {
        var book = Book(limit: 4, limitPerGroup: 4)
        for id in 1...4 { _ = book.admit(id, of: v4(UInt8(id)), isExpected: false) }
        book.note(.underWay, of: 1)
        book.note(.resting, of: 3)
        book.note(.answered, of: 4)
        #expect(book.admit(5, of: v4(5), isExpected: false) == .admitted(inPlaceOf: 4))
        #expect(book.admit(6, of: v4(6), isExpected: false) == .admitted(inPlaceOf: 3))
        #expect(book.admit(7, of: v4(7), isExpected: false) == .admitted(inPlaceOf: 2))
        #expect(book.admit(8, of: v4(8), isExpected: false) == .admitted(inPlaceOf: 5))
    }

    @Test func `goes from the address that has most, however many others come`() {
        var book = Book(limit: 4, limitPerGroup: 3)
        _ = book.admit(1, of: v4(1), isExpected: false)
        for id in 2...4 { _ = book.admit(id, of: v4(2), isExpected: false) }
        #expect(book.admit(5, of: v4(3), isExpected: false) == .admitted(inPlaceOf: 2))
        #expect(book.admit(6, of: v4(4), isExpected: false) == .admitted(inPlaceOf: 3))
        // Now each has one, and age decides.
        #expect(book.admit(7, of: v4(5), isExpected: false) == .admitted(inPlaceOf: 1))
    }

    @Test func `is kept by who has sent a whole request`() {
        var book = Book(limit: 2, limitPerGroup: 2)
        for id in 1...2 {
            _ = book.admit(id, of: v4(1), isExpected: false)
            book.note(.underWay, of: id)
        }
        #expect(book.admit(3, of: v4(1), isExpected: false) == .refused)
        #expect(book.admit(3, of: v4(2), isExpected: true) == .refused)
        book.leave(1)
        #expect(book.admit(4, of: v4(2), isExpected: false) == .admitted(inPlaceOf: nil))
    }

    /// Thousands of addresses of one network, one connection each, against a bridge that takes its time.
    @Test func `of an expected sender is taken by no stranger`() {
        var book = Book(limit: 8, limitPerGroup: 4)
        for id in 1...8 { _ = book.admit(id, of: v4(UInt8(id)), isExpected: false) }
        #expect(book.admit(100, of: v4(100), isExpected: true) == .admitted(inPlaceOf: 1))
        for id in 1000..<6000 {
            let group = v4(UInt8(id % 250), UInt8(id / 250))
            guard case .admitted(let loser) = book.admit(id, of: group, isExpected: false) else {
                Issue.record("the newcomer \(id) is refused")
                return
            }
            #expect(loser != 100)
        }
        #expect(book.count == 8)
        // Where all are expected, a stranger waits and one of them does not.
        var full = Book(limit: 2, limitPerGroup: 2)
        _ = full.admit(1, of: v4(1), isExpected: true)
        _ = full.admit(2, of: v4(2), isExpected: true)
        #expect(full.admit(3, of: v4(3), isExpected: false) == .refused)
        #expect(full.admit(4, of: v4(4), isExpected: true) == .admitted(inPlaceOf: 1))
        #expect(full.makeRoom() == [])
    }

    @Test func `is given up when the system has fewer, and found again when all are gone`() {
        var book = Book(limit: 20, limitPerGroup: 20)
        for id in 1...10 { _ = book.admit(id, of: v4(1), isExpected: false) }
        #expect(book.makeRoom() == [1, 2, 3, 4])
        #expect(book.admit(11, of: v4(2), isExpected: false) == .admitted(inPlaceOf: 5))
        #expect(book.limit == 6)
        for id in 1...11 { book.leave(id) }
        #expect(book.limit == 20)
        // However few there are, one is given up, and one may be had.
        for id in 1...2 { _ = book.admit(id, of: v4(1), isExpected: false) }
        #expect(book.makeRoom() == [1])
        #expect(book.makeRoom() == [2])
        #expect(book.makeRoom() == [])
        #expect(book.limit == 1)
        #expect(book.admit(3, of: v4(1), isExpected: false) == .admitted(inPlaceOf: nil))
        #expect(book.admit(4, of: v4(1), isExpected: false) == .admitted(inPlaceOf: 3))
        book.leave(4)
        #expect(book.limit == 20)
    }

    @Test func `is given back once, however often it is`() {
        var book = Book(limit: 2, limitPerGroup: 1)
        _ = book.admit(1, of: v4(1), isExpected: false)
        #expect(book.admit(2, of: v4(1), isExpected: false) == .admitted(inPlaceOf: 1))
        book.leave(1)
        book.leave(2)
        book.leave(2)
        #expect(book.count == 0)
        #expect(book.admit(3, of: v4(1), isExpected: false) == .admitted(inPlaceOf: nil))
    }
}
