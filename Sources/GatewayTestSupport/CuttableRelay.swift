import Glibc
import NIOConcurrencyHelpers

/// Stands between clients and a server on loopback, and cuts what runs through it.
package final class CuttableRelay: Sendable {
    /// How a connection is brought to its end.
    package enum Cut: Sendable {
        case now
        /// After so many more bytes of the client have reached the server: in the middle of a packet, most likely.
        case afterBytes(Int)
    }

    fileprivate struct Line {
        let client: Int32
        let server: Int32
        var bytesLeft: Int?
        var isMute = false
    }

    fileprivate struct State {
        var lines: [Int: Line] = [:]
        var count = 0
        /// Absent while nobody can connect.
        var listener: Int32?
        var isShut = false
        var turnedAway = 0
    }

    package let port: Int
    private let serverPort: Int
    private let state = NIOLockedValueBox(State())

    /// Begins to take connections and to pass them on to that port.
    package init(to serverPort: Int) {
        self.serverPort = serverPort
        let (listener, port) = Self.listen(on: 0)
        self.port = port
        state.withLockedValue { $0.listener = listener }
        Thread.start { [self] in takeConnections(listener) }
    }

    /// Ends everything.
    package func stop() {
        close()
        cutAll()
    }

    /// How many connections run through it.
    package var connections: Int { state.withLockedValue { $0.lines.count } }

    /// How many connections have ended as they began.
    package var turnedAway: Int { state.withLockedValue { $0.turnedAway } }

    /// From now on new connections end as they begin, as at a port that leads nowhere; those that are there go on.
    package func shut() { state.withLockedValue { $0.isShut = true } }

    /// From now on new connections are taken.
    package func open() {
        let isListening = state.withLockedValue { state in
            state.isShut = false
            return state.listener != nil
        }
        guard !isListening else { return }
        let (listener, _) = Self.listen(on: port)
        state.withLockedValue { $0.listener = listener }
        Thread.start { [self] in takeConnections(listener) }
    }

    /// From now on new connections are refused; those that are there go on.
    package func close() {
        let listener = state.withLockedValue { state in
            defer { state.listener = nil }
            return state.listener
        }
        // Its thread closes it.
        if let listener { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    /// From now on clients hear nothing of the server on the connections that are there.
    package func mute() {
        state.withLockedValue { state in
            for number in state.lines.keys { state.lines[number]?.isMute = true }
        }
    }

    /// Cuts every connection that is there.
    package func cutAll(_ cut: Cut = .now) {
        state.withLockedValue { state in
            for number in state.lines.keys { state.cut(number, cut) }
        }
    }

    /// Cuts what is mute, or to be cut and is not.
    package func cutCrippled() {
        state.withLockedValue { state in
            for (number, line) in state.lines where line.isMute || line.bytesLeft != nil { state.cut(number, .now) }
        }
    }

    /// Cuts one connection, the oldest of those at this place when they are counted in a circle.
    package func cutOne(_ place: Int, _ cut: Cut = .now) {
        state.withLockedValue { state in
            let numbers = state.lines.keys.sorted()
            if !numbers.isEmpty { state.cut(numbers[place % numbers.count], cut) }
        }
    }

    // MARK: On threads of their own

    private static func listen(on port: Int) -> (listener: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        let taken = Loopback.with(port: port) { address, length in
            precondition(bind(descriptor, address, length) == 0, "no port")
            precondition(Glibc.listen(descriptor, 64) == 0, "no listener")
            var length = length
            getsockname(descriptor, address, &length)
        }
        return (descriptor, taken)
    }

    private func takeConnections(_ listener: Int32) {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            let isShut = state.withLockedValue { state in
                if state.isShut { state.turnedAway += 1 }
                return state.isShut
            }
            let server = isShut ? -1 : connectToServer()
            guard server >= 0 else {
                Glibc.close(client)
                continue
            }
            let number = state.withLockedValue { state -> Int? in
                guard state.listener == listener else { return nil }
                state.count += 1
                state.lines[state.count] = Line(client: client, server: server)
                return state.count
            }
            guard let number else {
                Glibc.close(client)
                Glibc.close(server)
                break
            }
            Thread.start { [self] in relay(number, client: client, server: server) }
        }
        Glibc.close(listener)
    }

    private func connectToServer() -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var outcome: Int32 = -1
        _ = Loopback.with(port: serverPort) { outcome = connect(descriptor, $0, $1) }
        guard outcome == 0 else {
            Glibc.close(descriptor)
            return -1
        }
        return descriptor
    }

    private func relay(_ number: Int, client: Int32, server: Int32) {
        for descriptor in [client, server] {
            var isOn: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        var waits = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&waits, 2, -1) >= 0 {
            let hasNews = waits.map { $0.revents != 0 }
            if hasNews[0], !passOn(number, from: client, to: server, isUpstream: true, &buffer) { break }
            if hasNews[1], !passOn(number, from: server, to: client, isUpstream: false, &buffer) { break }
        }
        state.withLockedValue { $0.lines[number] = nil }
        for descriptor in [client, server] {
            // A broker that was started meanwhile may hold it open: a close alone would not tell the other side.
            shutdown(descriptor, Int32(SHUT_RDWR))
            Glibc.close(descriptor)
        }
    }

    /// Says whether the connection goes on.
    private func passOn(
        _ number: Int,
        from source: Int32,
        to target: Int32,
        isUpstream: Bool,
        _ buffer: inout [UInt8]
    ) -> Bool {
        let count = recv(source, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        let (allowed, goesOn) = state.withLockedValue { $0.allow(count, on: number, isUpstream: isUpstream) }
        var sent = 0
        while sent < allowed {
            let part = buffer.withUnsafeBytes {
                send(target, $0.baseAddress! + sent, allowed - sent, Int32(MSG_NOSIGNAL))
            }
            guard part > 0 else { return false }
            sent += part
        }
        return goesOn
    }
}

extension CuttableRelay.State {
    fileprivate mutating func cut(_ number: Int, _ cut: CuttableRelay.Cut) {
        switch cut {
        case .afterBytes(let count): lines[number]?.bytesLeft = count
        case .now:
            // Its thread closes the sockets: closed from here, their numbers could be another's by the time it uses them.
            guard let line = lines.removeValue(forKey: number) else { return }
            shutdown(line.client, Int32(SHUT_RDWR))
            shutdown(line.server, Int32(SHUT_RDWR))
        }
    }

    /// How many of the bytes may pass, and whether more may follow.
    fileprivate mutating func allow(_ count: Int, on number: Int, isUpstream: Bool) -> (Int, Bool) {
        guard let line = lines[number] else { return (0, false) }
        guard isUpstream else { return (line.isMute ? 0 : count, true) }
        guard let left = line.bytesLeft else { return (count, true) }
        lines[number]?.bytesLeft = max(0, left - count)
        return (min(left, count), left > count)
    }
}

private enum Loopback {
    /// Calls with an address of 127.0.0.1; returns the port that stands in it afterwards.
    static func with(port: Int, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Void) -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
    }
}
