import LockDomain

/// Everything that is wrong now: a list of objects with the keys `lock` (null: the gateway), `code`, `text`, `remedy`.
///
/// Sorted by lock and code, so equal problems give equal bytes; empty when all is well.
package struct ProblemDocument: Hashable, Sendable {
    private let problems: Set<Problem>

    package init(_ problems: Set<Problem>) { self.problems = problems }

    package var json: JSONValue {
        .list(
            problems.sorted { key(of: $0) < key(of: $1) }.map { problem in
                [
                    "lock": JSONValue(problem.lock?.rawValue),
                    "code": .text(problem.code.rawValue),
                    "text": .text(problem.text),
                    "remedy": .text(problem.remedy),
                ]
            }
        )
    }

    private func key(of problem: Problem) -> (String, String, String) {
        (problem.lock?.rawValue ?? "", problem.code.rawValue, problem.text)
    }
}
