import LockDomain
import LockMessages
import Testing

@Suite struct `A damaged command` {
    @Test(arguments: 0..<8 as Range<UInt64>)
    func `is carried out only if it is still strictly valid`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let whole = CommandCase.all.filter { $0.payload.count < 1100 }.map(\.payload)
        var orders = 0
        for round in 0..<2500 {
            var payload = whole[Int.random(in: 0..<whole.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...3, using: &generator) { payload.damage(from: whole, using: &generator) }
            let isOrder = CommandCase.parse(payload).isRequest
            orders += isOrder ? 1 : 0
            let text = String(decoding: payload, as: UTF8.self)
            #expect(isOrder == CommandOracle.isOrder(payload), "seed \(seed), round \(round): \(text.debugDescription)")
        }
        // Else nothing but rejections was compared.
        #expect(orders > 20)
    }

    @Test(arguments: CommandCase.all.filter { $0.outcome.isRequest && $0.payload.first == UInt8(ascii: "{") })
    func `that was cut off is never carried out`(command: CommandCase) {
        for length in 0..<command.payload.count {
            #expect(!CommandCase.parse(Array(command.payload.prefix(length))).isRequest)
        }
    }

    @Test(arguments: CommandCase.all.filter { $0.payload.count < 1100 })
    func `is judged alike by two readers, undamaged`(command: CommandCase) {
        #expect(command.outcome.isRequest == CommandOracle.isOrder(command.payload))
    }
}

extension CommandMessage {
    fileprivate var isRequest: Bool {
        switch self {
        case .request: true
        case .rejected: false
        }
    }
}

extension [UInt8] {
    fileprivate mutating func damage(from others: [[UInt8]], using generator: inout SeededGenerator) {
        let place = Int.random(in: 0...count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where place < count: self[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1 where place < count: self[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: removeLast(count - place)
        case 3: insert(Array(#" {}[]":,\"#.utf8)[Int.random(in: 0..<9, using: &generator)], at: place)
        case 4:
            let end = Int.random(in: place...count, using: &generator)
            insert(contentsOf: self[place..<end], at: place)
        default:
            let other = others[Int.random(in: 0..<others.count, using: &generator)]
            insert(contentsOf: other.prefix(Int.random(in: 0...other.count, using: &generator)), at: place)
        }
    }
}
