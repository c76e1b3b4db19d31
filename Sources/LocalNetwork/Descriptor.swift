import Glibc

/// An open file that closes with its owner.
struct Descriptor: ~Copyable {
    let number: Int32

    /// Takes over an open file; absent when there is none.
    init?(owning number: Int32) {
        guard number >= 0 else { return nil }
        self.number = number
    }

    deinit { close(number) }

    /// Sets an option whose value is one number; false when the kernel refuses it.
    @discardableResult
    borrowing func set(_ level: Int32, _ option: Int32, _ value: Int32) -> Bool {
        var value = value
        return unsafe setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
    }

    /// Sets an option whose value is a C structure; false when the kernel refuses it.
    borrowing func set(_ level: Int32, _ option: Int32, structure: [UInt8]) -> Bool {
        unsafe setsockopt(number, level, option, structure, socklen_t(structure.count)) == 0
    }
}

// MARK: - Netlink

extension Descriptor {
    enum NetlinkReading {
        case datagram([UInt8])
        /// From another process, not from the kernel: to be passed over.
        case foreign
        /// An errno.
        case failure(Int32)
    }

    /// A routing socket.
    ///
    /// - Parameter groups: the events that it hears; none for questions alone.
    /// - Returns: the socket, bound.
    /// - Throws: `unusable` with the reason.
    static func netlink(groups: UInt32) throws(KernelFailure) -> Descriptor {
        let kind = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard let socket = Descriptor(owning: Glibc.socket(AF_NETLINK, kind, 0)) else { throw .unusable(errno) }
        // struct sockaddr_nl; the kernel chooses our number.
        var address: [UInt8] = []
        address.appendNative(UInt16(AF_NETLINK))
        address.appendNative(UInt16(0))
        address.appendNative(UInt32(0))
        address.appendNative(groups)
        let code = unsafe address.withUnsafeBytes { bytes in
            unsafe bind(
                socket.number,
                bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count)
            )
        }
        guard code == 0 else { throw .unusable(errno) }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(
            socket.number,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &limit,
            socklen_t(MemoryLayout<timeval>.size)
        )
        return socket
    }

    /// Waits for a datagram, at most five seconds.
    borrowing func receiveNetlink(room: Int, flags: Int32 = 0) -> NetlinkReading {
        var bytes = [UInt8](repeating: 0, count: room)
        var sender = [UInt8](repeating: 0, count: 12)
        var length = socklen_t(sender.count)
        let number = number
        let count = unsafe sender.withUnsafeMutableBytes { sender in
            let address = unsafe sender.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return unsafe recvfrom(number, &bytes, room, flags | Int32(MSG_TRUNC), address, &length)
        }
        guard count >= 0 else { return .failure(errno) }
        // Anybody may send to us; the kernel's number is 0.
        guard length == 12, sender[4..<8].allSatisfy({ $0 == 0 }) else { return .foreign }
        guard count <= room else { return .failure(EMSGSIZE) }
        bytes.removeLast(room - count)
        return .datagram(bytes)
    }
}

// MARK: - Waking

/// Wakes a thread that waits in `poll`.
final class WakePipe: Sendable {
    let reader: Int32
    private let writer: Int32

    /// Absent when no more files may be opened.
    init?() {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
        reader = ends[0]
        writer = ends[1]
    }

    deinit {
        close(reader)
        close(writer)
    }

    /// Ends the wait, now or the next one; callable from any thread.
    ///
    /// A wake is for good: nobody reads it away.
    func wake() {
        var byte: UInt8 = 1
        _ = unsafe send(writer, &byte, 1, Int32(MSG_NOSIGNAL))
    }
}

/// An open file that closes when nobody holds it any more.
final class SharedDescriptor: Sendable {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    var number: Int32 { descriptor.number }

    func receive() -> Descriptor.NetlinkReading {
        descriptor.receiveNetlink(room: 64 * 1024, flags: Int32(MSG_DONTWAIT))
    }
}
