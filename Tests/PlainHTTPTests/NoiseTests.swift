import GatewayTestSupport
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@Suite struct `A server in the noise` {
    private let good = Array("POST /good HTTP/1.1\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngood".utf8)
    private let goodAnswer =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngood"

    /// One connection: some requests, whole, changed or cut off, perhaps in two pieces, or bytes without any sense.
    private static func stream(_ noise: inout RequestNoise) -> [UInt8] {
        switch noise.pick(8) {
        case 0: return (0..<noise.pick(600)).map { _ in UInt8(noise.pick(256)) }
        case 1: return Array(noise.request().dropLast(1 + noise.pick(20)))
        case 2, 3: return noise.request() + noise.request()
        default: return noise.mutated(noise.request() + noise.request())
        }
    }

    @Test(arguments: 1...4)
    func `answers each good request after three thousand others`(seed: Int) async throws {
        try await withServer { server, echo, port in
            var noise = RequestNoise(seed: UInt64(seed))
            var statuses: [String: Int] = [:]
            for number in 1...3000 {
                let bytes = Self.stream(&noise)
                let (cut, isReset) = (noise.pick(bytes.count + 1), noise.pick(10) == 0)
                let answer = try await blocking {
                    let socket = RawSocket(port: port)
                    socket.send(Array(bytes.prefix(cut)))
                    socket.send(Array(bytes.dropFirst(cut)))
                    socket.endOutput()
                    return isReset ? nil : socket.readNow()
                }
                if let answer { statuses[String(answer.prefix(12)), default: 0] += 1 }
                guard number.isMultiple(of: 500) else { continue }
                #expect(await RawSocket(port: port).exchange(good) == goodAnswer)
            }
            await eventually("all are gone") { server.statistics.open == 0 }
            // Every answer is one that the server knows; most kinds came up.
            let known: Set = [
                "", "HTTP/1.1 200", "HTTP/1.1 100", "HTTP/1.1 400", "HTTP/1.1 413", "HTTP/1.1 417", "HTTP/1.1 501",
                "HTTP/1.1 505",
            ]
            #expect(Set(statuses.keys).subtracting(known).isEmpty, "\(statuses)")
            #expect(statuses["HTTP/1.1 200", default: 0] > 300)
            #expect(statuses["HTTP/1.1 400", default: 0] > 300)
            #expect(echo.bodies.withLockedValue { $0.allSatisfy { $0.utf8.count <= 30 } })
            #expect(echo.bodies.withLockedValue { $0.filter { $0 == "good" }.count } == 6)
            #expect(server.statistics.timedOut == 0)
        }
    }
}
