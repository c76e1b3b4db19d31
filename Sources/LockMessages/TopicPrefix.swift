/// The fixed beginning of a family of topics, such as `loqed` or `home/loqed`.
///
/// 1 to 200 bytes of UTF-8 without wildcards, control characters, empty levels or a leading `$`, so that nothing built
/// from it can be a topic that a broker refuses.
package struct TopicPrefix: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ rawValue: String) {
        let forbidden = rawValue.unicodeScalars.contains { scalar in
            scalar == "+" || scalar == "#" || scalar.properties.generalCategory == .control
        }
        let levels = rawValue.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...200).contains(rawValue.utf8.count), !forbidden, !rawValue.hasPrefix("$") else { return nil }
        guard levels.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}
