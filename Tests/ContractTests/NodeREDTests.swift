import GatewayTestSupport
import Glibc
import Testing

/// The flow file, whose own function nodes are run by Node.js with the MQTT client that Node-RED uses.
@Suite(.enabled(if: Namespace.isAvailable, Namespace.requirement)) struct `The flow for Node-RED` {
    @Test func `commands, shows and tells`() async throws {
        let home = try await Household()
        let gateway = try await home.startGatewayAndWait()
        let output = "\(home.folder.path)/flow"
        let test = try await home.namespace.start(
            "env",
            [
                // Where Debian keeps the libraries of Node.js, for one that is not Debian's.
                "NODE_PATH=/usr/share/nodejs", "node", "--test-reporter=tap",
                "\(Contract.root)/Tests/ContractTests/Peers/node-red/flow.test.js",
                "\(Contract.root)/docs/node-red/loqed.json",
            ],
            output: output
        )
        let code = await test.ended()
        let text = TemporaryFolder.read(output)
        #expect(code == 0, "It takes Debian's nodejs and node-mqtt.\n\(text)")
        #expect(text.contains("# pass 12\n"), "all of them have run: \(text)")
        await home.end(gateway)
    }
}
