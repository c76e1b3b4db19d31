import GatewayTestSupport
import LockDomain
import Testing

@testable import Gateway

@Suite struct `The page about the doctor` {
    /// The codes in the first column of its tables.
    private static let codes: [String] = {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return TemporaryFolder.read("/\(folder)/docs/doctor.md").split(separator: "\n").compactMap { line in
            guard line.hasPrefix("| `") else { return nil }
            return line.dropFirst(3).split(separator: "`").first.map(String.init)
        }.filter { $0 != "rule" }
    }()

    @Test func `explains every check, in their order, and every rule of evidence, and nothing else`() {
        #expect(Self.codes == DoctorCheck.allCases.map(\.rawValue) + EvidenceRule.allCases.map(\.rawValue))
    }
}
