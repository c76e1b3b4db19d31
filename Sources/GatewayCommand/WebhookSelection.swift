import ArgumentParser
import Gateway
import Glibc
import LockDomain
import PlainHTTP

/// The bridges that are meant.
struct WebhookSelection {
    let subjects: [WebhookSubject]
    let commands: WebhookCommandLine
    /// Absent when no configuration was read.
    let webhook: GatewayConfiguration.Webhook?

    /// The locks of the configuration that are named; all when none is.
    init(_ source: ConfigurationOptions, locks: [String]) throws {
        let configuration = try source.load(in: .live())
        let known = configuration.locks.map(\.id.rawValue)
        if let unknown = locks.first(where: { !known.contains($0) }) {
            var standardError = StandardError()
            // What cannot be a name may be anything, also a key.
            print(
                "\(LockID(unknown)?.rawValue ?? "?"): is not a lock of the configuration\n"
                    + "    Locks there: \(known.joined(separator: ", "))",
                to: &standardError
            )
            throw ExitCode(EX_USAGE)
        }
        subjects = configuration.locks.filter { locks.isEmpty || locks.contains($0.id.rawValue) }
            .map { WebhookSubject($0) }
        commands = WebhookCommandLine(options: source.config.map { ["--config", $0] } ?? [])
        webhook = configuration.webhook
    }

    /// A bridge that is named.
    init(bridge: NetworkAddress, options: BridgeOptions, keyFile: String) throws {
        let file = SecretFileOption("--bridge-key-file", path: keyFile)
        file.warn()
        do throws(ConfigurationFailure) {
            let subject = try WebhookSubject(
                bridge: bridge,
                keyFile: file,
                lock: options.lockID.flatMap { LockID($0) },
                in: .live()
            )
            subjects = [subject]
        } catch {
            var standardError = StandardError()
            print(error, to: &standardError)
            throw ExitCode(error.exitCode)
        }
        var words = ["--bridge", options.bridge ?? "", "--bridge-key-file", keyFile]
        if let lock = options.lockID { words += ["--lock-id", lock] }
        commands = WebhookCommandLine(options: words)
        webhook = nil
    }

    /// Does something at every bridge, some at a time; the results are in the order of the bridges.
    func perform<Output: Sendable>(
        _ errand: @escaping @Sendable (WebhookClerk, WebhookSubject) async throws(WebhookTrouble) -> Output
    ) async -> [Result<Output, WebhookTrouble>] {
        let threads = HTTPThreads()
        let clerk = WebhookClerk.live(webhook, commands: commands, threads: threads, time: .live())
        let progress = ProgressLine.live()
        progress.now(subjects.count == 1 ? "asking the bridge" : "asking the bridges")
        let subjects = subjects
        let results = await progress.shown { await Self.results(of: errand, clerk, subjects) }
        try? await threads.shutDown()
        return results
    }

    private static func results<Output: Sendable>(
        of errand: @escaping @Sendable (WebhookClerk, WebhookSubject) async throws(WebhookTrouble) -> Output,
        _ clerk: WebhookClerk,
        _ subjects: [WebhookSubject]
    ) async -> [Result<Output, WebhookTrouble>] {
        await withTaskGroup(of: (Int, Result<Output, WebhookTrouble>).self) { group in
            var waiting = Array(subjects.enumerated())[...]
            var results: [Int: Result<Output, WebhookTrouble>] = [:]
            func start(_ next: (offset: Int, element: WebhookSubject)) {
                group.addTask {
                    do throws(WebhookTrouble) {
                        return (next.offset, .success(try await errand(clerk, next.element)))
                    } catch {
                        return (next.offset, .failure(error))
                    }
                }
            }
            for next in waiting.prefix(16) { start(next) }
            waiting = waiting.dropFirst(16)
            for await (index, result) in group {
                results[index] = result
                if let next = waiting.popFirst() { start(next) }
            }
            return subjects.indices.compactMap { results[$0] }
        }
    }

    /// Prints what was done and, elsewhere, what went wrong.
    ///
    /// - Throws: the worst exit code, if any.
    static func report<Output>(
        _ results: [Result<Output, WebhookTrouble>],
        separator: String = "\n",
        _ text: (Output) -> String?
    ) throws(ExitCode) {
        let texts = results.compactMap { try? $0.get() }.compactMap(text)
        if !texts.isEmpty { StandardOutput.show(texts.joined(separator: separator)) }
        let troubles = results.compactMap { result in
            if case .failure(let trouble) = result { trouble } else { nil }
        }
        var standardError = StandardError()
        for trouble in troubles { print(trouble, to: &standardError) }
        if let worst = troubles.map(\.code).max() { throw ExitCode(worst.rawValue) }
    }
}

/// How a bridge is named that is not in the configuration.
struct BridgeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A bridge that is not in the configuration, in place of locks: its address or name, or its Wi-Fi MAC.",
            valueName: "host[:port]"
        )
    )
    var bridge: String?

    @Option(help: ArgumentHelp("The file that holds its bridge_key, and nothing else.", valueName: "file"))
    var bridgeKeyFile: String?

    @Option(help: ArgumentHelp("The lock whose webhooks on it are ours: the id it had.", valueName: "id"))
    var lockID: String?

    /// Checks what can be checked without any file.
    func validate(with source: ConfigurationOptions, locks: [String]) throws {
        guard let bridge else {
            guard bridgeKeyFile == nil, lockID == nil else {
                throw ValidationError("--bridge-key-file and --lock-id go with --bridge")
            }
            return
        }
        guard locks.isEmpty, source.config == nil else {
            throw ValidationError("--bridge is in place of locks and of --config")
        }
        guard NetworkAddress(bridge: bridge) != nil else {
            throw ValidationError("--bridge is not an IP address, a host name or a Wi-Fi MAC, with or without a port")
        }
        guard bridgeKeyFile != nil else {
            throw ValidationError("--bridge needs --bridge-key-file with the name of a file that holds its bridge_key")
        }
        if let lockID, LockID(lockID) == nil {
            throw ValidationError("--lock-id must have 1 to 64 characters, only a to z, 0 to 9 and _")
        }
    }

    /// What is meant by these options, or else by the configuration.
    func selection(_ source: ConfigurationOptions, locks: [String]) throws -> WebhookSelection {
        guard let address = bridge.flatMap({ NetworkAddress(bridge: $0) }), let bridgeKeyFile else {
            return try WebhookSelection(source, locks: locks)
        }
        return try WebhookSelection(bridge: address, options: self, keyFile: bridgeKeyFile)
    }
}
