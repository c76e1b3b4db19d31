import GatewayTestSupport
import Glibc

@testable import LocalNetwork

extension WakePipe {
    /// Blocks until somebody wakes.
    func waitForWake() {
        var wait = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        while poll(&wait, 1, -1) < 1 {}
    }
}

extension [UInt8] {
    /// Something like it: bytes flipped, cut, doubled, moved.
    func mutated(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            guard !bytes.isEmpty else { return [UInt8.random(in: 0...255, using: &generator)] }
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: bytes[place] = .random(in: 0...255, using: &generator)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.remove(at: place)
            case 4: bytes.insert(.random(in: 0...255, using: &generator), at: place)
            case 5: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
            default: bytes[place] = [0, 1, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF].randomElement(using: &generator) ?? 0
            }
        }
        return bytes
    }
}

/// An address that a test writes down.
extension IPAddress: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        guard let address = IPAddress(text) else { preconditionFailure("\(text) is no address") }
        self = address
    }
}
