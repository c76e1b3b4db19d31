import Glibc
import NIOConcurrencyHelpers

/// A server over plain sockets that does one wrong thing to every connection, and keeps what it was sent.
package final class MisbehavingServer: Sendable {
    package enum Behaviour: Sendable {
        /// Reads the request, then sends these bytes and closes.
        case answer([UInt8])
        /// Reads the request, sends these bytes and leaves the connection open.
        case answerAndHang([UInt8])
        /// Reads the request, then resets the connection.
        case reset
        /// Closes each connection as soon as it is there.
        case closeAtOnce
        /// One byte of these after another, so slowly that nobody would wait for the end.
        case drip([UInt8])
        /// Never takes a connection: its queue is full, and packets vanish.
        case blackHole
    }

    package let port: Int
    private let listener: Int32
    private let requests = NIOLockedValueBox<[[UInt8]]>([])
    private let fillers = NIOLockedValueBox<[Int32]>([])
    private let isStopping = NIOLockedValueBox(false)
    private let behaviour: Behaviour

    package init(_ behaviour: Behaviour) {
        self.behaviour = behaviour
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let backlog: Int32 = if case .blackHole = behaviour { 0 } else { 64 }
        let descriptor = listener
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(descriptor, address, length) == 0 && listen(descriptor, backlog) == 0)
                getsockname(descriptor, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        if case .blackHole = behaviour { fillQueue() } else { startThread() }
    }

    deinit { stop() }

    /// What each connection has sent, whole.
    package var received: [String] { requests.withLockedValue { $0.map { String(decoding: $0, as: UTF8.self) } } }

    package func stop() {
        guard
            !isStopping.withLockedValue({ flag in
                defer { flag = true }
                return flag
            })
        else { return }
        // The thread closes the listener itself: closed from here, its number could be another server's by the time the
        // thread takes a connection from it.
        shutdown(listener, Int32(SHUT_RDWR))
        if case .blackHole = behaviour { close(listener) }
        for descriptor in fillers.withLockedValue({ $0 }) { close(descriptor) }
    }

    /// Connects until the system takes no more.
    private func fillQueue() {
        for _ in 0..<8 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = UInt16(port).bigEndian
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            fillers.withLockedValue { $0.append(descriptor) }
        }
    }

    private struct Job: Sendable {
        let listener: Int32
        let behaviour: Behaviour
        let requests: NIOLockedValueBox<[[UInt8]]>
        let isStopping: NIOLockedValueBox<Bool>
    }

    private final class Box {
        let job: Job

        init(_ job: Job) { self.job = job }
    }

    private func startThread() {
        let job = Job(listener: listener, behaviour: behaviour, requests: requests, isStopping: isStopping)
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let job = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().job
                while !job.isStopping.withLockedValue({ $0 }) {
                    let connection = accept(job.listener, nil, nil)
                    guard connection >= 0 else { break }
                    MisbehavingServer.serve(connection, job)
                }
                close(job.listener)
                return nil
            },
            Unmanaged.passRetained(Box(job)).toOpaque()
        )
        pthread_detach(thread)
    }

    private static func serve(_ connection: Int32, _ job: Job) {
        if case .closeAtOnce = job.behaviour {
            job.requests.withLockedValue { $0.append([]) }
            close(connection)
            return
        }
        let request = readRequest(connection)
        job.requests.withLockedValue { $0.append(request) }
        switch job.behaviour {
        case .answer(let bytes):
            _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            close(connection)
        case .answerAndHang(let bytes):
            _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            waitForPeer(connection)
        case .reset:
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            close(connection)
        case .drip(let bytes):
            for byte in bytes {
                guard send(connection, [byte], 1, Int32(MSG_NOSIGNAL)) == 1 else { break }
                usleep(50_000)
            }
            close(connection)
        case .closeAtOnce, .blackHole: close(connection)
        }
    }

    /// Reads a whole request, or what there is of one.
    private static func readRequest(_ connection: Int32) -> [UInt8] {
        var request: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while !isWhole(request) {
            let count = recv(connection, &part, part.count, 0)
            guard count > 0 else { break }
            request += part[..<count]
        }
        return request
    }

    private static func isWhole(_ request: [UInt8]) -> Bool {
        let parts = String(decoding: request, as: UTF8.self).split(separator: "\r\n\r\n", maxSplits: 1)
        guard let head = parts.first, request.count >= head.utf8.count + 4 else { return false }
        let lengths = head.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("content-length:") }
        let length = lengths.first.flatMap { Int($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) } ?? 0
        return request.count >= head.utf8.count + 4 + length
    }

    private static func waitForPeer(_ connection: Int32) {
        var byte: UInt8 = 0
        _ = recv(connection, &byte, 1, 0)
        close(connection)
    }
}
