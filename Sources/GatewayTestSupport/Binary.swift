import Glibc
import Testing

/// The command as it was built for these tests, or the one that `LOQED_GATEWAY_TEST_BINARY` names.
package enum Binary {
    package static var path: String {
        get throws {
            if let named = getenv("LOQED_GATEWAY_TEST_BINARY") { return String(cString: named) }
            let own = try #require(
                CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments.first
            )
            let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            let path = "\(folder)/loqed-gateway"
            try #require(access(path, X_OK) == 0, "\(path) is built with the tests")
            return path
        }
    }

    /// Runs the command to its end.
    package static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = "/dev/null"
    ) async throws -> (code: Int32, output: String) {
        let folder = TemporaryFolder()
        let output = "\(folder.path)/output"
        let child = try ChildProcess(try path, arguments, environment: environment, input: input, output: output)
        return (await child.ended(), TemporaryFolder.read(output))
    }
}
