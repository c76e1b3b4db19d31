/// Finds what a mistyped key was meant to be.
struct WordDistance {
    private let word: [UInt8]

    /// - Parameter word: the key as it was typed. Case, and `-` for `_`, count for nothing.
    init(of word: String) { self.word = Self.plain(word) }

    /// The candidate with the fewest letters to change, when they are few enough to be a slip.
    func nearest(of candidates: some Sequence<String>) -> String? {
        candidates
            .map { (candidate: $0, edits: edits(to: Self.plain($0))) }
            .filter { $0.edits <= max(1, $0.candidate.utf8.count / 3) }
            .min { ($0.edits, $0.candidate) < ($1.edits, $1.candidate) }?
            .candidate
    }

    /// Letters to insert, remove, replace or swap with a neighbour.
    private func edits(to other: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for (row, letter) in word.enumerated() {
            var current = [row + 1]
            for (column, otherLetter) in other.enumerated() {
                var best = min(
                    last[column + 1] + 1,
                    current[column] + 1,
                    last[column] + (letter == otherLetter ? 0 : 1)
                )
                if row > 0, column > 0, letter == other[column - 1], word[row - 1] == otherLetter {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[other.count]
    }

    private static func plain(_ word: String) -> [UInt8] {
        word.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
    }
}
