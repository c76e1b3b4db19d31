/// A host name that the link itself answers for, such as `LOQED-a0b1c2d3e4f1.local` (RFC 6762 section 3).
package struct MulticastName: Hashable, Sendable {
    private let name: DNSName

    /// Absent when it is no name, or does not end in `.local`.
    package init?(_ text: String) {
        guard let name = DNSName(text), name.labels.count > 1, let local = DNSName("local"),
            name.labels.last.flatMap({ DNSName(labels: [$0]) }) == local
        else { return nil }
        self.name = name
    }

    /// The MAC address that is part of a bridge's host name.
    package var hardwareAddress: HardwareAddress? { BridgeBrowser.hardwareAddress(in: name.firstLabel) }

    /// Asks the link for the addresses of this name.
    ///
    /// - Parameters:
    ///   - resolver: asks.
    ///   - limit: how long to wait for the first answer at most.
    ///   - gathering: how long to wait for further addresses after that.
    /// - Returns: absent when nobody answered in time, or the task was cancelled before.
    /// - Throws: when nobody could be asked.
    package func resolve(
        by resolver: MulticastResolver,
        within limit: Duration,
        gathering: Duration = .milliseconds(200)
    ) async throws(MulticastFailure) -> MulticastAnswer? {
        try await resolver.search(for: .addresses(of: name), within: limit, gathering: gathering) { search, links in
            let answer = search.answer(for: name, on: links)
            return MulticastGlance(value: answer, isEnough: answer != nil)
        }
    }
}

extension MulticastName: CustomStringConvertible {
    package var description: String { name.description }
}
