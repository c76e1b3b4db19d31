import GatewayTestSupport
import Glibc
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

/// How long an answer takes, from the first step of the connection to its end, over real sockets.
///
/// A measurement, and no test: it runs when `LOQED_GATEWAY_BENCH` is set, best with an optimised build, and prints what it
/// found.
@Suite(.enabled(if: getenv("LOQED_GATEWAY_BENCH") != nil), .serialized) struct `The listener's answer times` {
    private static let perSender = 400

    private func measure(_ what: String, senders: Int) async throws {
        let door = try await Door()
        var times = try await Self.times(at: door, senders: senders)
        try await door.end()
        Self.print(what, &times)
    }

    private static func times(at door: Door, senders: Int) async throws -> [Duration] {
        let port = door.port
        return try await withThrowingTaskGroup(of: [Duration].self) { group in
            for sender in 0..<senders {
                group.addTask {
                    try await blocking {
                        let (clock, request) = (ContinuousClock(), webhook(for: "b"))
                        return (0..<perSender).map { _ in
                            clock.measure {
                                let socket = RawSocket(port: port, from: "127.0.5.\(1 + sender)")
                                socket.send(request)
                                #expect(socket.readNow().hasPrefix("HTTP/1.1 200 OK"))
                            }
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private static func print(_ what: String, _ times: inout [Duration]) {
        times.sort()
        func text(_ time: Duration) -> String { "\(time.components.attoseconds / 1_000_000_000_000) us" }
        let last = times.count - 1
        Swift.print(
            "\(what): p50 \(text(times[last / 2])), p99 \(text(times[last * 99 / 100])), max \(text(times[last]))"
        )
    }

    @Test(arguments: [1, 10, 50])
    func `of so many senders at once`(senders: Int) async throws {
        try await measure("\(senders) at once", senders: senders)
    }

    @Test func `under a flood from another address`() async throws {
        let door = try await Door()
        let (port, isOver, count) = (door.port, NIOLockedValueBox(false), NIOLockedValueBox(0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for kind in 0..<4 {
                group.addTask {
                    try await blocking {
                        let request = webhook(for: "a", isSigned: kind > 1)
                        var silent: [RawSocket] = []
                        while !isOver.withLockedValue({ $0 }) {
                            let socket = RawSocket(port: port, from: "127.0.0.2")
                            count.withLockedValue { $0 += 1 }
                            if kind == 0 {
                                silent.append(socket)
                                if silent.count > 200 { silent.removeFirst(100) }
                            } else {
                                socket.send(request)
                                _ = socket.readNow()
                            }
                        }
                    }
                }
            }
            await eventually("the flood is there") { door.server.statistics.accepted > 1000 }
            let clock = ContinuousClock()
            let (start, before) = (clock.now, count.withLockedValue { $0 })
            var times = try await Self.times(at: door, senders: 1)
            let rate = Double(count.withLockedValue { $0 } - before) / ((clock.now - start) / Duration.seconds(1))
            isOver.withLockedValue { $0 = true }
            try await group.waitForAll()
            Self.print("1 under a flood of \(Int(rate)) connections a second", &times)
        }
        try await door.end()
    }
}
