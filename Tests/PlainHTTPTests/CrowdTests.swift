import GatewayTestSupport
import Glibc
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

private let good = Array("POST / HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi".utf8)
private let goodAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"

@Suite struct `A crowd` {
    @Test func `of one address keeps nobody out, not even of that address`() async throws {
        let peers = Peers()
        try await withServer(peers: peers) { limits in
            limits.connections = 16
            limits.connectionsPerAddress = 4
        } _: { server, echo, port in
            let silent = (0..<40).map { _ in RawSocket(port: port, from: "127.0.0.2") }
            await eventually("all have come") { server.statistics.accepted == 40 }
            #expect(await RawSocket(port: port, from: "127.0.0.3").exchange(good) == goodAnswer)
            #expect(await RawSocket(port: port, from: "127.0.0.2").exchange(good) == goodAnswer)
            // The last to come have their places; the first three are closed.
            #expect(server.statistics.displaced == 37)
            #expect(server.statistics.refused == 0)
            for socket in silent.prefix(37) { #expect(await socket.readAll() == "") }
            #expect(await silent[39].exchange(good) == goodAnswer)
            #expect(echo.bodies.withLockedValue { $0 } == ["hi", "hi", "hi"])
            #expect(peers.notices.withLockedValue { Set($0) } == ["crowded 127.0.0.2"])
        }
    }

    @Test func `of very many addresses keeps nobody out`() async throws {
        try await withServer {
            $0.connections = 16
            $0.connectionsPerAddress = 4
        } _: { server, _, port in
            var crowd = (0..<300).map { RawSocket(port: port, from: "127.0.\(1 + $0 / 200).\(1 + $0 % 200)") }
            for number in 0..<20 {
                crowd.append(RawSocket(port: port, from: "127.0.3.\(1 + number)"))
                #expect(await RawSocket(port: port, from: "127.0.0.9").exchange(good) == goodAnswer)
            }
            #expect(server.statistics.answered == [200: 20])
            #expect(server.statistics.open <= 17)
            #expect(crowd.count == 320)
        }
    }

    @Test func `pushes out no expected sender, however long that takes over its request`() async throws {
        try await withServer(peers: Peers(expecting: ["127.0.0.9"])) {
            $0.connections = 8
            $0.connectionsPerAddress = 4
        } _: { server, _, port in
            let bridge = RawSocket(port: port, from: "127.0.0.9")
            bridge.send(Array(good.prefix(30)))
            let crowd = (0..<200).map { RawSocket(port: port, from: "127.0.1.\(1 + $0)") }
            await eventually("all have come") { server.statistics.accepted == 201 }
            #expect(await bridge.exchange(Array(good.dropFirst(30))) == goodAnswer)
            #expect(crowd.count == 200)
        }
    }

    @Test func `on IPv6 counts as one sender`() async throws {
        try await withServer(at: "::1") {
            $0.connectionsPerAddress = 2
        } _: { server, echo, port in
            let silent = (0..<3).map { _ in RawSocket(port: port, host: "::1") }
            #expect(await silent[0].readAll() == "")
            #expect(server.statistics.displaced == 1)
            #expect(await silent[2].exchange(good) == goodAnswer)
            #expect(echo.seen.withLockedValue { $0 } == ["::1"])
        }
    }

    /// The system has fewer descriptors than the server has places: it waits and makes room, and does not spin.
    @Test(arguments: [18, 40])
    func `larger than the system allows is outlived`(descriptors: Int) async throws {
        let port = FreePort.any()
        // What other tests have open at this moment is none of the child's business, and counts.
        let script = """
            for file in /proc/$$/fd/*; do n=${file##*/}; if [ $n -gt 2 ]; then eval "exec $n>&-"; fi; done
            ulimit -n \(descriptors)
            exec "$0" simulate --listen 127.0.0.1:\(port) --control 127.0.0.1:\(FreePort.any())
            """
        let child = try ChildProcess("bash", ["-c", script, try Binary.path])
        await eventually("it listens") { FreePort.isTaken(port) }
        let crowd = (0..<100).map { _ in RawSocket(port: port) }
        let question = Array("GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
        for _ in 0..<5 {
            let answer = await RawSocket(port: port).exchange(question)
            #expect(answer.prefix(12) == "HTTP/1.1 200")
        }
        let before = Self.processorTime(of: child.identifier)
        try await Task.sleep(for: .seconds(1))
        // In hundredths of a second: a loop without a pause takes all there are.
        #expect(Self.processorTime(of: child.identifier) - before < 30)
        #expect(crowd.filter { $0.isConnected }.count == 100)
        child.send(SIGTERM)
        #expect(await child.ended() == 0)
    }

    private static func processorTime(of process: pid_t) -> Int {
        let fields =
            TemporaryFolder.read("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        return fields[11...12].compactMap { Int($0) }.reduce(0, +)
    }
}

@Suite struct `The address of a server` {
    @Test func `is the only one at which it can be reached`() async throws {
        try await withServer(at: "127.0.0.1") { _, _, port in
            #expect(await RawSocket(port: port).exchange(good) == goodAnswer)
            #expect(!RawSocket(port: port, host: "127.0.0.2").isConnected)
            #expect(!RawSocket(port: port, host: "::1").isConnected)
        }
        try await withServer(at: "127.0.0.2") { _, _, port in
            #expect(await RawSocket(port: port, host: "127.0.0.2").exchange(good) == goodAnswer)
            #expect(!RawSocket(port: port).isConnected)
        }
        try await withServer(at: "::1") { _, _, port in
            #expect(await RawSocket(port: port, host: "::1").exchange(good) == goodAnswer)
            #expect(!RawSocket(port: port).isConnected)
        }
    }

    @Test func `may be every one of IPv4`() async throws {
        try await withServer(at: "0.0.0.0") { _, echo, port in
            #expect(await RawSocket(port: port).exchange(good) == goodAnswer)
            #expect(await RawSocket(port: port, host: "127.0.0.2", from: "127.0.0.3").exchange(good) == goodAnswer)
            #expect(!RawSocket(port: port, host: "::1").isConnected)
            #expect(echo.seen.withLockedValue { $0 } == ["127.0.0.1", "127.0.0.3"])
        }
    }

    @Test func `may be every one of both families, and IPv4 is told as IPv4`() async throws {
        try await withServer(at: "::") { _, echo, port in
            #expect(await RawSocket(port: port).exchange(good) == goodAnswer)
            #expect(await RawSocket(port: port, host: "::1").exchange(good) == goodAnswer)
            #expect(echo.seen.withLockedValue { $0 } == ["127.0.0.1", "::1"])
        }
    }
}
