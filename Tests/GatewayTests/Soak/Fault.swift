import GatewayTestSupport

/// What is done to the connections between gateway and broker.
enum Fault: String, CaseIterable {
    /// One session's connection ends.
    case cutOne
    /// All end at once.
    case cutAll
    /// One ends in the middle of a packet.
    case cutInPacket
    /// The broker gets everything, and none of its acknowledgements arrives; then all end.
    case loseAcknowledgements
    /// All end, and nobody can connect for a while.
    case away
    /// All end, and those that are made anew end without an answer for a while, as if the broker had a proxy before it.
    case awayBehindProxy
    /// The broker is killed; what it stored is gone.
    case killAndLose
    /// The broker is killed; what it wrote to disk some time ago is back.
    case killAndKeep
    /// The broker is ended in order; it has what it stored.
    case endAndKeep
    /// The broker is ended in order; what it stored is gone.
    case endAndLose

    var endsBroker: Bool {
        switch self {
        case .killAndLose, .killAndKeep, .endAndKeep, .endAndLose: true
        case .cutOne, .cutAll, .cutInPacket, .loseAcknowledgements, .away, .awayBehindProxy: false
        }
    }

    /// Whether nobody can connect until it is over.
    var shutsOut: Bool { endsBroker || self == .away || self == .awayBehindProxy }

    var kills: Bool { self == .killAndLose || self == .killAndKeep }

    var losesStore: Bool { self == .killAndLose || self == .endAndLose }
}
