import LockDomain

/// Leads from LOQED's integration information to a configuration that has been tried.
///
/// It connects and asks, and writes one file. It never moves a lock, and tells no bridge to call anybody.
package struct SetupGuide: Sendable {
    let options: SetupOptions
    let dialog: SetupDialog
    let trials: SetupTrials
    let environment: LaunchEnvironment
    /// The bytes of standard input.
    let readInput: @Sendable () -> [UInt8]

    package init(
        _ options: SetupOptions,
        terminal: any SetupTerminal,
        trials: SetupTrials,
        environment: LaunchEnvironment,
        readInput: @escaping @Sendable () -> [UInt8]
    ) {
        self.options = options
        dialog = SetupDialog(terminal: terminal, isSilent: options.isSilent)
        self.trials = trials
        self.environment = environment
        self.readInput = readInput
    }

    /// Asks, tries and writes.
    ///
    /// - Throws: what keeps the configuration from being written; nothing has been written then.
    package func run() async throws(SetupFailure) {
        let file = SetupFile(path: options.output)
        let isThere = file.exists
        if isThere, options.isSilent, !options.replaces {
            throw SetupFailure(code: 73, "\(options.output) is there already", remedy: "Add --force to replace it.")
        }
        try file.expectPlace()
        dialog.say("This leads to a configuration of the gateway. It never moves your lock.")
        if isThere, !options.replaces {
            dialog.say("There is \(options.output) already; you are asked before it is replaced.")
        }

        dialog.say("\n1. The keys of the lock")
        let information = try information()
        let name = try name()
        let id = try id(of: name)

        dialog.say("\n2. The MQTT broker")
        let (mqtt, passwordFile) = try await broker()

        dialog.say("\n3. The bridge, and how it reaches the gateway")
        var document = SetupDocument(
            mqtt: mqtt,
            passwordFile: passwordFile,
            id: id,
            name: name,
            bridge: try bridge(information),
            information: information,
            actions: []
        )
        document.webhook = try webhook(for: document.bridge)
        document.admin = try admin(beside: document.webhook.listen)
        try await tryBridge(&document)

        dialog.say("\n4. What may be asked of the lock over MQTT")
        document.actions = try actions()

        let text = document.text(at: options.output)
        try check(text)
        try write(text, to: file, isThere: isThere)
        sayWhatIsNext(document)
    }

    /// What is written is read as the gateway will, before anything is written.
    private func check(_ text: Secret<String>) throws(SetupFailure) {
        let bytes = text.reveal { Array($0.utf8) }
        let bare = LaunchEnvironment(
            variables: ["CREDENTIALS_DIRECTORY": environment.variables["CREDENTIALS_DIRECTORY"] ?? ""],
            access: environment.access,
            read: environment.read
        )
        do throws(ConfigurationFailure) {
            _ = try ConfigurationFile(path: options.output).load(bytes, in: bare)
        } catch {
            throw SetupFailure(error)
        }
    }

    private func write(_ text: Secret<String>, to file: SetupFile, isThere: Bool) throws(SetupFailure) {
        if isThere, !options.replaces {
            let question = "Replace \(options.output)? The old one stays as \(options.output).old"
            guard try dialog.confirms(question, option: "--force") else {
                throw SetupFailure(code: 75, "nothing was written", remedy: "Name another file with --output FILE.")
            }
        }
        try file.write(text, replacing: isThere)
    }

    private func sayWhatIsNext(_ document: SetupDocument) {
        let path = ShellWord(options.output)
        let isInstalled = options.output == "/etc/loqed-gateway/gateway.yaml"
        let start = isInstalled ? "systemctl enable --now loqed-gateway" : "loqed-gateway run --config \(path)"
        dialog.say(
            """

            Written: \(options.output). It holds your keys, so keep it from others.
            The lock has not been moved, and the bridge has not been changed. Start the gateway:
              \(start)
            Then see what it says, and whether all is well:
              loqed-gateway status --config \(path)
              loqed-gateway doctor --config \(path)
            After a change of the file:
              loqed-gateway check --config \(path)
            """
        )
    }
}
