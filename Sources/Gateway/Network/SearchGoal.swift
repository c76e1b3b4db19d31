import LocalNetwork
import NIOConcurrencyHelpers

/// The bridges that a search is for; more may be added while it runs.
final class SearchGoal: Sendable {
    private let wanted = NIOLockedValueBox<Set<HardwareAddress>>([])

    func add(_ mac: HardwareAddress) { wanted.withLockedValue { _ = $0.insert(mac) } }

    func isMet(by found: [FoundBridge]) -> Bool {
        let known = Set(found.compactMap(\.hardwareAddress))
        return wanted.withLockedValue { $0.isSubset(of: known) }
    }
}
