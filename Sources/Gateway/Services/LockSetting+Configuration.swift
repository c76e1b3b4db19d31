import LockDomain

extension LockSetting {
    init(_ lock: GatewayConfiguration.Lock, policy: LockPolicy, memory: LockMemory?) {
        self.init(identity: LockIdentity(lock), policy: policy, memory: memory ?? LockMemory())
    }
}

extension LockIdentity {
    init(_ lock: GatewayConfiguration.Lock) {
        self.init(
            id: lock.id,
            ownKey: lock.localKeyID,
            keyNames: lock.keyNames,
            allowedActions: lock.allowedActions,
            bridgeMAC: lock.bridgeMAC
        )
    }
}

extension GatewayConfiguration.Supervision {
    var policy: LockPolicy {
        var policy = LockPolicy()
        policy.statusInterval = statusInterval
        policy.statusIntervalUnproven = statusIntervalUnproven
        policy.probeInterval = probeInterval
        policy.movementTimeout = movementTimeout
        policy.builtAt = GatewayVersion.madeAfter
        return policy
    }
}
