import FoundationEssentials
import Testing

@Suite struct `Every type that others may use` {
    @Test func `says what it is`() throws {
        let declaration =
            /^\s*(?:package|public) (?:final |indirect )?(?:struct|enum|class|actor|protocol|typealias) (\w+)/
        var seen = 0
        var silent: [String] = []
        for path in try Repository.swiftFiles(in: "Sources") where !path.hasPrefix("Sources/GatewayTestSupport/") {
            let lines = try Repository.lines(path)
            for (place, line) in lines.enumerated() {
                guard let name = try declaration.firstMatch(in: line)?.output.1 else { continue }
                seen += 1
                let above = lines[..<place].last { !$0.drop { $0 == " " }.hasPrefix("@") }
                if above?.drop(while: { $0 == " " }).hasPrefix("///") != true { silent.append("\(path): \(name)") }
            }
        }
        #expect(silent == [])
        #expect(seen > 200)
    }

    /// Every page of the documentation can be found from the README, and no link of any page leads nowhere.
    @Test func `is documented on pages that lead to each other`() throws {
        let pages =
            try FileManager.default.subpathsOfDirectory(atPath: "\(Repository.root)/docs")
            .filter { $0.hasSuffix(".md") }.map { "docs/\($0)" } + ["README.md", "CHANGELOG.md"]
        var found: Set = ["README.md"]
        var waiting = ["README.md"]
        while let page = waiting.popLast() {
            for target in try links(of: page) where pages.contains(target) && found.insert(target).inserted {
                waiting.append(target)
            }
        }
        #expect(Set(pages).subtracting(found) == [])
        for page in pages {
            for target in try links(of: page) {
                #expect(
                    FileManager.default.fileExists(atPath: "\(Repository.root)/\(target)"),
                    "\(page) leads to \(target)"
                )
            }
        }
    }

    /// The files of the repository that a page links to, from the root.
    private func links(of page: String) throws -> [String] {
        let folder = page.split(separator: "/").dropLast().map(String.init)
        return try Repository.text(page).matches(of: /\]\(([^)\s#]+)(?:#[^)]*)?\)/).compactMap { match in
            guard !match.output.1.contains("://") else { return nil }
            var parts = folder
            for part in match.output.1.split(separator: "/") {
                switch part {
                case ".": continue
                case "..": parts.removeLast()
                default: parts.append(String(part))
                }
            }
            return parts.joined(separator: "/")
        }
    }
}
