import GatewayTestSupport
import Glibc
import LockDomain
import LoqedSimulator
import LoqedWire
import Testing

/// A simulated bridge on port 80 of an address of its own.
final class HomeBridge: Sendable {
    let namespace: Namespace
    private let folder = TemporaryFolder()
    private let process: ChildProcess

    init(in namespace: Namespace, subnet: Int, number: Int) async throws {
        self.namespace = namespace
        try await namespace.ip("address add 10.77.\(subnet).\(number)/24 dev wlan0")
        try await namespace.ip("address add fd77:\(subnet)::\(number)/64 dev wlan0")
        // The machine itself is the only other one on its second link.
        if subnet != 3 { try await Home.addDefaultRoutes(to: namespace, via: subnet) }
        // The address `::` takes IPv4 as well.
        process = try await namespace.start(
            try Binary.path,
            ["simulate", "--listen", ":::80", "--control", "127.0.0.1:8081", "--speed", "20"],
            output: "\(folder.path)/log"
        )
        try await eventually("the simulator listens") { try await namespace.perform { FreePort.isTaken(8081) } }
    }

    /// Gives it another address, as a DHCP server would; it may have no router any more.
    func move(from old: String, to new: String) async throws {
        try await namespace.ip("address del \(old)/24 dev wlan0")
        try await namespace.ip("address add \(new)/24 dev wlan0")
    }

    /// A line of control.
    @discardableResult
    func control(_ line: String) async throws -> String {
        try await namespace.output(of: "curl", ["-sf", "-d", line, "http://127.0.0.1:8081/control"])
    }

    /// The URLs on its list of webhooks.
    func webhooks() async throws -> [String] {
        let key = try BridgeKey(base64: SimulatorConfiguration.demoBridgeKey)
        let request = BridgeRequest.listWebhooks(key: key, at: UnixTime(seconds: Int64(time(nil))))
        let fields = request.fields.flatMap { ["-H", "\($0.name): \($0.value)"] }
        let text = try await namespace.output(of: "curl", ["-sf"] + fields + ["http://127.0.0.1\(request.target)"])
        return try WebhookEntry.list(body: Array(text.utf8)).map(\.url)
    }

    func hasWebhooks(_ urls: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        var found: [String] = []
        try await eventually(
            "the bridge has the webhooks \(urls)",
            within: .seconds(5),
            sourceLocation: sourceLocation
        ) {
            found = try await webhooks()
            return found.sorted() == urls.sorted()
        }
        #expect(found.sorted() == urls.sorted(), sourceLocation: sourceLocation)
    }

    /// How many requests it has had that our keys sign: commands and changes of the list of webhooks.
    func signedRequests() async throws -> Int {
        let report = try await namespace.output(of: "curl", ["-sf", "http://127.0.0.1:8081/control/report"])
        let requests = try #require(report.firstRange(of: "\"requests\":{"))
        let numbers = report[requests.upperBound...].prefix { $0 != "}" }
        let signed = ["to_lock", "list", "create", "delete"].map { "\"\($0)\":" }
        return numbers.split(separator: ",").filter { part in signed.contains { part.hasPrefix($0) } }
            .compactMap { part in part.split(separator: ":").last.flatMap { Int($0) } }
            .reduce(0, +)
    }
}
