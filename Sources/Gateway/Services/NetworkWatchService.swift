import LocalNetwork
import LockDomain
import Logging
import ServiceLifecycle

/// Tells a lock's supervisor when another way leads to its bridge than before.
///
/// Much else happens to a machine's network, such as containers that come and go; that is passed over.
struct NetworkWatchService: Service, CustomStringConvertible {
    let network: any HomeNetwork
    let directory: LockDirectory
    let locator: BridgeLocator
    let inbox: EngineInbox
    let logger: Logger

    var description: String { "network watch" }

    func run() async throws {
        do throws(KernelFailure) {
            let changes = try network.changes()
            await withGracefulShutdownHandler {
                await follow(changes)
            } onGracefulShutdown: {
                changes.stop()
            }
        } catch {
            logger.warning(
                "changes of this machine's network are not told; a new address is noticed within an hour",
                metadata: ["reason": "\(error)"]
            )
        }
        // A service that ends takes the others with it.
        try? await gracefulShutdown()
    }

    private func follow(_ changes: NetworkChanges) async {
        var ways = WaysToBridges(network: network, locator: locator)
        ways.update(directory.all)
        for await _ in changes.events {
            for lock in ways.update(directory.all) {
                logger.info("the way to the bridge changed", metadata: ["lock.id": "\(lock)"])
                locator.networkChanged(of: lock)
                inbox.report(LockInput(lock, .networkChanged))
            }
        }
    }
}

/// Which way led to each bridge when that was last looked at.
struct WaysToBridges {
    private enum Way: Hashable {
        case known(Route)
        case none
        /// Nobody knows where the bridge is.
        case unknown
    }

    private let network: any HomeNetwork
    private let locator: BridgeLocator
    private var ways: [LockID: Way] = [:]

    init(network: any HomeNetwork, locator: BridgeLocator) {
        self.network = network
        self.locator = locator
    }

    /// Looks again; says for which locks it is not as before.
    ///
    /// A bridge that is nowhere may be anywhere in a network that changed; and of one that has come since, nobody knows
    /// how it was before.
    @discardableResult
    mutating func update(_ locks: [GatewayConfiguration.Lock]) -> [LockID] {
        let isFirst = ways.isEmpty
        ways = ways.filter { way in locks.contains { $0.id == way.key } }
        return locks.filter { lock in
            let before = ways[lock.id]
            let now = way(to: lock)
            ways[lock.id] = now
            return before.map { $0 != now || now == .unknown } ?? !isFirst
        }.map(\.id)
    }

    private func way(to lock: GatewayConfiguration.Lock) -> Way {
        guard let address = locator.lastAddress(of: lock) else { return .unknown }
        return (try? network.route(to: address)).map(Way.known) ?? .none
    }
}
