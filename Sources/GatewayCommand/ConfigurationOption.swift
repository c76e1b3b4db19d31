import ArgumentParser
import Gateway
import Glibc

/// Where the configuration is, and how to read it.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "The configuration file. Standard: $LOQED_GATEWAY_CONFIG, else ./gateway.yaml.",
        completion: .file(extensions: ["yaml", "yml"])
    )
    var config: String?

    /// Reads and checks it; on mistakes prints them all and ends with the exit code of sysexits that fits.
    func load() throws -> (configuration: GatewayConfiguration, fileName: String) {
        let variables = ProcessEnvironment.variables
        let name = config ?? variables["LOQED_GATEWAY_CONFIG"] ?? "gateway.yaml"
        let folder = name.contains("/") ? String(name[..<(name.lastIndex(of: "/") ?? name.startIndex)]) : "."
        let environment = LaunchEnvironment(
            variables: variables,
            folder: folder.isEmpty ? "/" : folder,
            readFile: { (path, limit) throws(FileFailure) in try ProcessEnvironment.read(path, limit: limit) }
        )
        let text: [UInt8]
        do throws(FileFailure) {
            text = try ProcessEnvironment.read(name, limit: 1 << 21)
        } catch {
            Terminal.complain("\(name): \(error)\n    name another file with --config, or copy the gateway.yaml that came with it")
            throw ExitCode(EX_NOINPUT)
        }
        do throws(ConfigurationProblems) {
            return (try GatewayConfiguration.load(text, fileName: name, environment: environment), name)
        } catch {
            Terminal.complain(error.description)
            throw ExitCode(EX_CONFIG)
        }
    }
}

/// What this process was started with.
enum ProcessEnvironment {
    /// All variables, read once at the start of a command.
    static var variables: [String: String] {
        var all: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { all[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        return all
    }

    static func read(_ path: String, limit: Int) throws(FileFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw .missing
            case EACCES, EPERM: throw .notPermitted
            default: throw .unreadable(errno: errno)
            }
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count >= 0 else { throw .unreadable(errno: errno) }
            guard count > 0 else { return bytes }
            bytes += part[..<count]
            guard bytes.count <= limit else { throw .tooLarge }
        }
    }
}

/// Where people read.
enum Terminal {
    static func say(_ text: String) { print(text) }

    /// To standard error, as a line of its own.
    static func complain(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
