import FoundationEssentials
import Testing

/// The sources, found from this file.
enum Repository {
    static let root = #filePath.components(separatedBy: "/Tests/")[0]

    static func swiftFiles(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")
            .filter { $0.hasSuffix(".swift") }.sorted().map { "\(folder)/\($0)" }
    }

    static func text(_ path: String) throws -> String { try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) }

    static func lines(_ path: String) throws -> [Substring] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false)
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator).map(String.init)
    }
}

@Suite struct `The layers` {
    private static let nio: Set = ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOConcurrencyHelpers"]

    /// What each target may import: the direction is inwards, to `LockDomain`, and never back.
    static let allowed: [String: Set<String>] = [
        "LockDomain": [],
        "LoqedWire": ["LockDomain", "Crypto", "FoundationEssentials"],
        "LockMessages": ["LockDomain", "FoundationEssentials"],
        "Mosquitto": ["CMosquitto", "Glibc", "NIOConcurrencyHelpers"],
        "PlainHTTP": nio.union(["Glibc", "Logging"]),
        "LocalNetwork": ["Glibc", "NIOConcurrencyHelpers"],
        "BridgeHTTP": ["LockDomain", "LoqedWire", "PlainHTTP", "Logging"],
        "Gateway": [
            "LockDomain", "LoqedWire", "LockMessages", "Mosquitto", "PlainHTTP", "BridgeHTTP", "LocalNetwork", "CYAML",
            "FoundationEssentials", "Glibc", "Logging", "NIOConcurrencyHelpers", "NIOPosix", "ServiceLifecycle",
        ],
        "LoqedSimulator": [
            "LockDomain", "LoqedWire", "PlainHTTP", "NIOConcurrencyHelpers", "Logging", "ServiceLifecycle",
        ],
        "GatewayCommand": [
            "ArgumentParser", "Gateway", "LoqedSimulator", "LockDomain", "BridgeHTTP", "LocalNetwork", "PlainHTTP",
            "Glibc",
            "Logging",
            "ServiceLifecycle", "UnixSignals",
        ],
        "GatewayTestSupport": [
            "LockDomain", "LoqedWire", "LockMessages", "LocalNetwork", "Mosquitto", "PlainHTTP", "BridgeHTTP",
            "Gateway",
            "LoqedSimulator", "FoundationEssentials", "Glibc",
            "Logging", "NIOConcurrencyHelpers", "ServiceLifecycle", "Testing",
        ],
    ]

    @Test func `are all known`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: "\(Repository.root)/Sources")
        #expect(Set(folders) == Set(Self.allowed.keys).union(["CMosquitto", "CYAML"]))
    }

    @Test(arguments: allowed.keys.sorted()) func `import only what they may`(target: String) throws {
        let allowed = try #require(Self.allowed[target])
        for file in try Repository.swiftFiles(in: "Sources/\(target)") {
            for line in try Repository.lines(file) {
                guard let module = Self.importedModule(in: line) else { continue }
                #expect(allowed.contains(module), "\(file) imports \(module)")
            }
        }
    }

    @Test(arguments: ["LockDomain", "LoqedWire", "LockMessages"])
    func `that decide have no clock, no chance and no task`(
        target: String
    ) throws {
        let forbidden = ["Date(", "Date.now", ".now)", ".random", "Task {", "await ", "async ", "print(", "Logger"]
        for file in try Repository.swiftFiles(in: "Sources/\(target)") {
            for line in try Repository.lines(file) {
                let code = line.drop { $0 == " " }
                guard !code.hasPrefix("//") else { continue }
                for word in forbidden { #expect(!code.contains(word), "\(file): \(code)") }
            }
        }
    }

    private static func importedModule(in line: Substring) -> String? {
        let words = line.split(separator: " ").map(String.init)
        guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count,
            words[..<keyword].allSatisfy({ ["package", "internal", "private", "public", "@testable"].contains($0) })
        else { return nil }
        return words[keyword + 1]
    }
}

@Suite struct `The shipped code` {
    @Test func `takes no shortcut that needs a reason it does not give`() throws {
        let shortcuts = [
            "@unchecked Sendable", "nonisolated(unsafe)", "try!", "as! ", "fatalError(", "@preconcurrency",
            "Task.detached",
            "TODO", "FIXME", "mosquitto_loop(", "mosquitto_loop_start(", "mosquitto_loop_forever(",
        ]
        for file in try Repository.swiftFiles(in: "Sources") where !file.hasPrefix("Sources/GatewayTestSupport") {
            for line in try Repository.lines(file) {
                for shortcut in shortcuts { #expect(!line.contains(shortcut), "\(file): \(line)") }
            }
        }
    }

    @Test func `keeps its files readable in one sitting`() throws {
        for file in try Repository.swiftFiles(in: "Sources") {
            #expect(try Repository.lines(file).count <= 400, "\(file)")
        }
    }
}
