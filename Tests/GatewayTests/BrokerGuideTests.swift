import GatewayTestSupport
import LockMessages
import Testing

@Suite struct `The guide to the broker` {
    private static let root = String(#filePath.prefix(upTo: #filePath.firstRange(of: "/Tests/")!.lowerBound))
    private let guide = TemporaryFolder.read("\(root)/docs/broker.md")

    @Test func `explains every code of a trouble with the broker, and no other`() {
        let rows = guide.split(separator: "\n").filter { $0.hasPrefix("| `broker_") }
        let explained = rows.flatMap { row in
            row.split(separator: "|")[0].split(separator: "`").filter { $0.hasPrefix("broker_") }.map(String.init)
        }
        #expect(explained.sorted() == Problem.Code.allCases.map(\.rawValue).filter { $0.hasPrefix("broker_") }.sorted())
    }

    /// The names of the files and of the broker are those of the guide.
    @Test func `makes certificates with which a broker and a client work`() async throws {
        let block = try #require(
            guide.split(separator: "```sh").first { $0.contains("openssl req -x509") }?.split(separator: "```").first
        )
        let folder = TemporaryFolder()
        let script = "set -e; cd \(folder.path)\n" + block.replacing("broker.lan", with: "localhost")
        #expect(await (try ChildProcess("bash", ["-c", script])).ended() == 0)
        let broker = try await TemporaryBroker(settings: [
            "allow_anonymous true", "cafile \(folder.path)/ca.pem", "certfile \(folder.path)/broker.pem",
            "keyfile \(folder.path)/broker.key",
        ])
        let publisher = try ChildProcess(
            "mosquitto_pub",
            ["-h", "localhost", "-p", "\(broker.port)", "--cafile", "\(folder.path)/ca.pem", "-t", "t", "-m", "x"]
        )
        #expect(await publisher.ended() == 0)
        await broker.stop()
    }
}
