/// The ids of the commands of the last day, so that a repeated message moves nothing.
struct CommandMemory: Hashable, Sendable {
    private struct Entry: Hashable, Sendable {
        let id: CommandID
        let at: UnixTime
    }

    private var entries: [Entry] = []
    private var ids: Set<CommandID> = []

    /// Checks and records in one step: says whether the id is new.
    ///
    /// Forgets ids older than ``LockPolicy/commandMemory`` and the oldest beyond ``LockPolicy/commandMemoryCapacity``.
    mutating func admit(_ id: CommandID, at now: UnixTime, policy: LockPolicy) -> Bool {
        let oldest = now.milliseconds - policy.commandMemory.components.seconds * 1000
        let expired = entries.prefix { $0.at.milliseconds < oldest }.count
        let surplus = max(expired, entries.count + 1 - policy.commandMemoryCapacity)
        if surplus > 0 {
            for entry in entries.prefix(surplus) { ids.remove(entry.id) }
            entries.removeFirst(min(surplus, entries.count))
        }
        guard ids.insert(id).inserted else { return false }
        entries.append(Entry(id: id, at: now))
        return true
    }

    func contains(_ id: CommandID) -> Bool { ids.contains(id) }
}
