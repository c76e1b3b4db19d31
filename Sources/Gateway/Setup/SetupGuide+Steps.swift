import LockDomain

extension SetupGuide {
    // MARK: The keys

    func information() throws(SetupFailure) -> IntegrationInformation {
        if let path = options.integrationFile { return try information(in: path) }
        guard !options.isSilent else {
            throw .unanswered("LOQED's integration information", option: "--integration-file")
        }
        dialog.say(
            """
            Log in at https://app.loqed.com, choose "API Config", make an API key for the lock (the lock must be online),
            and copy the "Integration information": JSON that begins with {.
            """
        )
        while true {
            let answer = try dialog.pasted(
                "Paste it here, or type the name of a file that holds it (neither is shown): ",
                option: "--integration-file"
            )
            do throws(SetupFailure) {
                switch answer {
                case .object(let text): return try information(text, named: "what was pasted")
                case .line(let path):
                    // Nothing of it is shown: it may be a part of what should have been pasted.
                    guard let bytes = try? environment.read(path, IntegrationInformation.maximumSize) else {
                        dialog.say("That is neither JSON, which begins with {, nor a file that can be read.")
                        continue
                    }
                    return try information(bytes, named: path)
                }
            } catch {
                dialog.say("\(error)")
            }
        }
    }

    private func information(in path: String) throws(SetupFailure) -> IntegrationInformation {
        guard path != "-" else {
            return try information(readInput(), named: "standard input")
        }
        let bytes: [UInt8]
        do throws(FileFailure) {
            bytes = try environment.read(path, IntegrationInformation.maximumSize)
        } catch {
            throw SetupFailure(
                code: 66,
                "\(ShownPath(path).text) \(error)",
                remedy: "Give the file that you saved as --integration-file."
            )
        }
        return try information(bytes, named: path)
    }

    private func information(_ bytes: [UInt8], named name: String) throws(SetupFailure) -> IntegrationInformation {
        do throws(ConfigurationFailure) {
            let found = try IntegrationInformation.read(bytes, named: name, in: environment)
            dialog.say("The keys are complete: key number \(found.localKeyID.rawValue).")
            return found
        } catch {
            throw SetupFailure(error)
        }
    }

    // MARK: The names

    func name() throws(SetupFailure) -> String {
        let kind = ValueKind<String>.text(maximum: 100, example: "\"Front door\"")
        return try read(options.name, "What the door is called", "--name", standard: "Front door", kind)
    }

    func id(of name: String) throws(SetupFailure) -> LockID {
        let kind = ValueKind<LockID>.lockID
        return try read(
            options.id,
            "Its name in topics",
            "--id",
            standard: (LockID(slugOf: name)?.rawValue) ?? "lock",
            kind
        )
    }

    /// An option if it is given, else an answer, which may be given again when it makes no sense.
    func read<Value>(
        _ given: String?,
        _ question: String,
        _ option: String,
        standard: String,
        _ kind: ValueKind<Value>
    ) throws(SetupFailure) -> Value {
        while true {
            let text = if let given { given } else { try dialog.answer(question, option: option, standard: standard) }
            do throws(ValueMistake) {
                return try kind.parse(text)
            } catch {
                guard given == nil, !options.isSilent else { throw .wrong(option, error.reason, example: kind.example) }
                dialog.say("That \(error.reason).")
            }
        }
    }

    // MARK: The broker

    /// A broker that lets us in, and the file of the password if it stands in one.
    func broker() async throws(SetupFailure) -> (GatewayConfiguration.MQTT, passwordFile: String?) {
        var given = options.broker
        var login = try givenLogin()
        var passwordFile = login == nil ? nil : options.passwordPath
        while true {
            let address = try brokerAddress(given)
            given = "\(address)"
            let mqtt = GatewayConfiguration.MQTT(
                host: address.host,
                port: address.port,
                login: login,
                tls: options.usesTLS || options.caFile != nil ? .init(caFile: options.caFile) : nil
            )
            do throws(ClientTrouble) {
                try await trials.broker(mqtt)
                dialog.say(
                    "The broker \(address) answers\(login == nil ? ", without a login" : ", and the login is right")."
                )
                return (mqtt, passwordFile)
            } catch {
                if options.isSilent {
                    guard options.takesUntested else { throw SetupFailure(error) }
                    return (mqtt, passwordFile)
                }
                dialog.say("\(error)")
                if error.code == .noPermission {
                    login = try askedLogin()
                    // What was typed stands in no file.
                    passwordFile = nil
                } else {
                    given = nil
                }
            }
        }
    }

    private func brokerAddress(_ given: String?) throws(SetupFailure) -> NetworkAddress {
        let port: UInt16 = options.usesTLS || options.caFile != nil ? 8883 : 1883
        let kind = ValueKind<NetworkAddress>(example: "192.168.1.5") { text throws(ValueMistake) in
            guard let address = NetworkAddress(text, defaultPort: port) else {
                throw ValueMistake(reason: "must be a host with or without a port; brackets around IPv6")
            }
            return address
        }
        return try read(given, "The broker, as host or host:port", "--broker", standard: "127.0.0.1:\(port)", kind)
    }

