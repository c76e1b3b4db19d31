/// Those who count as one sender: an IPv4 address, or an IPv6 network of 64 bits, of which one machine can use every address.
struct SenderGroup: Hashable, Sendable {
    private let isIPv6: Bool
    private let bits: UInt64

    /// Reads the 4 or 16 bytes of an address; an IPv4 address in IPv6 form counts as IPv4.
    init(_ address: [UInt8]) {
        let isMapped = address.count == 16 && address.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        let relevant = isMapped ? address.suffix(4) : address.prefix(8)
        isIPv6 = address.count == 16 && !isMapped
        bits = relevant.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Who has a place at the server, and who gives way when there is none left.
///
/// The rule: **a newcomer gets a place, and whoever has the least use of his loses it.** Refusing newcomers instead would let
/// anybody who opens connections and says nothing keep the bridge out until they run into their time limit.
/// - Where the newcomer's own group has all its places taken, one of that group gives way; where all places are taken, one of
///   any. An expected sender, the bridge, never gives way to one who is not.
/// - First those go that have been answered, then those that rest between requests, then those whose request is not whole yet.
///   Of these, one of the group with the most places goes, and of that group the one that has waited longest. So a bridge that
///   sends its request at once keeps its place although thousands of addresses with one connection each come after it.
/// - Whoever has sent a whole request is answered. If all have, the newcomer is refused: their answers are a matter of
///   milliseconds, and the bridge asks again.
struct ConnectionBook<ID: Hashable & Sendable>: Sendable {
    /// How far a connection has come, in the order in which they give way.
    enum Standing: Int, Comparable, Sendable {
        case answered
        case resting
        case unfinished
        case underWay

        static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    enum Admission: Hashable {
        case refused
        /// Taken on; whoever is named has lost his place, and his connection is to be closed.
        case admitted(inPlaceOf: ID?)
    }

    private struct Place: Sendable {
        let group: SenderGroup
        let isExpected: Bool
        let number: Int
        var standing: Standing
    }

    /// Fewer than was asked for while the system has not that many.
    private(set) var limit: Int
    private let fullLimit: Int
    private let limitPerGroup: Int
    private var places: [ID: Place] = [:]
    private var perGroup: [SenderGroup: Int] = [:]
    private var lastNumber = 0

    init(limit: Int, limitPerGroup: Int) {
        self.limit = limit
        fullLimit = limit
        self.limitPerGroup = limitPerGroup
    }

    var count: Int { places.count }

    mutating func admit(_ id: ID, of group: SenderGroup, isExpected: Bool) -> Admission {
        var loser: ID?
        if perGroup[group, default: 0] >= limitPerGroup {
            loser = leastInNeed { $0.group == group && (isExpected || !$0.isExpected) }
            if loser == nil { return .refused }
        } else if places.count >= limit {
            loser = leastInNeed { !$0.isExpected } ?? (isExpected ? leastInNeed { _ in true } : nil)
            if loser == nil { return .refused }
        }
        if let loser { forget(loser) }
        lastNumber += 1
        places[id] = Place(group: group, isExpected: isExpected, number: lastNumber, standing: .unfinished)
        perGroup[group, default: 0] += 1
        return .admitted(inPlaceOf: loser)
    }

    /// The system has fewer places than this book: a few are given up, and no more are given away until all are gone.
    ///
    /// Returns who is to be closed. From then on newcomers take the places of others again, and need none of the system.
    mutating func makeRoom() -> [ID] {
        limit = max(min(limit, places.count) - Self.spare, 1)
        var losers: [ID] = []
        while places.count > limit || losers.isEmpty, let loser = leastInNeed({ !$0.isExpected }) {
            losers.append(loser)
            forget(loser)
        }
        return losers
    }

    /// Descriptors left free for connections that are about to be taken and have no place yet.
    private static var spare: Int { 4 }

    mutating func note(_ standing: Standing, of id: ID) { places[id]?.standing = standing }

    /// The connection is gone; no harm if it had lost its place before.
    mutating func leave(_ id: ID) {
        forget(id)
        if places.isEmpty { limit = fullLimit }
    }

    private mutating func forget(_ id: ID) {
        guard let place = places.removeValue(forKey: id) else { return }
        let left = perGroup[place.group, default: 1] - 1
        perGroup[place.group] = left > 0 ? left : nil
    }

    private func leastInNeed(_ isMeant: (Place) -> Bool) -> ID? {
        var loser: (id: ID, place: Place)?
        for (id, place) in places where place.standing != .underWay && isMeant(place) {
            if loser.map({ givesWay(place, before: $0.place) }) ?? true { loser = (id, place) }
        }
        return loser?.id
    }

    private func givesWay(_ one: Place, before other: Place) -> Bool {
        guard one.standing == other.standing else { return one.standing < other.standing }
        let (size, otherSize) = (perGroup[one.group, default: 0], perGroup[other.group, default: 0])
        return size == otherSize ? one.number < other.number : size > otherSize
    }
}
