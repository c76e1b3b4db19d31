import Glibc
import NIOConcurrencyHelpers
import NIOCore

/// A port that this process holds and on which it takes no connection: for simulators of servers that are gone.
package final class DeadPort: Sendable {
    /// How a port is dead.
    package enum Kind: Hashable, Sendable {
        /// Connections are refused at once, as by a machine on which the server has ended.
        ///
        /// A server of this process can listen there all the same, and nobody else is given the port.
        case refusing
        /// Connections are neither taken nor refused, as by a machine without power.
        ///
        /// The queue of a listener that nobody reads is kept full, so the system drops whoever knocks.
        case silent
    }

    package let port: Int
    /// The socket that holds the port, and those that fill its queue.
    private let descriptors: NIOLockedValueBox<[Int32]>

    /// Takes the port; 0 is any.
    package init(_ kind: Kind, host: String, port: Int) throws(ListenFailure) {
        guard let address = try? SocketAddress.makeAddressResolvingHost(host, port: port) else { throw .noSuchAddress }
        let family = address.protocol == .inet6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .other(errno: errno) }
        do throws(ListenFailure) {
            let number = try Self.hold(address, with: descriptor)
            guard kind == .silent else {
                self.port = number
                descriptors = NIOLockedValueBox([descriptor])
                return
            }
            guard listen(descriptor, 0) == 0 else { throw .other(errno: errno) }
            let target = (try? SocketAddress.makeAddressResolvingHost(host, port: number)) ?? address
            let callers = (0..<8).map { _ in Self.knock(at: target, family: family) }
            self.port = number
            descriptors = NIOLockedValueBox([descriptor] + callers)
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { release() }

    /// Gives the port back.
    package func release() {
        let open = descriptors.withLockedValue { descriptors in
            defer { descriptors = [] }
            return descriptors
        }
        for descriptor in open where descriptor >= 0 {
            // Ends the listening also of a copy that a process just being started still has.
            shutdown(descriptor, Int32(SHUT_RDWR))
            close(descriptor)
        }
    }

    private static func hold(_ address: SocketAddress, with descriptor: Int32) throws(ListenFailure) -> Int {
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard address.withSockAddr({ bind(descriptor, $0, socklen_t($1)) }) == 0 else {
            throw ListenFailure(code: errno)
        }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
        }
        // The port stands at the same place in the addresses of both families, most significant byte first.
        return withUnsafeBytes(of: storage) { Int($0[2]) << 8 | Int($0[3]) }
    }

    /// Connects without waiting for it.
    private static func knock(at address: SocketAddress, family: Int32) -> Int32 {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, flags, 0)
        _ = address.withSockAddr { connect(descriptor, $0, socklen_t($1)) }
        return descriptor
    }
}