    private func givenLogin() throws(SetupFailure) -> GatewayConfiguration.MQTT.Login? {
        guard let username = options.username else { return nil }
        do throws(ConfigurationFailure) {
            return .init(username: username, password: try options.passwordFile?.password(in: environment))
        } catch {
            throw SetupFailure(error)
        }
    }

    private func askedLogin() throws(SetupFailure) -> GatewayConfiguration.MQTT.Login {
        let username = try dialog.answer("The user of the broker", option: "--username")
        let password = try dialog.answer(
            "The password (not shown)",
            option: "--password-file",
            standard: "",
            isHidden: true
        )
        return .init(username: username, password: password.isEmpty ? nil : Secret(password))
    }

    // MARK: The bridge

    func bridge(_ information: IntegrationInformation) throws(SetupFailure) -> NetworkAddress {
        if let bridge = options.bridge { return try read(bridge, "", "--bridge", standard: "", .bridge) }
        if let bridge = information.bridge { return bridge }
        return try askedBridge(standard: nil)
    }

    private func askedBridge(standard: String?) throws(SetupFailure) -> NetworkAddress {
        while true {
            let text = try dialog.answer("The address of the bridge", option: "--bridge", standard: standard)
            if let bridge = NetworkAddress(bridge: text) { return bridge }
            dialog.say("That must be an IP address, a host name or the bridge's Wi-Fi MAC, with or without a port.")
        }
    }

    func webhook(for bridge: NetworkAddress) throws(SetupFailure) -> GatewayConfiguration.Webhook {
        let isHere = bridge.host == "127.0.0.1"
        let listen = try read(
            options.listen,
            "Where the bridge's messages arrive",
            "--listen",
            standard: isHere ? "127.0.0.1:8099" : "0.0.0.0:8099",
            .listener
        )
        guard let text = options.advertise else { return GatewayConfiguration.Webhook(listen: listen) }
        let advertise: NetworkAddress = try read(text, "", "--advertise", standard: "", .httpAddress)
        return GatewayConfiguration.Webhook(listen: listen, advertise: advertise)
    }

    /// Where health and explain ask the gateway.
    func admin(beside webhooks: NetworkAddress) throws(SetupFailure) -> NetworkAddress {
        let port: UInt16 = webhooks.port == 8098 ? 8099 : 8098
        guard let text = options.admin else { return NetworkAddress(host: "127.0.0.1", port: port) }
        let admin: NetworkAddress = try read(
            text,
            "",
            "--admin",
            standard: "",
            .listener.example("127.0.0.1:\(port)")
        )
        guard !admin.isTaken(by: webhooks) else {
            throw .wrong("--admin", "is where the bridge's messages arrive", example: "127.0.0.1:\(port)")
        }
        return admin
    }

    /// Asks the bridge, at another address if need be, until it answers or is to be taken untested.
    func tryBridge(_ document: inout SetupDocument) async throws(SetupFailure) {
        while true {
            do throws(WebhookTrouble) {
                let visit = try await trials.bridge(of: document.lock, document.webhook)
                let state =
                    visit.isLockOnline ? "online" : "offline: see to its batteries and its distance to the bridge"
                dialog.say(
                    "The bridge \(document.bridge.shownName) answers (\(visit.kind.rawValue)); its lock is \(state)."
                )
                dialog.say("It accepts the bridge key. Webhooks on its list: \(visit.webhooks).")
                if let callback = visit.callback {
                    dialog.say("The running gateway will ask it to call \(callback): allow that port in your firewall.")
                } else if let trouble = visit.trouble {
                    dialog.say("\(trouble)\n    In the configuration that is webhook.advertise; here: --advertise.")
                }
                return
            } catch {
                guard !options.isSilent else {
                    guard options.takesUntested else { throw SetupFailure(error) }
                    return
                }
                dialog.say("\(error)")
                guard error.code == .unavailable else { throw SetupFailure(error) }
                dialog.say("Looking for bridges on this network, for three seconds")
                let bridges = await trials.bridges()
                dialog.say(bridges.isEmpty ? "None answered." : bridges.joined(separator: "\n"))
                document.bridge = try askedBridge(standard: document.bridge.shownName)
            }
        }
    }

    // MARK: The commands

    func actions() throws(SetupFailure) -> Set<LockAction> {
        if let given = options.commands {
            var actions: Set<LockAction> = []
            for word in given.split(separator: ",") {
                let word = word.filter { $0 != " " }
                do throws(ValueMistake) {
                    actions.insert(try ValueKind<LockAction>.action.parse(String(word)))
                } catch {
                    throw .wrong("--commands", error.reason, example: "lock,unlock")
                }
            }
            return actions
        }
        guard try dialog.confirms("Lock and unlock", option: "--commands", standard: true) else { return [] }
        dialog.say(
            "OPEN pulls the latch back: whoever stands outside can push the door open. Leave it out if you do not need it."
        )
        let opens = try dialog.confirms("Open as well", option: "--commands")
        return opens ? [.lock, .unlock, .open] : [.lock, .unlock]
    }
}
