/// A place in a text file: both numbers count from 1, and a column is a character, not a byte.
package struct FilePosition: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int

    package static let start = FilePosition(line: 1, column: 1)

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: FilePosition, right: FilePosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
