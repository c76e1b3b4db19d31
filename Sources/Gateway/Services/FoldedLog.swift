/// Decides which lines of a log are written when anybody can cause them, at any rate.
///
/// The first of a kind is written at once. Those that follow within the window are counted, and written as one line when it is
/// over; then the next window begins. Kinds beyond the capacity are counted together. So the number of lines depends on time
/// and not on what strangers do.
package struct FoldedLog<Kind: Hashable & Sendable, Detail: Sendable>: Sendable {
    /// One line to be written.
    package struct Line: Sendable {
        /// Nothing: all kinds beyond the capacity together.
        package let kind: Kind?
        /// Of the newest occurrence.
        package let detail: Detail
        /// How often it happened since the line before.
        package let count: Int
    }

    private struct Window {
        let end: Duration
        let number: Int
        var detail: Detail
        var count = 0
    }

    private let length: Duration
    private let capacity: Int
    private var windows: [Kind?: Window] = [:]
    private var lastNumber = 0

    /// - Parameters:
    ///   - window: at most one line of a kind in this time.
    ///   - capacity: how many kinds are told apart at a time.
    package init(window: Duration, capacity: Int) {
        length = window
        self.capacity = capacity
    }

    /// When the next line about what was counted is due, absent when nothing was.
    package var nextDeadline: Duration? { windows.values.filter { $0.count > 0 }.map(\.end).min() }

    /// It happened; returns the lines to write now.
    package mutating func note(_ kind: Kind, _ detail: Detail, at now: Duration) -> [Line] {
        var lines = due(at: now)
        let hasPlace = windows[kind] != nil || windows.count - (windows[.none] == nil ? 0 : 1) < capacity
        let kind = hasPlace ? Kind?.some(kind) : nil
        if windows[kind] == nil {
            begin(kind, detail, at: now)
            lines.append(Line(kind: kind, detail: detail, count: 1))
        } else {
            windows[kind]?.count += 1
            windows[kind]?.detail = detail
        }
        return lines
    }

    /// What was counted in windows that are over.
    package mutating func due(at now: Duration) -> [Line] {
        let over = windows.filter { $0.value.end <= now }.sorted { $0.value.number < $1.value.number }
        var lines: [Line] = []
        for (kind, window) in over {
            windows[kind] = nil
            guard window.count > 0 else { continue }
            lines.append(Line(kind: kind, detail: window.detail, count: window.count))
            begin(kind, window.detail, at: now)
        }
        return lines
    }

    private mutating func begin(_ kind: Kind?, _ detail: Detail, at now: Duration) {
        lastNumber += 1
        windows[kind] = Window(end: now + length, number: lastNumber, detail: detail)
    }

    /// What was counted so far, for the end.
    package mutating func rest() -> [Line] {
        defer { windows = [:] }
        return
            windows
            .filter { $0.value.count > 0 }
            .sorted { $0.value.number < $1.value.number }
            .map { Line(kind: $0.key, detail: $0.value.detail, count: $0.value.count) }
    }
}
