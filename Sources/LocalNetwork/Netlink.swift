/// Numbers of the kernel's routing interface: linux/netlink.h, linux/rtnetlink.h, linux/if_addr.h, linux/if_link.h,
/// linux/neighbour.h.
///
/// They are part of Linux's stable interface; Swift's Glibc module does not have them.
enum Netlink {
    enum MessageType {
        static let error: UInt16 = 2
        static let done: UInt16 = 3
        static let overrun: UInt16 = 4
        static let newLink: UInt16 = 16
        static let deletedLink: UInt16 = 17
        static let getLink: UInt16 = 18
        static let newAddress: UInt16 = 20
        static let deletedAddress: UInt16 = 21
        static let getAddress: UInt16 = 22
        static let newRoute: UInt16 = 24
        static let deletedRoute: UInt16 = 25
        static let getRoute: UInt16 = 26
        static let newNeighbour: UInt16 = 28
        static let getNeighbour: UInt16 = 30
    }

    enum Flag {
        static let request: UInt16 = 0x1
        /// The answer changed while it was being given.
        static let interrupted: UInt16 = 0x10
        /// The whole table: `NLM_F_ROOT | NLM_F_MATCH`.
        static let dump: UInt16 = 0x300
    }

    /// Groups of events, `RTMGRP_…`.
    enum Group {
        static let link: UInt32 = 0x1
        static let addressV4: UInt32 = 0x10
        static let routeV4: UInt32 = 0x40
        static let addressV6: UInt32 = 0x100
        static let routeV6: UInt32 = 0x400
        static let all = link | addressV4 | routeV4 | addressV6 | routeV6
    }

    enum LinkAttribute {
        static let hardwareAddress: UInt16 = 1
        static let name: UInt16 = 3
        static let master: UInt16 = 10
        static let info: UInt16 = 18
        /// Inside `info`.
        static let infoKind: UInt16 = 1
    }

    enum AddressAttribute {
        static let address: UInt16 = 1
        static let local: UInt16 = 2
        static let flags: UInt16 = 8
    }

    enum RouteAttribute {
        static let destination: UInt16 = 1
        static let interface: UInt16 = 4
        static let gateway: UInt16 = 5
        static let preferredSource: UInt16 = 7
        /// A next hop of another family: two bytes of family, then the address.
        static let via: UInt16 = 18
    }

    enum NeighbourAttribute {
        static let destination: UInt16 = 1
        static let hardwareAddress: UInt16 = 2
    }
}

/// One message of a netlink datagram.
struct NetlinkMessage: Sendable {
    let type: UInt16
    let flags: UInt16
    let sequence: UInt32
    /// What follows the header.
    let payload: [UInt8]

    /// Whether and why the kernel refused: an errno, 0 for an acknowledgement; absent when this is no such message.
    var errorNumber: Int32? {
        guard type == Netlink.MessageType.error else { return nil }
        var reader = ByteReader(payload)
        return reader.native32().map { Int32(truncatingIfNeeded: $0).magnitude }.map { Int32(clamping: $0) }
    }

    /// The messages of a datagram, up to the first that does not fit its own length.
    ///
    /// - Parameter datagram: as it came from the kernel.
    /// - Returns: the messages; fewer than were sent when the datagram was cut.
    static func all(in datagram: [UInt8]) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        var reader = ByteReader(datagram)
        while let length = reader.native32(), let type = reader.native16(), let flags = reader.native16(),
            let sequence = reader.native32(), reader.native32() != nil
        {
            guard length >= 16, let payload = reader.take(Int(length) - 16) else { break }
            messages.append(NetlinkMessage(type: type, flags: flags, sequence: sequence, payload: payload))
            reader.skipAtMost(-Int(length) & 3)
        }
        return messages
    }
}

/// The attributes that follow a message's fixed part; of several of one type the last counts.
struct NetlinkAttributes {
    private var values: [UInt16: [UInt8]] = [:]

    init(_ reader: ByteReader) {
        var reader = reader
        while let length = reader.native16(), let type = reader.native16() {
            guard length >= 4, let value = reader.take(Int(length) - 4) else { break }
            // The two highest bits say "nested" and "network order".
            values[type & 0x3FFF] = value
            reader.skipAtMost(-Int(length) & 3)
        }
    }

    subscript(type: UInt16) -> [UInt8]? { values[type] }

    func number(_ type: UInt16) -> UInt32? {
        var reader = ByteReader(values[type] ?? [])
        return reader.native32()
    }

    func text(_ type: UInt16) -> String? {
        values[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    func nested(_ type: UInt16) -> NetlinkAttributes { NetlinkAttributes(ByteReader(values[type] ?? [])) }
}

/// A question to the kernel.
package struct NetlinkRequest: Sendable {
    private let type: UInt16
    private let flags: UInt16
    private var body: [UInt8]

    /// A request without attributes.
    ///
    /// - Parameters:
    ///   - type: one of `Netlink.MessageType`.
    ///   - flags: beyond `request`.
    ///   - header: the fixed part of the payload.
    init(_ type: UInt16, flags: UInt16 = 0, header: [UInt8]) {
        self.type = type
        self.flags = flags | Netlink.Flag.request
        body = header
    }

    /// Whether a whole table is asked for, so that the answer has an end of its own.
    var isDump: Bool { flags & Netlink.Flag.dump == Netlink.Flag.dump }

    mutating func append(_ attribute: UInt16, _ value: [UInt8]) {
        body.appendNative(UInt16(value.count + 4))
        body.appendNative(attribute)
        body += value
        body += [UInt8](repeating: 0, count: -value.count & 3)
    }

    mutating func append(_ attribute: UInt16, _ value: UInt32) {
        var bytes: [UInt8] = []
        bytes.appendNative(value)
        append(attribute, bytes)
    }

    /// As it goes to the kernel.
    func encoded(sequence: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendNative(UInt32(body.count + 16))
        bytes.appendNative(type)
        bytes.appendNative(flags)
        bytes.appendNative(sequence)
        bytes.appendNative(UInt32(0))
        return bytes + body
    }
}
