import Glibc
import NIOConcurrencyHelpers

/// A broker that knows MQTT 3.1.1 only: answers the CONNECT of any other with "unacceptable protocol version".
final class OldBroker: Sendable {
    let port: Int
    private let listener: Int32

    private final class Box {
        let listener: Int32

        init(_ listener: Int32) { self.listener = listener }
    }

    init() {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listener = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0)
                getsockname(descriptor, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { argument in
                let listener = Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().listener
                while true {
                    let connection = accept(listener, nil, nil)
                    guard connection >= 0 else { break }
                    var packet = [UInt8](repeating: 0, count: 512)
                    _ = recv(connection, &packet, packet.count, 0)
                    // Fixed header, length, "MQTT" with its length, then the protocol level.
                    let isKnown = packet[8] == 4
                    let answer: [UInt8] = [0x20, 2, 0, isKnown ? 0 : 1]
                    _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
                    if !isKnown { close(connection) }
                }
                close(listener)
                return nil
            },
            Unmanaged.passRetained(Box(descriptor)).toOpaque()
        )
        pthread_detach(thread)
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }
}
