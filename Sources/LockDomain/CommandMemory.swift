/// The commands of the last day and what became of them, so that a repeated message moves nothing.
package struct CommandMemory: Hashable, Sendable {
    /// For how long an id is known.
    package static let life: Duration = .seconds(24 * 3600)
    /// How many ids that were refused are known at most.
    ///
    /// Ids that were taken on are never forgotten early: the rate limit bounds their number.
    package static let refusedCapacity = 1000

    private var byID: [CommandID: CommandResult] = [:]
    /// In the order of their arrival.
    private var taken: [CommandID] = []
    private var refused: [CommandID] = []

    package init() {}

    package subscript(id: CommandID) -> CommandResult? { byID[id] }

    /// The newest step of every command, in the order of their arrival: those taken on, then those refused.
    package var results: [CommandResult] { (taken + refused).compactMap { byID[$0] } }

    /// Commands that were taken on and whose end is not on record.
    package var open: [CommandResult] { results.filter { !$0.status.isFinal } }

    /// Keeps how far a command has come, and forgets those that ended long ago.
    package mutating func record(_ result: CommandResult) {
        let before = byID.updateValue(result, forKey: result.id)?.status.isRefused
        if before != result.status.isRefused {
            if before == false { taken.removeAll { $0 == result.id } }
            if before == true { refused.removeAll { $0 == result.id } }
            if result.status.isRefused { refused.append(result.id) } else { taken.append(result.id) }
        }
        forget(at: result.updatedAt)
    }

    private mutating func forget(at now: UnixTime) {
        let oldest = now.milliseconds - Self.life.components.seconds * 1000
        for id in taken.prefix(while: { isOver($0, before: oldest) }) { byID[id] = nil }
        for id in refused.dropLast(Self.refusedCapacity) { byID[id] = nil }
        for id in refused.prefix(while: { isOver($0, before: oldest) }) { byID[id] = nil }
        taken.removeFirst(taken.prefix { byID[$0] == nil }.count)
        refused.removeFirst(refused.prefix { byID[$0] == nil }.count)
    }

    /// A command that has not ended is never forgotten.
    private func isOver(_ id: CommandID, before oldest: Int64) -> Bool {
        guard let result = byID[id] else { return true }
        return result.status.isFinal && result.receivedAt.milliseconds < oldest
    }
}
