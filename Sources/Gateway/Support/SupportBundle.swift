import BridgeHTTP
import LockDomain
import LockMessages
import Mosquitto
package import PlainHTTP

/// Gathers what a maintainer needs to help, in one text that is safe to post in public.
///
/// Changes nothing: it reads what `check`, `doctor`, `explain` and `status` read. One file of plain text, so that whoever posts
/// it can read all of it first.
package struct SupportBundle: Sendable {
    /// One section of the text.
    package struct Part: Hashable, Sendable {
        package let name: String
        /// How it went: `ok`, or what could not be had.
        package let state: String
        package let lines: Int
    }

    /// The text and what it is made of.
    package struct Contents: Hashable, Sendable {
        package let text: String
        package let parts: [Part]
        /// How many names and addresses have place-holders.
        package let replaced: Int
        /// How many texts were taken out because they may have been secrets.
        package let redacted: Int
        /// Whether there are names that could not be replaced, since nobody knows them.
        package let hasUnknownNames: Bool
    }

    private let file: ConfigurationFile
    private let environment: LaunchEnvironment
    private let threads: HTTPThreads
    private let time: TimeSource
    private let name: String
    private let machine: [String]
    private let progress: @Sendable (String) -> Void

    /// - Parameters:
    ///   - file: the configuration.
    ///   - environment: what it may be read from.
    ///   - threads: for connections.
    ///   - time: both clocks.
    ///   - name: letters and digits that no other client of the broker has.
    ///   - machine: what this machine is called.
    ///   - progress: told what is looked at next.
    package init(
        _ file: ConfigurationFile,
        in environment: LaunchEnvironment,
        threads: HTTPThreads,
        time: TimeSource,
        name: String,
        machine: [String],
        progress: @escaping @Sendable (String) -> Void
    ) {
        self.file = file
        self.environment = environment
        self.threads = threads
        self.time = time
        self.name = name
        self.machine = machine
        self.progress = progress
    }

    /// Gathers all of it; a part that cannot be had says why.
    ///
    /// - Parameters:
    ///   - log: the last lines of the gateway's log; nil: none was given.
    ///   - keepsNames: names and addresses stay as they are; secrets never do.
    /// - Returns: what may be written.
    package func gather(log: String?, keepsNames: Bool) async -> Contents {
        var sections: [Section] = []
        var words = HomeWords(file, in: environment)
        sections.append(("system", "ok", system))
        let loaded: LoadedConfiguration?
        do throws(ConfigurationFailure) {
            let read = try file.read(in: environment)
            loaded = read
            let warnings = read.warnings.map(\.warning).joined(separator: "\n")
            sections.append(("configuration", "ok", read.effectiveText + (warnings.isEmpty ? "" : "\n\n" + warnings)))
        } catch {
            loaded = nil
            sections.append(("configuration", "has mistakes", "\(error)"))
        }
        progress("asking the doctor")
        sections.append(("doctor", "ok", await doctor()))
        let configuration = loaded?.configuration
        progress("asking the gateway")
        let explanation = await admin("explain", configuration)
        words.take(explanation: explanation.text)
        sections.append(explanation)
        for page in ["readyz", "metrics"] { sections.append(await admin(page, configuration)) }
        progress("looking at the broker")
        let (status, retained) = await broker(configuration, &words)
        sections += [status, retained]
        sections.append(
            (
                "state directory", configuration == nil ? "no configuration" : "ok",
                configuration.map { FolderListing.text(of: $0.stateDirectory) } ?? "not known without a configuration"
            )
        )
        sections.append(Self.section(ofLog: log, isKnown: words.isWhole))
        words.takeUsers(of: environment.variables)
        if let log { words.take(log: log) }
        for host in machine { words.note(host, .host) }
        return finish(sections, words, keepsNames: keepsNames)
    }

    private static func section(ofLog log: String?, isKnown: Bool) -> Section {
        guard let log else {
            let example = "journalctl -u loqed-gateway -n 1000 | loqed-gateway support-bundle --log -"
            return ("log", "not given", "none was given: --log FILE, or \(example)")
        }
        guard isKnown else {
            let text = """
                left out: the configuration cannot be read, so nobody knows which names and secrets to look for in the log
                mend the configuration, or be the user that the gateway runs as, and write the bundle again
                """
            return ("log", "left out", text)
        }
        return ("log", "ok", log)
    }

    private var system: String {
        let read = environment.read
        return SystemSummary.text(version: GatewayVersion.current, now: time.now().unix.rfc3339 ?? "not known") {
            path in
            do throws(FileFailure) {
                return String(decoding: try read(path, 1 << 16), as: UTF8.self)
            } catch {
                return nil
            }
        }
    }

    private func doctor() async -> String {
        let doctor = Doctor(
            file,
            in: environment,
            commands: WebhookCommandLine(options: []),
            threads: threads,
            time: time,
            name: "d" + name,
            progress: progress
        )
        do throws(Doctor.UnknownLock) {
            return try await doctor.examine([]).text(style: TerminalStyle(isTerminal: false, environment: [:]))
        } catch {
            return "no such lock"
        }
    }

    private func admin(
        _ page: String,
        _ configuration: GatewayConfiguration?
    ) async -> (name: String, state: String, text: String) {
        guard let configuration else { return (page, "no configuration", "not known without a configuration") }
        guard let listen = configuration.admin else {
            return (page, "no admin.listen", "the configuration has no admin.listen")
        }
        guard let answer = await AdminVisit(listen, threads: threads).get("/" + page) else {
            return (page, "no answer", "nothing answers at admin.listen; is the gateway running?")
        }
        let body = String(decoding: answer.body, as: UTF8.self)
        return (page, answer.status == 200 ? "ok" : "HTTP status \(answer.status)", body)
    }

    private typealias Section = (name: String, state: String, text: String)

    private func broker(
        _ configuration: GatewayConfiguration?,
        _ words: inout HomeWords
    ) async -> (Section, Section) {
        guard let mqtt = configuration?.mqtt else {
            let text = "not known without a configuration"
            return (("status", "no configuration", text), ("retained topics", "no configuration", text))
        }
        var view = GatewayView(baseTopic: mqtt.baseTopic)
        var topics: [String: Int] = [:]
        do throws(ClientTrouble) {
            let visit = BrokerVisit(mqtt, name: name, time: time)
            let found: (GatewayView, [String: Int]) = try await visit.run(
                subscribingTo: ["\(mqtt.baseTopic)/#"],
                within: .seconds(15)
            ) { event in
                switch event {
                case .message(let message):
                    if message.isRetained { topics[message.topic] = message.payload.count }
                    view.take(message.payload, on: message.topic)
                    return nil
                case .quiet, .timeUp: return (view, topics)
                case .ready, .lost, .failed: return nil
                }
            }
            words.take(found.0)
            words.take(topics: found.1.keys, below: mqtt.baseTopic)
            let list = found.1.sorted { $0.key < $1.key }.prefix(2000).map { "\($0.key) \($0.value) bytes" }
            return (
                ("status", found.0.isOnline ? "ok" : "the gateway is not online", found.0.jsonText(of: [])),
                ("retained topics", "ok", list.isEmpty ? "none" : list.joined(separator: "\n"))
            )
        } catch {
            let state = "the broker cannot be read"
            return (("status", state, "\(error)"), ("retained topics", state, "\(error)"))
        }
    }

    // MARK: What may be posted

    private func finish(_ sections: [Section], _ words: HomeWords, keepsNames: Bool) -> Contents {
        let screen = SecretScreen(words.secrets)
        var redacted = 0
        // Before the place-holders: one in the middle of a secret would hide it from the screen, and not from a reader.
        let screened = sections.map { section in
            let cleared = screen.cleared(section.text)
            redacted += cleared.count
            return cleared.text
        }
        var pseudonyms = keepsNames ? nil : Self.pseudonyms(words, screened)
        var (text, parts) = (Self.preface(keepsNames, words.isWhole), [Part]())
        for (section, screened) in zip(sections, screened) {
            let shown = pseudonyms?.applied(to: screened) ?? screened
            // And behind them, whatever they have put together.
            let cleared = screen.cleared(shown)
            redacted += cleared.count
            let lines = cleared.text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.onOneLine }
            parts.append(Part(name: section.name, state: section.state, lines: lines.count))
            text += "\n===== \(section.name) (\(section.state)) =====\n" + lines.joined(separator: "\n") + "\n"
        }
        return Contents(
            text: text,
            parts: parts,
            replaced: pseudonyms?.count ?? 0,
            redacted: redacted,
            hasUnknownNames: !keepsNames && !words.isWhole
        )
    }

    private static func pseudonyms(_ words: HomeWords, _ texts: [String]) -> Pseudonyms {
        var words = words
        for text in texts { words.takeHomes(in: text) }
        var pseudonyms = Pseudonyms()
        for (word, kind) in words.names { pseudonyms.note(word, kind) }
        return pseudonyms
    }

    private static func preface(_ keepsNames: Bool, _ isWhole: Bool) -> String {
        let names =
            keepsNames
            ? "Names and addresses are as they are (--keep-names): think before you post it."
            : isWhole
                ? "Names, addresses, MACs and e-mail addresses are place-holders, the same one for the same thing."
                : """
                Addresses, MACs, e-mail addresses and the users of home folders are place-holders.
                The configuration cannot be read, so names are not known and stand here as they are.
                """
        return """
            loqed-gateway support bundle
            Secrets are left out. \(names)
            Read it before you post it.

            """
    }
}

extension Substring {
    /// Without anything that moves a cursor: parts of it came from a broker or a bridge.
    fileprivate var onOneLine: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map {
                    $0.properties.generalCategory == .control ? Unicode.Scalar(0xFFFD as UInt16) ?? "?" : $0
                }
            )
        )
    }
}
