import Glibc

/// A plain blocking socket, to send what no client would.
package final class RawSocket: Sendable {
    /// Said in place of the end when a peer leaves the connection open for a minute.
    package static let stillOpen = "<still open>"

    private let descriptor: Int32
    /// Whether the connection came about.
    package let isConnected: Bool

    /// Connects; an address with a colon is one of IPv6.
    ///
    /// - Parameters:
    ///   - port: where to.
    ///   - host: the address, none but a number.
    ///   - source: the address of this machine to come from; every one that begins with 127 is.
    package init(port: Int, host: String = "127.0.0.1", from source: String? = nil) {
        let isIPv6 = host.contains(":")
        descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let descriptor = descriptor
        if let source { _ = Self.with(source, port: 0) { bind(descriptor, $0, $1) } }
        isConnected = Self.with(host, port: port) { connect(descriptor, $0, $1) } == 0
    }

    deinit { close(descriptor) }

    private static func with(_ host: String, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32
    {
        if host.contains(":") {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = UInt16(port).bigEndian
            inet_pton(AF_INET6, host, &address.sin6_addr)
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Whether the system took it all.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Nothing more will be sent.
    package func endOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Everything up to the end of the connection.
    package func readAll() async -> String { await read(.max) }

    /// Reads so many bytes, or what comes before the end.
    package func read(_ count: Int) async -> String { await aside { self.readNow(upTo: count) } }

    /// Sends, and reads everything.
    package func exchange(_ bytes: [UInt8]) async -> String {
        await aside {
            self.send(bytes)
            return self.readNow()
        }
    }

    /// Sends the same again and again until the peer does not take it any more, at most so often; returns how often it did.
    package func flood(_ bytes: [UInt8], atMost limit: Int) async -> Int {
        await aside { (0..<limit).first { _ in !self.send(bytes) } ?? limit }
    }

    /// On a thread of its own.
    private func aside<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        do {
            return try await blocking(work)
        } catch {
            preconditionFailure("the work throws nothing")
        }
    }

    /// The same on this thread.
    package func readNow(upTo limit: Int = .max) -> String {
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while all.count < limit {
            let count = recv(descriptor, &part, min(part.count, limit - all.count), 0)
            if count < 0, errno == EAGAIN { return String(decoding: all, as: UTF8.self) + Self.stillOpen }
            guard count > 0 else { break }
            all += part[..<count]
        }
        return String(decoding: all, as: UTF8.self)
    }
}
