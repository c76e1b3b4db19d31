import FoundationEssentials
import Testing

@testable import Gateway

/// What is written about running the gateway, held against the gateway.
@Suite struct `The page about running it` {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private var page: [String] {
        get throws {
            let bytes = try Data(contentsOf: Self.root.appending(path: "docs/operations.md"))
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    @Test func `has every series, with its kind, its labels and what it is, and no other`() throws {
        let rows = try page.filter { $0.hasPrefix("| `loqed_") || $0.hasPrefix("| `process_") }
        let expected = MetricName.allCases.map { name in
            let labels = name.labels.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(name.rawValue)` | \(name.kind.rawValue) | \(labels) | \(name.help) |"
        }
        #expect(rows == expected, "\(expected.joined(separator: "\n"))")
    }

    @Test func `has every field of the log, and none that is never written`() throws {
        let lines = try page
        let start = try #require(lines.firstIndex { $0.hasPrefix("| field |") })
        let fields = Set(
            lines[(start + 2)...].prefix { $0.hasPrefix("| `") }.compactMap {
                $0.split(separator: "`").dropFirst().first
            }
        )
        var written: Set<Substring> = []
        var text = ""
        for folder in ["Gateway", "GatewayCommand", "LoqedSimulator"] {
            for source in try sources(in: folder) {
                text += source
                written.formUnion(source.matches(of: /"([a-z_]+(?:\.[a-z_]+)*)":\s*"\\\(/).map(\.output.1))
                written.formUnion(source.matches(of: /(?:metadata|fields|extra)\["([a-z_.]+)"\] = "/).map(\.output.1))
                written.formUnion(source.matches(of: /\[metadataKey: "([a-z_.]+)"\]/).map(\.output.1))
            }
        }
        // Every line of JSON has these three; the page says so above the table.
        #expect(written.subtracting(fields).subtracting(["time", "level", "message"]) == [])
        #expect(fields.filter { !text.contains("\"\($0)\"") } == [])
        #expect(written.count > 25)
    }

    private func sources(in folder: String) throws -> [String] {
        let path = Self.root.appending(path: "Sources/\(folder)").path
        return try FileManager.default.subpathsOfDirectory(atPath: path).filter { $0.hasSuffix(".swift") }.map { name in
            String(decoding: try Data(contentsOf: URL(filePath: "\(path)/\(name)")), as: UTF8.self)
        }
    }
}
