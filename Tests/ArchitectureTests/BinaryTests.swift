import FoundationEssentials
import GatewayTestSupport
import Testing

/// The command as it was built for these tests, or the one that `LOQED_GATEWAY_TEST_BINARY` names.
enum Binary {
    static var path: String {
        get throws {
            if let named = ProcessInfo.processInfo.environment["LOQED_GATEWAY_TEST_BINARY"] { return named }
            let own = try #require(CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments.first)
            let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            let path = "\(folder)/loqed-gateway"
            try #require(FileManager.default.fileExists(atPath: path), "\(path) is built with the tests")
            return path
        }
    }

    /// Runs the command to its end.
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> (code: Int32, output: String) {
        let folder = TemporaryFolder()
        let output = "\(folder.path)/output"
        let child = try ChildProcess(try path, arguments, environment: environment, output: output)
        return (await child.ended(), TemporaryFolder.read(output))
    }
}

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
        let (code, output) = try await Binary.run(["run", "--config", "/nonexistent/gateway.yaml"])
        #expect(code == 66)
        #expect(output.hasPrefix("/nonexistent/gateway.yaml: does not exist\n"))
    }

    @Test(arguments: [["--help"], ["run", "--help"], ["check", "--help"], ["simulate", "--help"]])
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
