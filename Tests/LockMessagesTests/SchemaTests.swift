import FoundationEssentials
import GatewayTestSupport
import LockDomain
import LockMessages
import Testing

@Suite struct `The schemas in docs` {
    @Test func `hold for every golden document`() async throws {
        let messages = try Golden.all.flatMap { golden in
            try GoldenMessage.read(golden).filter { !$0.topic.hasPrefix("homeassistant/") }
        }
        #expect(messages.count > 50)
        try await Contract.expectKept(by: messages)
    }

    @Test func `hold for a thousand odd reports`() async throws {
        var reports = RandomReports(seed: 2027)
        var messages: [Contract.Message] = []
        for _ in 0..<1000 {
            messages += [Publication](reports.next(), for: Samples.frontDoor, in: Samples.layout).map(\.message)
        }
        try await Contract.expectKept(by: messages)
    }

    @Test func `hold for every word that a result, an event or a problem can have`() async throws {
        let statuses =
            [.received, .sending, .sent, .accepted, .confirmed, .superseded, .expired(nil)]
            + FailureReason.allCases.flatMap { [CommandStatus.failed($0), .expired($0)] }
            + RefusalReason.allCases.filter { $0 != .duplicate }.map(CommandStatus.refused)
        let results = statuses.map { Samples.result($0) } + [Samples.result(.refused(.malformed), action: nil)]
        let events = LockOccurrence.Word.allCases.flatMap { word in
            Cause.allCases.map { LockOccurrence(word, rawType: "X", cause: $0, key: KeyID(254), time: Samples.now) }
        }
        let problems = Problem.Code.allCases.map { Problem($0, text: "a", remedy: "b") }
        let answers = results.map { Publication($0, answering: "loqed/answers/1", correlationData: [1]) }
        let publications =
            results.map { Publication($0, for: Samples.frontDoor, in: Samples.layout) }
            + events.map { Publication($0, for: Samples.frontDoor, in: Samples.layout) }
            + [Publication(ProblemDocument(Set(problems)), in: Samples.layout)]
        try await Contract.expectKept(
            by: publications.map(\.message)
                + answers.map { answer in
                    var message = answer.message
                    message.role = "<response topic>"
                    return message
                }
        )
    }

