import Glibc
import LockDomain
import LockMessages
import Logging
import LoqedWire

/// What is on record from the time before, and where the rest goes.
struct GatewayState {
    let memories: [LockID: LockMemory]
    private let disk: any StateDisk
    private let setAside: [String]
    private let generation: Int
    /// Whether the state directory could be opened; another try needs another process.
    let isUsable: Bool

    /// Opens the state directory.
    ///
    /// One that cannot be used does not keep the gateway from telling what the locks do; only commands need it.
    static func open(_ configuration: GatewayConfiguration) throws(StartFailure) -> GatewayState {
        do throws(DiskFailure) {
            let folder = try StateFolder(path: configuration.stateDirectory)
            let recovery = try FactRecord.recover(from: folder, keyMarks: configuration.keyMarks)
            return GatewayState(
                memories: recovery.memories,
                disk: folder,
                setAside: recovery.setAside,
                generation: recovery.generation,
                isUsable: true
            )
        } catch {
            guard error.code != EWOULDBLOCK else { throw .stateInUse(folder: configuration.stateDirectory) }
            return GatewayState(
                memories: [:],
                disk: UnavailableDisk(failure: error),
                setAside: [],
                generation: 0,
                isUsable: false
            )
        }
    }

    /// The locks that are on record and no longer configured.
    ///
    /// They stay on record: the ids of their commands must do nothing when such a lock comes back.
    func formerLocks(besides locks: [GatewayConfiguration.Lock]) -> [LockID] {
        memories.keys.filter { id in !locks.contains { $0.id == id } }.sorted()
    }

    /// The Wi-Fi MACs of the locks' own bridges, as far as they are configured or were met before.
    func bridgeMACs(of locks: [GatewayConfiguration.Lock]) -> [LockID: String] {
        var macs = memories.compactMapValues(\.bridgeMAC)
        for lock in locks { macs[lock.id] = lock.bridgeMAC ?? macs[lock.id] }
        return macs
    }

    /// The record that goes on from here; what is wrong with it is shown as a problem.
    func makeRecord(_ configuration: GatewayConfiguration, link: MQTTLink, logger: Logger) -> FactRecord {
        let folder = configuration.stateDirectory
        for file in setAside {
            logger.warning(
                "the record could not be read and was set aside",
                metadata: ["file": "\(file)", "problem": "\(Problem.Code.stateSetAside.rawValue)"]
            )
        }
        link.show(Set(setAside.map { .stateSetAside(as: $0) }), from: .recovery)
        let isUsable = isUsable
        let onChange: @Sendable (DiskFailure?) -> Void = { failure in
            if let failure {
                logger.error(
                    "the state directory cannot be written; commands are refused",
                    metadata: [
                        "folder": "\(folder)", "reason": "\(failure)",
                        "problem": "\(Problem.Code.journalUnavailable.rawValue)",
                    ]
                )
            } else {
                logger.notice("the state directory can be written again", metadata: ["folder": "\(folder)"])
            }
            link.show(failure == nil ? [] : [.journalUnavailable(folder: folder, isOpen: isUsable)], from: .journal)
        }
        let record = FactRecord(
            disk: disk,
            keyMarks: configuration.keyMarks,
            memories: memories,
            generation: generation,
            onChange: onChange
        )
        // The first write tells whether there can be others.
        record.begin()
        return record
    }
}

extension GatewayConfiguration {
    /// The marks of the present bridge keys.
    var keyMarks: [LockID: String] {
        Dictionary(uniqueKeysWithValues: locks.map { ($0.id, $0.bridgeKey.mark) })
    }
}
