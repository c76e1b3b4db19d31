import GatewayTestSupport
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import PlainHTTP

/// Requests as they go over the wire, and what happens to them on the way.
struct RequestNoise {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// Less than `limit`.
    mutating func pick(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(truncatingIfNeeded: state >> 33) % limit
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[pick(elements.count)] }

    /// A request that is well formed, mostly; some methods and paths besides the one that the tests ask for.
    mutating func request() -> [UInt8] {
        let body = [UInt8]((0..<pick(14)).map { _ in UInt8(pick(256)) })
        let method = pick(["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS"])
        let target = pick(
            ["/", "/loqed/front_door", "/a?b=%20c", "/b/"] + pick([[], [], [], ["/a//b", "/../x", "*"]])
        )
        var text = "\(method) \(target) HTTP/1.\(pick([1, 1, 1, 0]))\r\n"
        let lines =
            [
                "Host: x", "Connection: close", "Connection: keep-alive", "Expect: 100-continue", "X:", "X: \t y ",
                "TIMESTAMP: 17",
            ]
            + pick([
                [], [], [], ["Content-Length: 3", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", " folded"],
            ])
        for _ in 0..<pick(4) { text += pick(lines) + "\r\n" }
        switch pick(4) {
        case 0: return Array((text + "\r\n").utf8)
        case 1, 2: return Array("\(text)Content-Length: \(body.count)\r\n\r\n".utf8) + body
        default:
            var bytes = Array("\(text)Transfer-Encoding: chunked\r\n\r\n".utf8)
            for chunk in stride(from: 0, to: body.count, by: 5).map({ body[$0..<min($0 + 5, body.count)] }) {
                let size = String(chunk.count, radix: 16) + pick(["", "", ";a=b", ";c"])
                bytes += Array("\(size)\r\n".utf8) + chunk + Array("\r\n".utf8)
            }
            return bytes + Array(pick(["0\r\n\r\n", "000\r\n\r\n", "0\r\nX: y\r\n\r\n"]).utf8)
        }
    }

    /// Changes a few bytes, moves some, loses some.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let telling: [UInt8] = [0, 9, 10, 13, 32, 37, 43, 45, 46, 47, 48, 49, 58, 59, 63, 127, 255]
        for _ in 0..<(1 + pick(3)) where !bytes.isEmpty {
            let place = pick(bytes.count)
            switch pick(6) {
            case 0: bytes[place] = UInt8(pick(256))
            case 1: bytes[place] = pick(telling)
            case 2: bytes.insert(pick(telling), at: place)
            case 3: bytes.remove(at: place)
            case 4: bytes.removeSubrange(place..<min(place + 1 + pick(8), bytes.count))
            default: bytes.insert(contentsOf: bytes[place..<min(place + 1 + pick(20), bytes.count)], at: place)
            }
        }
        return bytes
    }
}

@Suite struct `The reader of requests` {
    /// What one connection brought: requests, and perhaps the refusal that ended it.
    private struct Outcome: Hashable {
        var heads: [ParsedHead] = []
        var bodies: [[UInt8]] = []
        var refusal: HTTPRefusal?
    }

    private func read(_ bytes: [UInt8], cutAt cuts: (Int) -> Int) -> Outcome {
        var (outcome, parser, buffer) = (Outcome(), HTTPRequestParser(), ByteBuffer())
        var rest = bytes[...]
        do throws(HTTPRefusal) {
            while !rest.isEmpty {
                let part = rest.prefix(cuts(rest.count))
                rest = rest.dropFirst(part.count)
                buffer.writeBytes(part)
                while let step = try parser.next(&buffer) {
                    switch step {
                    case .head(let head):
                        outcome.heads.append(head)
                        try parser.admitBody(upTo: 10)
                    case .end(let body): outcome.bodies.append(body)
                    }
                }
            }
        } catch {
            outcome.refusal = error
        }
        return outcome
    }

    /// The requests that another implementation reads from the same bytes, up to its first complaint.
    private func readByAnother(_ bytes: [UInt8]) -> [(head: HTTPRequestHead, body: [UInt8])] {
        let channel = EmbeddedChannel(
            handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
        )
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        var requests: [(head: HTTPRequestHead, body: [UInt8])] = []
        var current: (head: HTTPRequestHead, body: [UInt8])?
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head): current = (head, [])
            case .body(let body): current?.body += body.readableBytesView
            case .end:
                if let whole = current { requests.append(whole) }
                current = nil
            }
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return requests
    }

    @Test func `finds the same however the bytes are cut`() async throws {
        // Long work, on a thread of its own: the servers of other tests need the pool.
        try await blocking { self.compareCuts() }
    }

    private func compareCuts() {
        for seed in 1...4000 {
            var noise = RequestNoise(seed: UInt64(seed))
            var bytes = noise.request() + noise.request()
            if noise.pick(2) == 0 { bytes = noise.mutated(bytes) }
            let whole = read(bytes) { $0 }
            #expect(read(bytes) { _ in 1 } == whole, "seed \(seed)")
            #expect(read(bytes) { 1 + noise.pick($0) } == whole, "seed \(seed)")
        }
    }

    /// The other reader is laxer: it may take what ours refuses, never the reverse, and never see other bodies.
    @Test func `takes nothing that another implementation reads otherwise`() async throws {
        let taken = try await blocking { self.compareReaders() }
        #expect(taken > 10_000, "enough is well formed to say something")
    }

    /// Returns how many requests were compared.
    private func compareReaders() -> Int {
        var taken = 0
        for seed in 1...20_000 {
            var noise = RequestNoise(seed: UInt64(seed))
            var bytes = noise.request() + noise.request()
            if noise.pick(3) > 0 { bytes = noise.mutated(bytes) }
            let own = read(bytes) { $0 }
            let other = readByAnother(bytes)
            taken += own.bodies.count
            for (number, body) in own.bodies.enumerated() {
                let head = own.heads[number]
                // Methods are the responder's business here; the other knows only those of a list.
                guard ["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS"].contains(head.method) else { break }
                guard number < other.count else {
                    Issue.record(
                        "seed \(seed): the other refuses \(String(decoding: bytes, as: UTF8.self).debugDescription)"
                    )
                    break
                }
                #expect(other[number].body == body, "seed \(seed)")
                #expect(other[number].head.uri == head.target, "seed \(seed)")
                #expect(other[number].head.method.rawValue == head.method, "seed \(seed)")
                // Who says both is closed by us.
                let wishes = head.fields.all.filter { $0.name.lowercased() == "connection" }.map(\.value)
                if [[], ["close"], ["keep-alive"]].contains(wishes) {
                    #expect(other[number].head.isKeepAlive == head.isKeepAlive, "seed \(seed)")
                }
                #expect(other[number].head.headers.count == head.fields.all.count, "seed \(seed)")
                // What follows is another protocol to one of them.
                if !head.isKeepAlive { break }
            }
        }
        return taken
    }
}
