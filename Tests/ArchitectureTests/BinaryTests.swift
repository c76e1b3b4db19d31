import GatewayTestSupport
import Testing

@Suite struct `The binary` {
    @Test func `needs no full Foundation`() async throws {
        let folder = TemporaryFolder()
        let output = "\(folder.path)/libraries"
        #expect(await (try ChildProcess("ldd", [try Binary.path], output: output)).ended() == 0)
        let libraries = TemporaryFolder.read(output)
        #expect(libraries.contains("libmosquitto.so"), "it is the right binary")
        #expect(!libraries.contains("libFoundation.so"))
        #expect(!libraries.contains("libFoundationInternationalization"))
        #expect(!libraries.contains("FoundationICU"))
    }

    @Test func `checks the configuration that it comes with`() async throws {
        let (code, output) = try await Binary.run(["check", "--config", "\(Repository.root)/gateway.yaml"])
        #expect(code == 0)
        #expect(output == "\(Repository.root)/gateway.yaml is good: 1 lock, broker 127.0.0.1:1883\n")
    }

    @Test func `reports mistakes with file, line, key and reason, and ends with 78`() async throws {
        let folder = TemporaryFolder()
        let file = folder.write("mqtt:\n  host: 127.0.0.1\n  prot: 1883\nlocks: []\n", to: "gateway.yaml")
        for command in ["check", "run"] {
            let (code, output) = try await Binary.run([command, "--config", file])
            #expect(code == 78)
            #expect(output.contains("\(file):3:3: mqtt.prot: is not a key that exists here\n"))
            #expect(output.contains("\(file):4:"))
        }
    }

    @Test func `ends with 66 when there is no configuration`() async throws {
        let folder = TemporaryFolder()
        let (code, output) = try await Binary.run(["run", "--config", "\(folder.path)/gateway.yaml"])
        #expect(code == 66)
        #expect(output.hasPrefix("\(folder.path)/gateway.yaml: does not exist\n"))
    }

    @Test(arguments: [
        ["--help"], ["run", "--help"], ["check", "--help"], ["acl", "--help"], ["simulate", "--help"],
        ["webhooks", "--help"],
    ])
    func `has help for every command`(arguments: [String]) async throws {
        let (code, output) = try await Binary.run(arguments)
        #expect(code == 0)
        #expect(output.contains("USAGE: loqed-gateway"))
    }

    @Test func `ends with 64 when it is called wrongly`() async throws {
        #expect(try await Binary.run(["fly"]).code == 64)
        #expect(try await Binary.run(["simulate", "--speed", "0"]).code == 64)
    }
}
