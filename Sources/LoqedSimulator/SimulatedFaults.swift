extension SimulatedDevice {
    /// What goes wrong on purpose.
    package struct Faults: Hashable, Sendable {
        /// The motor starts and does not get through.
        package var stalls = false
        /// What the bridge does to requests instead of answering.
        package var requests = RequestFaults()
        /// What happens to webhooks on their way.
        package var webhooks = WebhookFaults()
        /// What becomes of those who connect, apart from a bridge without power.
        package var port: PortState = .open
        /// Webhooks are sent this much ahead of the real time.
        package var clockSkew: Duration = .zero
        /// `/status` does not change any more.
        package var statusIsStuck = false
    }

    /// What differs from one firmware to the next, or what nobody has seen a real device do.
    package struct Manners: Hashable, Sendable {
        /// Every number of webhooks and `/status` is written as text.
        package var writesNumbersAsText = false
        /// The type of the batteries is a number in webhooks, as LOQED documents it; captured ones have a name.
        package var writesBatteryTypeAsNumber = false
        package var noKey: NoKey = .number
        /// While the lock is lost, `/status` still shows what was last known.
        package var keepsValuesOfLostLock = false
        /// A command that came while the lock was lost moves it when it is back.
        package var keepsCommandsForLostLock = false
        /// The lock acts again on signed bytes that it has had; nobody has tried.
        package var actsOnReplays = true
        /// How many webhooks the bridge keeps at most; the real limit is not known.
        package var webhookLimit: Int?
        /// The status of the answer to a wrong signature at `/webhooks`; the real one is not known.
        package var denial = 401
    }

    /// How an event is written that no key brought about.
    package enum NoKey: String, Hashable, Sendable, CaseIterable {
        /// As captured.
        case number = "255"
        /// As documented.
        case null
        case empty
        case missing
    }

    /// What goes wrong with a request to the simulated bridge.
    package enum RequestFault: String, Hashable, Sendable, CaseIterable {
        // The request takes effect, and the answer is no good.
        case hang, reset, truncate, error, redirect, garbage, drip, huge
        /// The connection ends and the request has no effect.
        case drop
        /// The answer is as always, and the request has no effect.
        case swallow
    }

    /// What those see who connect to the bridge.
    package enum PortState: String, Hashable, Sendable {
        case open
        /// Connections are refused.
        case refusing
        /// Connections are neither taken nor refused: the caller waits until it gives up.
        case silent
    }
}

/// One of the things that can be asked of a bridge.
package enum BridgeRoute: String, Hashable, Sendable, CaseIterable {
    case status
    case toLock = "to_lock"
    case state
    case list, create, delete
    /// Anything else.
    case other
}

/// The requests that a fault is for.
package enum FaultScope: String, Hashable, Sendable, CaseIterable {
    case all
    case status
    case toLock = "to_lock"
    case state
    case webhooks
    case list, create, delete

    package var routes: Set<BridgeRoute> {
        switch self {
        case .all: Set(BridgeRoute.allCases)
        case .webhooks: [.list, .create, .delete]
        default: BridgeRoute(rawValue: rawValue).map { [$0] } ?? []
        }
    }
}

/// What the bridge does to which requests, and how often.
package struct RequestFaults: Hashable, Sendable {
    private struct Rule: Hashable, Sendable {
        let fault: SimulatedDevice.RequestFault
        /// How many requests are left; absent for all.
        var count: Int?
    }

    private var rules: [FaultScope: Rule] = [:]

    /// Sets a fault, or ends every fault within the scope.
    mutating func set(_ fault: SimulatedDevice.RequestFault?, on scope: FaultScope, count: Int?) {
        if let fault {
            rules[scope] = Rule(fault: fault, count: count)
        } else {
            rules = rules.filter { !$0.key.routes.isSubset(of: scope.routes) }
        }
    }

    /// The fault for a request that has come, which counts as one; the narrowest scope decides.
    mutating func next(for route: BridgeRoute) -> SimulatedDevice.RequestFault? {
        let matching = rules.filter { $0.key.routes.contains(route) }
        guard let (scope, rule) = matching.min(by: { $0.key.routes.count < $1.key.routes.count }) else { return nil }
        if let count = rule.count { rules[scope]?.count = count - 1 }
        if rules[scope]?.count == 0 { rules[scope] = nil }
        return rule.fault
    }
}

/// What happens to webhooks between the bridge and all its targets.
package struct WebhookFaults: Hashable, Sendable {
    package var losesAll = false
    /// How many of the next ones are lost.
    package var losesNext = 0
    /// Each is sent twice, byte for byte the same.
    package var repeats = false
    /// How long each is on its way after it was signed.
    package var delay: Duration = .zero
    /// Each second one overtakes the one before it.
    package var swaps = false
    /// The signature is not that of the bridge's key.
    package var forges = false

    mutating func losesOne() -> Bool {
        if losesAll { return true }
        guard losesNext > 0 else { return false }
        losesNext -= 1
        return true
    }
}
