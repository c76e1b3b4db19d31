import LockDomain
import LockMessages

/// All that the doctor found.
package struct DoctorReport: Hashable, Sendable {
    /// In the order of the checks; those of a lock together.
    package let findings: [DoctorFinding]

    init(_ findings: [DoctorFinding], locks: [LockID]) {
        let order = Dictionary(uniqueKeysWithValues: DoctorCheck.allCases.enumerated().map { ($1, $0) })
        func byOrder(_ left: DoctorFinding, _ right: DoctorFinding) -> Bool {
            order[left.check, default: 0] < order[right.check, default: 0]
        }
        self.findings =
            findings.filter { $0.lock == nil }.sorted(by: byOrder)
            + locks.flatMap { lock in findings.filter { $0.lock == lock }.sorted(by: byOrder) }
    }

    /// What the process ends with: 0 when nothing failed, else the class of the worst failure.
    package var exitCode: Int32 { worst?.rawValue ?? 0 }

    private var worst: DoctorFinding.Failure? {
        findings.compactMap { finding in
            guard case .failed(let failure) = finding.verdict else { return nil }
            return failure
        }.max()
    }

    private func count(_ verdict: String) -> Int { findings.count { $0.verdict.word == verdict } }
}

extension DoctorReport {
    /// One line of JSON with the keys `version`, `verdict` (`ok`, `warning` or `failed`), `exit_code`, `counts` and `checks`.
    ///
    /// Each of `checks` has `check`, `lock` (null: none), `verdict`, `evidence` and `remedy` (null: none).
    package var jsonText: String {
        let verdict = worst != nil ? "failed" : count("warning") > 0 ? "warning" : "ok"
        let counts = ["ok", "warning", "failed", "skipped"].map { ($0, JSONValue.number(count($0))) }
        let document: JSONValue = [
            "version": .text(GatewayVersion.current),
            "verdict": .text(verdict),
            "exit_code": .number(Int(exitCode)),
            "counts": .object(Dictionary(uniqueKeysWithValues: counts)),
            "checks": .list(
                findings.map { finding in
                    [
                        "check": .text(finding.check.rawValue),
                        "lock": finding.lock.map { .text($0.rawValue) } ?? .null,
                        "verdict": .text(finding.verdict.word),
                        "evidence": .text(finding.evidence),
                        "remedy": finding.remedy.map(JSONValue.text) ?? .null,
                    ]
                }
            ),
        ]
        return String(decoding: document.bytes, as: UTF8.self)
    }

    /// For people: several lines, without a newline at the end.
    package func text(style: TerminalStyle) -> String {
        var lines: [String] = []
        var head: String?
        let width = (findings.map(\.check.rawValue.count).max() ?? 0) + 2
        for finding in findings {
            let newHead = Self.head(of: finding)
            if newHead != head {
                if head != nil { lines.append("") }
                lines.append(newHead)
                head = newHead
            }
            let word = finding.verdict.word
            let padded = word + String(repeating: " ", count: 9 - word.count)
            let name = finding.check.rawValue
            let lead = "  \(style.tone(Self.tone(of: finding), padded))\(name)"
            let evidence = finding.evidence.onTerminalLines
            lines.append(lead + String(repeating: " ", count: width - name.count) + (evidence.first ?? ""))
            let indent = String(repeating: " ", count: 11 + width)
            lines += evidence.dropFirst().map { indent + $0 }
            if let remedy = finding.remedy {
                lines.append("\(indent)-> \(remedy.onTerminalLines.joined(separator: " "))")
            }
        }
        lines += ["", summary]
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        let skipped = count("skipped")
        let rest = skipped == 0 ? "" : ", \(skipped) skipped"
        let (failed, warnings) = (count("failed"), count("warning"))
        guard failed + warnings > 0 else { return "All well: \(count("ok")) checks are ok\(rest)." }
        let words = [
            failed == 0 ? nil : "\(failed) failed",
            warnings == 0 ? nil : "\(warnings) \(warnings == 1 ? "warning" : "warnings")",
            "\(count("ok")) ok",
        ].compactMap { $0 }
        return words.joined(separator: ", ") + "\(rest)."
    }

    private static func head(of finding: DoctorFinding) -> String {
        switch finding.check.section {
        case .machine: "This machine"
        case .broker: "The broker"
        case .gateway: "The running gateway"
        case .lock: "The lock \(finding.lock.map(\.rawValue) ?? "?")"
        }
    }

    private static func tone(of finding: DoctorFinding) -> TerminalStyle.Tone {
        switch finding.verdict {
        case .ok: .good
        case .warning: .notice
        case .failed: .bad
        case .skipped: .plain
        }
    }
}

extension String {
    /// The lines, each as it may be shown on a terminal: parts of them came from a broker or a bridge.
    fileprivate var onTerminalLines: [String] {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).onTerminal }
    }
}
