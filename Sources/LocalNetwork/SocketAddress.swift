import Glibc

/// An address and a port as the kernel takes them: `struct sockaddr_in` or `sockaddr_in6`.
struct SocketAddress: Hashable, Sendable {
    let address: IPAddress
    let port: UInt16
    /// The index of the link, 0 for none.
    let scope: UInt32

    init(_ address: IPAddress, port: UInt16, scope: UInt32 = 0) {
        self.address = address
        self.port = port
        self.scope = scope
    }

    /// Absent for what is no address of the internet.
    init?(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let family = reader.native16(), let port = reader.network16() else { return nil }
        switch Int32(family) {
        case AF_INET:
            guard let bytes = reader.take(4), let address = IPAddress(bytes: bytes) else { return nil }
            self.init(address, port: port)
        case AF_INET6:
            guard reader.network32() != nil, let bytes = reader.take(16), let scope = reader.native32(),
                let address = IPAddress(bytes: bytes)
            else { return nil }
            self.init(address, port: port, scope: scope)
        default: return nil
        }
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendNative(UInt16(address.family.number))
        bytes.appendNetwork(port)
        switch address.family {
        case .v4: bytes += address.bytes + [UInt8](repeating: 0, count: 8)
        case .v6:
            bytes.appendNetwork(UInt32(0))
            bytes += address.bytes
            bytes.appendNative(scope)
        }
        return bytes
    }
}

extension Descriptor {
    /// A UDP socket that does not wait; absent when the kernel refuses.
    ///
    /// - Parameters:
    ///   - local: its own address; port 0 lets the kernel choose one.
    ///   - isShared: whether other programs that say the same may have this address and port too.
    /// - Returns: the socket, bound.
    static func datagrams(at local: SocketAddress, isShared: Bool = false) -> Descriptor? {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard let socket = Descriptor(owning: Glibc.socket(Int32(local.address.family.number), kind, 0)) else {
            return nil
        }
        if local.address.family == .v6 { socket.set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        if isShared { socket.set(SOL_SOCKET, SO_REUSEADDR, 1) }
        let code = unsafe local.bytes.withUnsafeBytes { bytes in
            unsafe bind(
                socket.number,
                bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count)
            )
        }
        guard code == 0 else { return nil }
        return socket
    }

    /// Sends one datagram; false when the kernel does not take it.
    borrowing func send(_ datagram: [UInt8], to receiver: SocketAddress) -> Bool {
        let number = number
        return unsafe receiver.bytes.withUnsafeBytes { bytes in
            let address = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return unsafe sendto(number, datagram, datagram.count, 0, address, socklen_t(bytes.count))
        } == datagram.count
    }

    /// Takes a datagram that has come, absent when there is none.
    ///
    /// - Parameter room: in bytes; a longer one is passed over as empty.
    /// - Returns: the datagram and its sender.
    borrowing func receive(room: Int) -> (datagram: [UInt8], sender: SocketAddress)? {
        var bytes = [UInt8](repeating: 0, count: room)
        var sender = [UInt8](repeating: 0, count: 28)
        var length = socklen_t(sender.count)
        let number = number
        let count = unsafe sender.withUnsafeMutableBytes { sender in
            let address = unsafe sender.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return unsafe recvfrom(number, &bytes, room, Int32(MSG_TRUNC), address, &length)
        }
        guard count >= 0, let from = SocketAddress(Array(sender.prefix(Int(length)))) else { return nil }
        bytes.removeLast(count <= room ? room - count : room)
        return (bytes, from)
    }
}
