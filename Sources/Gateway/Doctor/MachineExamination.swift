import Glibc
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers

/// Looks at the files of this machine; makes and changes none.
enum MachineExamination {
    static func folder(_ path: String) -> FolderFacts {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
            return FolderFacts(path: path, standing: .missing(parentIsWritable: access(parent, W_OK | X_OK) == 0))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return FolderFacts(path: path, standing: .notAFolder) }
        let owner: FolderFacts.Owner =
            status.st_uid == geteuid() || geteuid() == 0 ? .us : status.st_uid == 0 ? .superuser : .another
        let standing = FolderFacts.Standing.there(
            mode: status.st_mode & 0o7777,
            owner: owner,
            isWritable: access(path, R_OK | W_OK | X_OK) == 0
        )
        guard owner == .us else { return FolderFacts(path: path, standing: standing) }
        // The snapshot is replaced and never written to.
        let needed = [
            ("lock", R_OK | W_OK), (StateFile.snapshot.rawValue, R_OK), (StateFile.journal.rawValue, R_OK | W_OK),
        ]
        let closed = needed.filter { name, mode in
            !isUsable("\(path)/\(name)", mode, byOwnerOfFolder: status.st_uid)
        }
        return FolderFacts(path: path, standing: standing, closedFiles: closed.map { "\(path)/\($0.0)" })
    }

    /// Whether a file is not there or may be used: by us, or where we are the superuser, by the one whose folder it is in.
    private static func isUsable(_ path: String, _ mode: Int32, byOwnerOfFolder owner: uid_t) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return errno == ENOENT }
        guard geteuid() == 0 else { return access(path, mode) == 0 }
        // The superuser may do everything, and the bits of the others are those of `access`.
        return owner == 0 || status.st_uid == owner || Int32(status.st_mode) & mode == mode
    }

    /// Bytes that a user may still write on the disk of a folder, or of the one above if that is not there.
    static func freeSpace(of path: String) -> UInt64? {
        var status = statvfs()
        var folder = path
        while statvfs(folder, &status) != 0 {
            guard folder != "/", folder != "." else { return nil }
            folder = folder.lastIndex(of: "/").map { $0 == folder.startIndex ? "/" : String(folder[..<$0]) } ?? "."
        }
        guard status.f_blocks > 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    /// What is on record, without the lock that a running gateway holds and without setting anything aside.
    static func journal(
        in folder: String,
        keyMarks: [LockID: String],
        read: (_ path: String, _ maximum: Int) throws(FileFailure) -> [UInt8]
    ) -> (facts: JournalFacts, memories: [LockID: LockMemory]) {
        let image = StateImage(keyMarks: keyMarks)
        var memories: [LockID: LockMemory] = [:]
        var isThere = false
        for file in [StateFile.snapshot, .journal] {
            let path = "\(folder)/\(file.rawValue)"
            let bytes: [UInt8]
            do throws(FileFailure) {
                bytes = try read(path, 64 << 20)
            } catch {
                switch error {
                case .missing: continue
                case .forbidden: return (.forbidden(file: path), [:])
                case .notAFile, .failed: return (.unreadable(file: path, reason: "\(error)"), [:])
                }
            }
            isThere = true
            let (facts, damage) = Self.facts(in: bytes, of: file, image)
            if let damage { return (.damaged(file: path, isNewer: damage == .newer), memories) }
            for (lock, fact) in facts { memories[lock, default: LockMemory()].apply(fact) }
        }
        guard isThere else { return (.nothing, [:]) }
        let commands = memories.values.reduce(0) { $0 + $1.commands.results.count }
        return (.read(locks: memories.count, commands: commands), memories)
    }

    private static func facts(
        in bytes: [UInt8],
        of file: StateFile,
        _ image: StateImage
    ) -> (facts: [(lock: LockID, fact: LockFact)], damage: StateImage.Damage?) {
        switch file {
        case .journal: return image.facts(inJournal: bytes)
        case .snapshot:
            do throws(StateImage.Damage) {
                return (try image.facts(inSnapshot: bytes), nil)
            } catch {
                return ([], error)
            }
        }
    }
}
