import FoundationEssentials
import GatewayTestSupport
import LockDomain
import LockMessages
import Testing

/// A file of `docs/schema`.
struct SchemaFile {
    static let names = [
        "attributes", "command", "command-result", "event", "gateway-info", "gateway-problem",
    ].map { "\($0).schema.json" }

    private let json: AnyJSON

    init(_ name: String) throws {
        json = try AnyJSON(Array(Data(contentsOf: URL(filePath: "\(Contract.root)/docs/schema/\(name)"))))
    }

    /// What stands at a path of keys with points between them.
    subscript(path: String) -> AnyJSON? {
        path.split(separator: ".").reduce(json) { value, key in
            guard case .object(let members) = value else { return nil }
            return members[String(key)]
        }
    }

    /// The words of the topic that ends so, in `topics.json`.
    func words(of leaf: String) -> [AnyJSON] {
        guard case .list(let topics) = self["topics"] else { return [] }
        for case .object(let topic) in topics {
            guard case .text(let name) = topic["topic"], name.hasSuffix(leaf),
                case .object(let payload) = topic["payload"],
                case .list(let words) = payload["words"]
            else { continue }
            return words
        }
        return []
    }
}

/// Where words of the code stand in the schemas.
struct SchemaWords: CustomTestStringConvertible, Sendable {
    let file: String
    let path: String
    let known: [AnyJSON]

    var testDescription: String { "\(file) \(path)" }

    var written: [AnyJSON] {
        get throws {
            let file = try SchemaFile(file)
            if path.hasPrefix("/") { return file.words(of: path) }
            guard case .list(let words) = try #require(file[path]) else { return [] }
            return words
        }
    }

    private init<Word: RawRepresentable<String> & CaseIterable>(
        _ file: String,
        _ path: String,
        _ type: Word.Type,
        orNull: Bool = false
    ) {
        self.file = file
        self.path = path
        known = Word.allCases.map { .text($0.rawValue) } + (orNull ? [.null] : [])
    }

    static let all: [SchemaWords] = topics + info + attributes + event + results

    private static let topics = [
        SchemaWords("topics.json", "/<lock>/state", LockState.self),
        SchemaWords("topics.json", "/<lock>/command", LockAction.self),
    ]

    private static let info = [
        SchemaWords("gateway-info.schema.json", "properties.features.items.enum", GatewayInfoDocument.Feature.self),
        SchemaWords("gateway-info.schema.json", "properties.protocol.enum", GatewayInfoDocument.MQTTVersion.self),
        SchemaWords("gateway-info.schema.json", "$defs.lock.properties.commands.items.enum", LockAction.self),
        SchemaWords("gateway-problem.schema.json", "items.properties.code.enum", Problem.Code.self),
    ]

    private static let attributes: [SchemaWords] = {
        let file = "attributes.schema.json"
        let action = "properties.last_action.properties"
        return [
            SchemaWords(file, "properties.state.enum", LockState.self),
            SchemaWords(file, "properties.bolt_state.enum", BoltState.self),
            SchemaWords(file, "properties.battery.properties.type.enum", BatteryType.self, orNull: true),
            SchemaWords(file, "properties.bridge.properties.kind.enum", BridgeKind.self, orNull: true),
            SchemaWords(file, "properties.evidence.properties.source.enum", Evidence.Source.self, orNull: true),
            SchemaWords(file, "\(action).cause.enum", Cause.self, orNull: true),
            SchemaWords(file, "\(action).event.enum", LockOccurrence.Word.self, orNull: true),
            SchemaWords(file, "properties.last_known.properties.state.enum", LockState.self, orNull: true),
            SchemaWords(file, "properties.offline_reason.enum", OfflineReason.self, orNull: true),
            SchemaWords(file, "properties.road.enum", Road.self),
            SchemaWords(file, "properties.webhook_path.enum", WebhookPath.self),
        ]
    }()

    private static let event = [
        SchemaWords("event.schema.json", "properties.cause.enum", Cause.self, orNull: true),
        SchemaWords("event.schema.json", "properties.event_type.enum", LockOccurrence.Word.self),
        SchemaWords("command.schema.json", "properties.if_state.enum", LockState.self),
    ]

    private static let results = [
        SchemaWords("command-result.schema.json", "properties.command.enum", LockAction.self, orNull: true),
        SchemaWords("command-result.schema.json", "properties.road.enum", Road.self),
        SchemaWords("command-result.schema.json", "$defs.failure.enum", FailureReason.self),
        SchemaWords("command-result.schema.json", "$defs.refusal.enum", RefusalReason.self),
    ]
}
