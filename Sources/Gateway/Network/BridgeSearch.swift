import LocalNetwork

/// Looks for bridges by their Wi-Fi MAC: one search for all who are looking at a time.
actor BridgeSearch {
    private let network: any HomeNetwork
    private var wanted = SearchGoal()
    private var running: Task<[FoundBridge], Never>?

    init(network: any HomeNetwork) { self.network = network }

    /// The bridge with that address; absent when it does not answer in time.
    func bridge(with mac: HardwareAddress) async -> FoundBridge? {
        wanted.add(mac)
        let search = running ?? start()
        let found = await search.value
        return found.first { $0.hardwareAddress == mac }
    }

    private func start() -> Task<[FoundBridge], Never> {
        let (network, wanted) = (network, wanted)
        // Ends by itself within the patience of the network; nobody who waits for it may end it for the others.
        let task = Task {
            // Without a link to ask on, nobody answers.
            let found = (try? await network.bridges { wanted.isMet(by: $0) }) ?? []
            self.end()
            return found
        }
        running = task
        return task
    }

    private func end() {
        running = nil
        wanted = SearchGoal()
    }
}
