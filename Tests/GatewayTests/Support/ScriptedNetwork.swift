import LocalNetwork
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP

@testable import Gateway

/// A network that is as it is told, and writes down what it was asked.
final class ScriptedNetwork: HomeNetwork {
    private struct State {
        var questions: [String] = []
        var routes: [String: Route] = [:]
        var interfaces: [LocalInterface] = []
        var names: [String: [IPAddress]] = [:]
        var hosts: [String: HostAnswer] = [:]
        var bridges: [FoundBridge] = []
        var neighbours: [String: HardwareAddress] = [:]
    }

    private let state = NIOLockedValueBox(State())

    var questions: [String] { state.withLockedValue { $0.questions } }

    func forget() { state.withLockedValue { $0.questions = [] } }

    /// There is a way to this address, by an interface of ours with that one.
    func leads(to address: String, from local: String, by interface: String = "eth0", gateway: String? = nil) {
        state.withLockedValue {
            $0.routes[address] = Route(
                local: IPAddress(local)!,
                interface: interface,
                prefixLength: 24,
                gateway: gateway.flatMap { IPAddress($0) }
            )
        }
    }

    func leadsNowhere(to address: String) { state.withLockedValue { $0.routes[address] = nil } }

    func has(_ interface: String, _ kind: LocalInterface.Kind, _ address: String) {
        state.withLockedValue {
            let local = LocalAddress(IPAddress(address)!, prefixLength: 24)
            $0.interfaces.append(
                LocalInterface(
                    index: UInt32($0.interfaces.count + 1),
                    name: interface,
                    kind: kind,
                    addresses: [local]
                )
            )
        }
    }

    func answers(to name: String, with addresses: [String]) {
        state.withLockedValue { $0.names[name] = addresses.map { IPAddress($0)! } }
    }

    func answers(toHost name: String, with answer: HostAnswer) { state.withLockedValue { $0.hosts[name] = answer } }

    func announces(_ mac: String, at address: String?, port: Int = 80) {
        state.withLockedValue { state in
            state.bridges.removeAll { $0.hardwareAddress == HardwareAddress(mac) }
            guard let address else { return }
            state.bridges.append(
                FoundBridge(
                    instance: "LOQED-\(mac)",
                    host: "LOQED-\(mac).local",
                    addresses: [IPAddress(address)!],
                    port: port,
                    hardwareAddress: HardwareAddress(mac),
                    timeToLive: .seconds(120)
                )
            )
        }
    }

    /// Packets to this address go to the machine with that MAC.
    func has(neighbour mac: String, at address: String) {
        state.withLockedValue { $0.neighbours[address] = HardwareAddress(mac) }
    }

    func neighbour(at address: IPAddress) -> HardwareAddress? {
        state.withLockedValue { $0.neighbours["\(address)"] }
    }

    func route(to address: IPAddress) throws(RouteFailure) -> Route {
        let route = state.withLockedValue { $0.routes["\(address)"] }
        guard let route else { throw .noRoute }
        return route
    }

    func interfaces() throws(KernelFailure) -> [LocalInterface] { state.withLockedValue { $0.interfaces } }

    func changes() throws(KernelFailure) -> NetworkChanges { throw .unusable(1) }

    func addresses(of name: MulticastName) async -> [IPAddress] {
        state.withLockedValue {
            $0.questions.append("\(name)")
            return $0.names["\(name)"] ?? []
        }
    }

    func addresses(ofHost name: String) async -> HostAnswer {
        state.withLockedValue {
            $0.questions.append("\(name)")
            return $0.hosts[name] ?? .unknown
        }
    }

    func bridges(
        until isEnough: @escaping @Sendable ([FoundBridge]) -> Bool
    ) async throws(MulticastFailure) -> [FoundBridge] {
        state.withLockedValue {
            $0.questions.append("bridges")
            return $0.bridges
        }
    }
}

/// Writes down where bridges are found.
final class WrittenJournal: LocationJournal {
    private let written = NIOLockedValueBox<[String]>([])

    var lines: [String] { written.withLockedValue { $0 } }

    func bridgeFound(of lock: GatewayConfiguration.Lock, at found: HTTPEndpoint?) {
        written.withLockedValue { $0.append("\(lock.id) at \(found?.authority ?? "home")") }
    }
}

/// Takes no notice.
struct SilentJournal: EdgeJournal {
    func webhookRefused(_ rejection: WebhookRejection?, for lock: LockID) {}
    func replaysDropped(for lock: LockID) {}
    func unknownLock(_ lock: LockID, calledFrom address: String) {}
    func noticed(_ notice: HTTPNotice, from address: String) {}
}