    /// A schema that takes everything would pass all of the above.
    @Test(arguments: [
        ("attributes", #"{"state":"locked"}"#), ("state", "LOCKED"), ("state", ""), ("battery", "101"),
        ("battery", "07"), ("connectivity", "on"), ("commands_enabled", "ON"), ("event", "{}"), ("event", "null"),
        ("command/result", #"{"attempts":1}"#), ("command/result", "["), ("nothing", "1"),
    ])
    func `take nothing that is wrong`(leaf: String, payload: String) async throws {
        var message = Contract.Message("loqed/front_door/\(leaf)", Array(payload.utf8))
        message.isRetained = false
        #expect(try await Contract.faults(in: [message]).count == 1)
    }

    @Test(arguments: ["attributes", "event", "command/result"])
    func `miss a key that is gone, and find one that is new`(leaf: String) async throws {
        let all =
            [Publication](Samples.fullReport, for: Samples.frontDoor, in: Samples.layout) + [
                Publication(LockOccurrence(.locked, time: Samples.now), for: Samples.frontDoor, in: Samples.layout),
                Publication(Samples.result(.sent), for: Samples.frontDoor, in: Samples.layout),
            ]
        let good = try #require(all.first { $0.topic == "loqed/front_door/\(leaf)" })
        let members = try #require(try AnyJSON(good.payload).members)
        var damaged = members.keys.map { key in members.filter { $0.key != key } }
        damaged.append(members.merging(["zz": .null]) { first, _ in first })
        let messages = try damaged.map { Contract.Message(good.topic, try AnyJSON.object($0).canonicalBytes) }
        let faults = try await Contract.faults(in: messages)
        #expect(Set(faults.keys) == Set(messages.indices))
    }

    // MARK: Commands

    /// What the schema says of a payload and what the gateway does with it are the same, but for two things that no
    /// schema can say: how long it may be, and that each key stands there once.
    @Test func `judge commands as the gateway does`() async throws {
        let cases = CommandCase.all
        let faults = try await Contract.faults(
            in: cases.map { Contract.Message("loqed/front_door/command", $0.payload) }
        )
        for (number, command) in cases.enumerated() {
            let isOrder =
                switch command.outcome {
                case .request: true
                case .rejected: false
                }
            let isBeyondSchema = command.payload.count > 1024 || command.hasRepeatedKey
            #expect(
                (faults[number] == nil) == isOrder || isBeyondSchema && !isOrder,
                "\(command.testDescription): \(faults[number] ?? [])"
            )
        }
        #expect(faults.count > 60)
    }

    // MARK: Words

    @Test(arguments: SchemaWords.all)
    func `have the words of the code, no more and no less`(words: SchemaWords) throws {
        let written = try words.written
        #expect(words.known.filter { !written.contains($0) } == [], "not in the schema")
        #expect(written.filter { !words.known.contains($0) } == [], "not in the code")
        #expect(written.count == words.known.count)
    }

    @Test func `have every word of a result explained in the guide`() throws {
        let guide = try String(contentsOf: URL(filePath: "\(Contract.root)/docs/mqtt.md"), encoding: .utf8)
        let rows = guide.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap {
            $0.split(separator: "|").first
        }
        let statuses: [CommandStatus] = [
            .received, .sending, .sent, .accepted, .confirmed, .failed(.jammed), .expired(nil), .superseded,
            .refused(.busy),
        ]
        let words =
            statuses.map(\.words.status) + FailureReason.allCases.map(\.rawValue)
            + RefusalReason.allCases.map(\.rawValue)
        for word in words { #expect(rows.contains { $0.contains("`\(word)`") }, "\(word)") }
    }

    @Test func `have the contract's version`() throws {
        #expect(try SchemaFile("topics.json")["contract_version"] == .integer(GatewayInfoDocument.contractVersion))
        let info = try SchemaFile("gateway-info.schema.json")
        #expect(info["properties.contract_version.const"] == .integer(GatewayInfoDocument.contractVersion))
        for name in SchemaFile.names {
            let name = name.replacing(".schema.json", with: "")
            let identifier = "urn:loqed-gateway:contract:\(GatewayInfoDocument.contractVersion):\(name)"
            #expect(try SchemaFile("\(name).schema.json")["$id"] == .text(identifier))
        }
    }
}

extension Publication {
    /// As the broker would deliver it to somebody who listens.
    fileprivate var message: Contract.Message {
        var message = Contract.Message(topic, payload)
        message.isRetained = isRetained
        message.qos = Publication.qualityOfService
        message.expiry = expiry
        message.isExpiryExact = true
        return message
    }
}

extension AnyJSON {
    fileprivate var members: [String: AnyJSON]? {
        if case .object(let members) = self { members } else { nil }
    }
}

extension CommandCase {
    fileprivate var hasRepeatedKey: Bool {
        guard let json = try? AnyJSON(payload) else { return false }
        return MemberCount.written(in: payload) != MemberCount.decoded(in: json)
    }
}

/// A golden file read back, message by message.
private enum GoldenMessage {
    static func read(_ golden: Golden) throws -> [Contract.Message] {
        let lines = String(decoding: try golden.expected, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        var messages: [Contract.Message] = []
        for (head, payload) in zip(lines, lines.dropFirst()) where head.hasPrefix("# ") {
            let words = head.split(separator: " ")
            var message = Contract.Message(String(words[1]), Array(payload.utf8))
            message.isRetained = words[2] == "(retained,"
            message.expiry = words.dropLast().last.flatMap { Int($0) }.map { .seconds($0) }
            message.isExpiryExact = !payload.isEmpty
            messages.append(message)
        }
        return messages
    }
}
