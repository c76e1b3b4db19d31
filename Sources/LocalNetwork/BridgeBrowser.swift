/// A bridge that told of itself on the link.
package struct FoundBridge: Hashable, Sendable {
    /// The name of its service, such as `LOQED-a0b1c2d3e4f1`.
    package let instance: String
    /// Such as `LOQED-a0b1c2d3e4f1.local`.
    package let host: String
    /// The most useful first; at least one.
    package let addresses: [IPAddress]
    package let port: Int
    /// Of its Wi-Fi; absent when neither its names nor its text nor the kernel's neighbours show it.
    package let hardwareAddress: HardwareAddress?
    /// For how long this holds; between ten seconds and two minutes.
    package let timeToLive: Duration

    package init(
        instance: String,
        host: String,
        addresses: [IPAddress],
        port: Int,
        hardwareAddress: HardwareAddress?,
        timeToLive: Duration
    ) {
        self.instance = instance
        self.host = host
        self.addresses = addresses
        self.port = port
        self.hardwareAddress = hardwareAddress
        self.timeToLive = timeToLive
    }
}

/// Finds LOQED bridges on the link.
///
/// A bridge announces `_http._tcp.local` under an instance name that begins with `LOQED`, on the host
/// `LOQED-<Wi-Fi MAC>.local`.
package struct BridgeBrowser: Sendable {
    private static let service = "_http._tcp.local"
    private static let beginning = "LOQED"

    private let resolver: MulticastResolver
    private let neighbours: NeighbourTable?

    /// Sends nothing yet.
    ///
    /// - Parameters:
    ///   - resolver: asks.
    ///   - neighbours: tells MAC addresses that names do not show; absent: those stay unknown.
    package init(resolver: MulticastResolver, neighbours: NeighbourTable? = nil) {
        self.resolver = resolver
        self.neighbours = neighbours
    }

    /// All bridges that answer.
    ///
    /// - Parameters:
    ///   - limit: how long to listen; less when the task is cancelled.
    ///   - gathering: how long to listen for further addresses once there is enough.
    ///   - isEnough: ends it before, given those found so far; called on the search's thread.
    /// - Returns: those of which an address is known, by instance name.
    /// - Throws: when nobody could be asked.
    package func bridges(
        within limit: Duration,
        gathering: Duration = .zero,
        until isEnough: @escaping @Sendable ([FoundBridge]) -> Bool = { _ in false }
    ) async throws(MulticastFailure) -> [FoundBridge] {
        guard let service = DNSName(Self.service) else { return [] }
        let goal = MulticastSearch.Goal.instances(of: service, beginning: Self.beginning)
        return try await resolver.search(for: goal, within: limit, gathering: gathering) { search, links in
            let found = Self.bridges(in: search, on: links, neighbours: neighbours)
            return MulticastGlance(value: found, isEnough: isEnough(found))
        }
    }

    /// The bridge with a Wi-Fi MAC address, as soon as it answers.
    ///
    /// - Parameters:
    ///   - hardwareAddress: as it is part of its host name.
    ///   - limit: how long to listen at most.
    ///   - gathering: how long to listen for further addresses once it answered.
    /// - Returns: absent when it did not answer in time.
    /// - Throws: when nobody could be asked.
    package func bridge(
        with hardwareAddress: HardwareAddress,
        within limit: Duration,
        gathering: Duration = .milliseconds(200)
    ) async throws(MulticastFailure) -> FoundBridge? {
        let found = try await bridges(within: limit, gathering: gathering) { bridges in
            bridges.contains { $0.hardwareAddress == hardwareAddress }
        }
        return found.first { $0.hardwareAddress == hardwareAddress }
    }

    /// The MAC address in a label such as `LOQED-a0b1c2d3e4f1`.
    static func hardwareAddress(in label: String) -> HardwareAddress? {
        guard label.utf8.count == beginning.utf8.count + 13, label.lowercased().hasPrefix("loqed-") else { return nil }
        return HardwareAddress(label.suffix(12))
    }

    static func bridges(
        in search: MulticastSearch,
        on links: [MulticastLink],
        neighbours: NeighbourTable? = nil
    ) -> [FoundBridge] {
        search.instances.compactMap { instance, told -> FoundBridge? in
            guard let service = told.service, let answer = search.answer(for: service.target, on: links) else {
                return nil
            }
            let named = hardwareAddress(in: service.target.firstLabel) ?? hardwareAddress(in: instance.firstLabel)
            return FoundBridge(
                instance: instance.firstLabel,
                host: service.target.description,
                addresses: answer.addresses,
                port: Int(service.port),
                hardwareAddress: named ?? told.hardwareAddress ?? neighbours?.hardwareAddress(of: answer.addresses),
                timeToLive: answer.timeToLive
            )
        }.sorted { ($0.instance, $0.host) < ($1.instance, $1.host) }
    }
}

extension NeighbourTable {
    /// Of the first of a bridge's addresses that the kernel knows; what cannot be asked is not known.
    fileprivate func hardwareAddress(of addresses: [IPAddress]) -> HardwareAddress? {
        addresses.prefix(Self.mostQuestions).lazy.compactMap { try? hardwareAddress(of: $0) }.first
    }

    /// About one bridge.
    private static let mostQuestions = 4
}
