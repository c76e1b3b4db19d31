import Glibc
import NIOConcurrencyHelpers

/// A broker that follows a script, for what no real one would do on demand.
///
/// Takes any number of connections, each on a thread of its own, and answers like a good broker to whatever the script has no
/// answer of its own for.
package final class ScriptedBroker: Sendable {
    /// One packet of a client.
    package struct Packet: Sendable {
        package enum Kind: UInt8, Sendable {
            case connect = 1
            case publish = 3
            case acknowledgement = 4
            case subscribe = 8
            case unsubscribe = 10
            case ping = 12
            case disconnect = 14
        }

        package let kind: Kind
        /// Which connection it came by, from 1.
        package let connection: Int
        /// The level of the protocol on its connection: 4 is 3.1.1, 5 is 5.
        package let level: UInt8
        /// What follows the fixed header.
        package let body: [UInt8]
        let flags: UInt8

        /// Of a PUBLISH.
        package var topic: String {
            guard kind == .publish else { return "" }
            return String(decoding: body[2..<(2 + count(at: 0))], as: UTF8.self)
        }

        /// Of a CONNECT.
        package var clientID: String {
            guard kind == .connect else { return "" }
            // Behind name, level, flags and keep-alive; in MQTT 5 behind the properties too, which we keep short.
            let start = level == 5 ? 11 + Int(body[10]) : 10
            return String(decoding: body[(start + 2)..<(start + 2 + count(at: start))], as: UTF8.self)
        }

        /// Of a PUBLISH of QoS 1: its text.
        package var text: String {
            let start = 4 + count(at: 0)
            return String(decoding: body[(level == 5 ? start + 1 + Int(body[start]) : start)...], as: UTF8.self)
        }

        /// Of a PUBLISH of QoS 1: its properties of MQTT 5 as they are.
        package var properties: [UInt8] {
            let start = 4 + count(at: 0)
            return level == 5 ? Array(body[(start + 1)...].prefix(Int(body[start]))) : []
        }

        /// Of a PUBLISH of QoS 1, or a SUBSCRIBE.
        package var identifier: [UInt8] {
            let start = kind == .publish ? 2 + count(at: 0) : 0
            return Array(body[start..<(start + 2)])
        }

        /// Whether a PUBLISH asks to be acknowledged.
        var isAcknowledged: Bool { flags & 6 == 2 }

        private func count(at index: Int) -> Int { Int(body[index]) << 8 | Int(body[index + 1]) }
    }

    package enum Action: Sendable {
        case send([UInt8])
        case close
        /// Say nothing.
        case ignore
    }

    /// Nil: what a good broker does.
    package typealias Script = @Sendable (Packet) -> [Action]?

    package let port: Int
    private let listener: Int32
    private let script: Script
    private let packets = NIOLockedValueBox<[Packet]>([])
    private let connections = NIOLockedValueBox<[Int32]>([])

    package init(_ script: @escaping Script) {
        self.script = script
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listener = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(descriptor, address, length) == 0 && listen(descriptor, 64) == 0)
                getsockname(descriptor, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        Task { try? await blocking { self.takeConnections() } }
    }

    /// Every packet so far, in the order of their arrival.
    package var received: [Packet] { packets.withLockedValue { $0 } }

    /// Sends something on its own account, on every connection.
    package func send(_ bytes: [UInt8]) {
        for descriptor in connections.withLockedValue({ $0 }) {
            _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// Ends all connections as a crash would.
    package func drop() {
        for descriptor in connections.withLockedValue({ $0 }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        drop()
    }

    private func takeConnections() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            let number = connections.withLockedValue { connections in
                connections.append(descriptor)
                return connections.count
            }
            Task { try? await blocking { self.serve(descriptor, number) } }
        }
        close(listener)
    }

    private func serve(_ descriptor: Int32, _ connection: Int) {
        var level: UInt8 = 0
        while let packet = read(descriptor, connection, &level) {
            packets.withLockedValue { $0.append(packet) }
            for action in script(packet) ?? [.send(Self.goodAnswer(to: packet))] {
                switch action {
                case .send(let bytes): _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                case .close: shutdown(descriptor, Int32(SHUT_RDWR))
                case .ignore: continue
                }
            }
        }
        // Left open until the broker goes: its number must not become somebody else's while `send` may use it.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private static func goodAnswer(to packet: Packet) -> [UInt8] {
        let isFive = packet.level == 5
        switch packet.kind {
        case .connect: return isFive ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]
        case .publish: return packet.isAcknowledged ? acknowledgement(of: packet) : []
        case .subscribe: return [0x90, isFive ? 4 : 3] + packet.identifier + (isFive ? [0, 1] : [1])
        case .unsubscribe: return [0xB0, isFive ? 4 : 2] + packet.identifier + (isFive ? [0, 0] : [])
        case .ping: return [0xD0, 0]
        case .acknowledgement, .disconnect: return []
        }
    }

    /// A PUBACK, under MQTT 5 with a reason.
    package static func acknowledgement(of packet: Packet, reason: UInt8 = 0) -> [UInt8] {
        reason == 0 ? [0x40, 2] + packet.identifier : [0x40, 4] + packet.identifier + [reason, 0]
    }

    /// A SUBACK for one filter.
    package static func subscribed(_ packet: Packet, reason: UInt8) -> [UInt8] {
        [0x90, packet.level == 5 ? 4 : 3] + packet.identifier + (packet.level == 5 ? [0, reason] : [reason])
    }

    /// A CONNACK that refuses.
    package static func refusal(_ packet: Packet, reason: UInt8) -> [UInt8] {
        packet.level == 5 ? [0x20, 3, 0, reason, 0] : [0x20, 2, 0, reason]
    }

    /// A DISCONNECT of MQTT 5.
    package static func disconnect(reason: UInt8) -> [UInt8] { [0xE0, 2, reason, 0] }

    private func read(_ descriptor: Int32, _ connection: Int, _ level: inout UInt8) -> Packet? {
        guard let first = bytes(1, from: descriptor)?.first else { return nil }
        var count = 0
        var shift = 0
        while true {
            guard let byte = bytes(1, from: descriptor)?.first else { return nil }
            count |= Int(byte & 0x7F) << shift
            shift += 7
            if byte & 0x80 == 0 { break }
        }
        guard let body = bytes(count, from: descriptor), let kind = Packet.Kind(rawValue: first >> 4) else {
            return nil
        }
        // The name of the protocol with its length, then its level.
        if kind == .connect { level = body[6] }
        return Packet(kind: kind, connection: connection, level: level, body: body, flags: first & 0x0F)
    }

    private func bytes(_ count: Int, from descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            var part = [UInt8](repeating: 0, count: count - filled)
            let got = recv(descriptor, &part, part.count, 0)
            guard got > 0 else { return nil }
            bytes.replaceSubrange(filled..<(filled + got), with: part[..<got])
            filled += got
        }
        return bytes
    }

    deinit { for descriptor in connections.withLockedValue({ $0 }) { close(descriptor) } }
}
