import ArgumentParser
import Gateway
import Glibc
import LockDomain
import PlainHTTP

/// Writes what a maintainer needs, safe to post.
struct SupportBundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "support-bundle",
        abstract: "Write one text file with what a maintainer needs to help, safe to post in public.",
        discussion: """
            Gathers version and system, the configuration with its origins, the doctor's report, the gateway's reasons \
            (explain), readiness, metrics and status, the names and sizes of its retained topics and of the files in its \
            state directory, and the last lines of a log. Changes nothing, and works while gateway or broker are down or \
            the configuration is broken.

            Secrets are left out, always. Names, addresses, MACs and e-mail addresses become place-holders, the same one \
            for the same thing, unless --keep-names says otherwise. While the configuration cannot be read at all, its \
            names and secrets are not known: then the log is left out, and the file says so. The file is plain text, so \
            that you can read it before you post it; only you can (mode 0600). A file that is there is never overwritten.

            --json prints {"file":…, "replaced":…, "redacted":…, "parts":[{"name":…, "state":…, "lines":…}]}.

            EXAMPLES
              loqed-gateway support-bundle
              journalctl -u loqed-gateway -n 1000 | \\
                loqed-gateway support-bundle --log - problem.txt
              loqed-gateway support-bundle --keep-names --log gateway.log

            Exit codes: 0 written, 64 called wrongly, 66 the log cannot be read, 73 the file is there or cannot be made.
            """
    )

    private static let maximumLog = 1 << 20
    private static let maximumLines = 2000

    @OptionGroup var source: ConfigurationOptions

    @Option(help: ArgumentHelp("The gateway's log, its end is taken; - is standard input.", valueName: "file"))
    var log: String?

    @Flag(help: "Keep names and addresses as they are; secrets are left out all the same.")
    var keepNames = false

    @Flag(help: "Print what went in as one JSON document.")
    var json = false

    @Argument(help: ArgumentHelp("The file to write (default: loqed-gateway-support-TIME.txt).", valueName: "file"))
    var output: String?

    func validate() throws {
        if let output, ShownPath.isSecret(output) { throw ValidationError(BrokerOptions.noFile("the file to write")) }
    }

    func run() async throws {
        let lines = try log.map(Self.end)
        let time = TimeSource.live()
        let path = output ?? "loqed-gateway-support-\(time.now().unix.seconds).txt"
        guard access(path, F_OK) != 0 else {
            throw Self.trouble("\(ShownPath(path).text) is there already", EX_CANTCREAT)
        }
        let environment = LaunchEnvironment.live()
        let threads = HTTPThreads()
        let progress = ProgressLine.live()
        let bundle = SupportBundle(
            source.file(in: environment),
            in: environment,
            threads: threads,
            time: time,
            name: String(UInt64.random(in: 0...UInt64.max), radix: 36),
            machine: Self.machine,
            progress: { progress.now($0) }
        )
        let keepsNames = keepNames
        let contents = await progress.shown { await bundle.gather(log: lines, keepsNames: keepsNames) }
        try? await threads.shutDown()
        try Self.write(contents.text, to: path)
        StandardOutput.show(json ? contents.jsonText(path: path) : contents.summary(path: path))
    }

    /// What this machine is called, in full and without its domain.
    private static var machine: [String] {
        var bytes = [CChar](repeating: 0, count: 257)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return [] }
        let name = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return [name] + name.split(separator: ".").prefix(1).map(String.init)
    }

    private static func end(of path: String) throws -> String {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw trouble("the log cannot be read: \(String(cString: strerror(errno)))", EX_NOINPUT)
        }
        defer { if path != "-" { close(descriptor) } }
        let size = lseek(descriptor, 0, Int32(SEEK_END))
        if size > maximumLog {
            lseek(descriptor, size - maximumLog, Int32(SEEK_SET))
        } else if size >= 0 {
            lseek(descriptor, 0, Int32(SEEK_SET))
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw trouble("the log cannot be read: \(String(cString: strerror(errno)))", EX_NOINPUT)
            }
            guard count > 0 else { break }
            bytes += chunk.prefix(count)
            if bytes.count > 2 * maximumLog { bytes.removeFirst(bytes.count - maximumLog) }
        }
        let lines = String(decoding: bytes.suffix(maximumLog), as: UTF8.self).split(separator: "\n")
        return lines.suffix(maximumLines).joined(separator: "\n")
    }

    private static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw trouble("\(ShownPath(path).text) cannot be made: \(String(cString: strerror(errno)))", EX_CANTCREAT)
        }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = String(cString: strerror(errno))
                unlink(path)
                throw trouble("\(ShownPath(path).text) cannot be written: \(reason)", EX_CANTCREAT)
            }
            rest = rest.dropFirst(count)
        }
    }

    private static func trouble(_ text: String, _ code: Int32) -> ExitCode {
        var standardError = StandardError()
        let remedy =
            code == EX_CANTCREAT
            ? "name another file: loqed-gateway support-bundle FILE" : "name the file, or leave --log out"
        print("loqed-gateway: \(text)\n    \(remedy)", to: &standardError)
        return ExitCode(code)
    }
}
