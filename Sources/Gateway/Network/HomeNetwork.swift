package import LocalNetwork

/// What can be known of the networks that this machine is in.
package protocol HomeNetwork: Sendable {
    /// How this machine reaches an address.
    func route(to address: IPAddress) throws(RouteFailure) -> Route
    func interfaces() throws(KernelFailure) -> [LocalInterface]
    /// The machine on our links that packets to an address go to, as far as the kernel knows; sends nothing.
    func neighbour(at address: IPAddress) -> HardwareAddress?
    /// Asks the link for the addresses of a host that answers for its own name.
    ///
    /// - Returns: empty when nobody answered.
    func addresses(of name: MulticastName) async -> [IPAddress]
    /// Asks for the addresses of any other host, as a connection to it would, and for no longer.
    func addresses(ofHost name: String) async -> HostAnswer
    /// Tells of changes from now on.
    func changes() throws(KernelFailure) -> NetworkChanges
    /// Asks the link for LOQED bridges, until there are enough.
    ///
    /// - Throws: when nobody could be asked.
    func bridges(
        until isEnough: @escaping @Sendable ([FoundBridge]) -> Bool
    ) async throws(MulticastFailure) -> [FoundBridge]
}

extension HomeNetwork {
    /// Whether there is a way to addresses that are in no home.
    ///
    /// Asks the kernel alone: a way that is blocked further on still counts as one.
    var leadsToInternet: Bool {
        ["9.9.9.9", "2620:fe::fe"].compactMap { IPAddress($0) }.contains { (try? route(to: $0)) != nil }
    }
}

/// The networks that this machine is really in.
package struct LiveHomeNetwork: HomeNetwork {
    /// How long a name or a bridge is looked for at most.
    private static let patience: Duration = .seconds(3)

    private let lookup = RouteLookup(kernel: LiveRoutingKernel())
    private let list = InterfaceList(kernel: LiveRoutingKernel(), surroundings: .current())
    private let resolver: MulticastResolver

    package init() {
        resolver = MulticastResolver(interfaces: list, threads: .live) { UInt16.random(in: 1...UInt16.max) }
    }

    package func route(to address: IPAddress) throws(RouteFailure) -> Route { try lookup.route(to: address) }

    package func interfaces() throws(KernelFailure) -> [LocalInterface] { try list.interfaces() }

    package func neighbour(at address: IPAddress) -> HardwareAddress? {
        (try? NeighbourTable(kernel: LiveRoutingKernel()).hardwareAddress(of: address)) ?? nil
    }

    package func addresses(ofHost name: String) async -> HostAnswer {
        await HostLookup(threads: .live).addresses(of: name, within: Self.patience)
    }

    package func changes() throws(KernelFailure) -> NetworkChanges { try NetworkChanges(threads: .live) }

    package func addresses(of name: MulticastName) async -> [IPAddress] {
        // Without a link to ask on, nobody answers.
        let answer = try? await name.resolve(by: resolver, within: Self.patience)
        return answer?.addresses ?? []
    }

    /// Looks for bridges on the network by multicast DNS.
    package func bridges(
        until isEnough: @escaping @Sendable ([FoundBridge]) -> Bool
    ) async throws(MulticastFailure) -> [FoundBridge] {
        let neighbours = NeighbourTable(kernel: LiveRoutingKernel())
        let browser = BridgeBrowser(resolver: resolver, neighbours: neighbours)
        // An IPv6 address may come first; the IPv4 one is not far behind.
        let gathering = Duration.milliseconds(200)
        return try await browser.bridges(within: Self.patience, gathering: gathering, until: isEnough)
    }
}
