import ArgumentParser
import Gateway
import Glibc
import PlainHTTP

/// Writes a first configuration, tried on the way.
struct SetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Write a first configuration, step by step, and try it on the way.",
        discussion: """
            Asks for the keys of the lock (LOQED's integration information), the broker and the bridge, tries each, and \
            writes the configuration in one piece. It never moves the lock, changes nothing on the bridge, and replaces \
            no file without asking; one that is replaced stays as FILE.old.

            Options answer questions before they are asked. With --yes nobody is asked: what is not given has its \
            default, and OPEN is never among the commands unless --commands says so.

            EXAMPLES
              loqed-gateway setup
              loqed-gateway setup --integration-file front_door.json --broker 192.168.1.5
              loqed-gateway setup --yes --integration-file - \\
                --broker mqtt.local --username loqed \\
                --password-file /etc/loqed-gateway/mqtt.password \\
                --output /etc/loqed-gateway/gateway.yaml <front_door.json

            Exit codes: 0 the file is written, 64 an answer is missing or wrong, 65 and 78 the integration information or \
            an address is wrong, 66 a file cannot be read, 69 the broker or the bridge does not answer, 73 the file \
            cannot be written, 75 it was not to be replaced, 77 the broker or the bridge does not accept us.
            """
    )

    @Option(
        help: ArgumentHelp(
            """
            The configuration to write (default: as --config of the other commands; where there is none and the package \
            is installed, \(ConfigurationFile.installedPath)).
            """,
            valueName: "file"
        )
    )
    var output: String?

    @Option(help: ArgumentHelp("LOQED's integration information; - is standard input.", valueName: "file"))
    var integrationFile: String?

    @Option(help: ArgumentHelp("The bridge, in place of the address that LOQED knows.", valueName: "address"))
    var bridge: String?

    @Option(help: ArgumentHelp("The broker.", valueName: "host[:port]"))
    var broker: String?

    @Option(help: ArgumentHelp("The user of the broker.", valueName: "name"))
    var username: String?

    @Option(help: ArgumentHelp("The file that holds that user's password, and nothing else.", valueName: "file"))
    var passwordFile: String?

    @Flag(help: "Use TLS to the broker, and trust the authorities of this system.")
    var tls = false

    @Option(help: ArgumentHelp("Use TLS to the broker, and trust the authorities in this file.", valueName: "file"))
    var caFile: String?

    @Option(help: ArgumentHelp("What the door is called.", valueName: "text"))
    var name: String?

    @Option(help: ArgumentHelp("The lock's name in topics.", valueName: "id"))
    var id: String?

    @Option(help: ArgumentHelp("What may be asked of the lock: of lock, unlock and open.", valueName: "words"))
    var commands: String?

    @Option(help: ArgumentHelp("Where the bridge's messages arrive.", valueName: "address:port"))
    var listen: String?

    @Option(help: ArgumentHelp("What the bridge is told to call, if not found by itself.", valueName: "url"))
    var advertise: String?

    @Option(
        help: ArgumentHelp(
            "Where health and explain ask the gateway (default: 127.0.0.1:8098).",
            valueName: "address:port"
        )
    )
    var admin: String?

    @Flag(help: "Ask nothing.")
    var yes = false

    @Flag(help: "Replace the file if it is there.")
    var force = false

    @Flag(help: "With --yes: write what does not answer, too.")
    var untested = false

    func validate() throws {
        if let caFile, ShownPath.isSecret(caFile) { throw ValidationError(BrokerOptions.noFile("--ca-file")) }
        if let output, ShownPath.isSecret(output) { throw ValidationError(BrokerOptions.noFile("--output")) }
        if passwordFile != nil, username == nil { throw ValidationError("--password-file goes with --username") }
        if untested, !yes { throw ValidationError("--untested goes with --yes") }
        if integrationFile == "-", !yes {
            throw ValidationError(
                "--integration-file - goes with --yes: answers and keys cannot both come from standard input"
            )
        }
    }

    func run() async throws {
        let environment = LaunchEnvironment.live()
        let threads = HTTPThreads()
        let passwordOption = passwordFile.map { SecretFileOption("--password-file", path: $0) }
        passwordOption?.warn()
        let guide = SetupGuide(
            options(passwordOption, in: environment),
            terminal: LiveTerminal(),
            trials: SetupTrials(threads: threads, time: .live()),
            environment: environment,
            readInput: { LiveTerminal.allInput() }
        )
        do throws(SetupFailure) {
            try await guide.run()
        } catch {
            var standardError = StandardError()
            print("loqed-gateway: \(error)", to: &standardError)
            throw ExitCode(error.code)
        }
        try? await threads.shutDown()
    }

    private func options(_ passwordOption: SecretFileOption?, in environment: LaunchEnvironment) -> SetupOptions {
        let file = ConfigurationFile.toWrite(option: output, in: environment)
        file.tellDoubt()
        var options = SetupOptions(output: file.path)
        options.integrationFile = integrationFile
        options.bridge = bridge
        options.broker = broker
        options.username = username
        options.passwordFile = passwordOption
        // Names in the configuration count from its folder, those on the command line from the working directory.
        options.passwordPath = passwordFile.map(absolute)
        options.usesTLS = tls
        options.caFile = caFile.map(absolute)
        options.name = name
        options.id = id
        options.commands = commands
        options.listen = listen
        options.advertise = advertise
        options.admin = admin
        options.isSilent = yes
        options.replaces = force
        options.takesUntested = untested
        return options
    }

    private func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return "\(String(cString: folder))/\(path)"
    }
}

/// The terminal of this process; works through pipes, too.
struct LiveTerminal: SetupTerminal {
    func say(_ text: String) {
        var output = StandardOutput()
        print(text, to: &output)
    }

    func ask(_ question: String, isHidden: Bool) -> String? {
        // Hidden before it is asked for, so that a fast answer is not shown either.
        guard isHidden else {
            StandardOutput().write(question)
            return readLine(strippingNewline: true)
        }
        return hidden {
            StandardOutput().write(question)
            return readLine(strippingNewline: true)
        }
    }

    func paste(_ question: String, until isAll: (String) -> Bool) -> String {
        // Hidden before it is asked for, as above.
        hidden(flushing: true) {
            StandardOutput().write(question)
            var text = ""
            while !isAll(text), let line = readLine(strippingNewline: false) { text += line }
            return text
        }
    }

    /// Reads without showing what is typed; with flushing, what was typed beyond what was read is thrown away.
    private func hidden<Result>(flushing: Bool = false, _ read: () -> Result) -> Result {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return read() }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        // Whoever interrupts is not left with a terminal that shows nothing.
        signal(SIGINT) { number in
            var settings = termios()
            tcgetattr(STDIN_FILENO, &settings)
            settings.c_lflag |= tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSANOW, &settings)
            signal(number, SIG_DFL)
            raise(number)
        }
        tcsetattr(STDIN_FILENO, TCSANOW, &silent)
        defer {
            signal(SIGINT, SIG_DFL)
            tcsetattr(STDIN_FILENO, flushing ? TCSAFLUSH : TCSANOW, &before)
            // The newline that ended the answer was not shown either.
            StandardOutput().write("\n")
        }
        return read()
    }

    static func allInput() -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 16 {
            let count = chunk.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 || (count < 0 && errno == EINTR) else { break }
            bytes += chunk.prefix(max(count, 0))
        }
        return bytes
    }
}
