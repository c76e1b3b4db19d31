import FoundationEssentials
import LockDomain

/// The bytes of the two state files, and what they say.
struct StateImage {
    /// Of both files; a higher one was written by a newer gateway.
    static let version = 1

    private struct Snapshot: Codable {
        var version: Int
        var generation: Int?
        var facts: [StoredFact]
    }

    private struct Header: Codable {
        var version: Int
        /// Of the snapshot that the journal goes on from; absent in files of the time before there was one.
        var generation: Int?
    }

    /// Why a file could not be used as it is.
    enum Damage: Error, Hashable {
        case newer
        case unreadable
    }

    /// The marks of the present bridge keys, by lock.
    let keyMarks: [LockID: String]

    private static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return encoder
    }

    private static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    // MARK: Writing

    func snapshot(of memories: [LockID: LockMemory], generation: Int) throws -> [UInt8] {
        let facts = memories.sorted { $0.key < $1.key }.flatMap { lock, memory in
            memory.facts.map { StoredFact($0, of: lock, keyMark: keyMarks[lock] ?? "") }
        }
        let snapshot = Snapshot(version: Self.version, generation: generation, facts: facts)
        return Array(try Self.encoder().encode(snapshot)) + [UInt8(ascii: "\n")]
    }

    /// The first line of a journal that goes on from the snapshot of that generation.
    func journalHeader(generation: Int) throws -> [UInt8] {
        Array(try Self.encoder().encode(Header(version: Self.version, generation: generation))) + [UInt8(ascii: "\n")]
    }

    func journalLines(_ facts: [(lock: LockID, fact: LockFact)]) throws -> [UInt8] {
        let encoder = Self.encoder()
        var bytes: [UInt8] = []
        for (lock, fact) in facts {
            bytes += try encoder.encode(StoredFact(fact, of: lock, keyMark: keyMarks[lock] ?? ""))
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    // MARK: Reading

    /// The generation of a snapshot or a journal; 0 where it has none, nil where it cannot be read.
    func generation(of bytes: [UInt8]) -> Int? {
        let start = bytes.prefix { $0 != UInt8(ascii: "\n") }
        return (try? Self.decoder().decode(Header.self, from: Data(start))).map { $0.generation ?? 0 }
    }

    func facts(inSnapshot bytes: [UInt8]) throws(Damage) -> [(lock: LockID, fact: LockFact)] {
        let decoder = Self.decoder()
        guard let header = try? decoder.decode(Header.self, from: Data(bytes)) else { throw .unreadable }
        guard header.version <= Self.version else { throw .newer }
        guard let snapshot = try? decoder.decode(Snapshot.self, from: Data(bytes)) else { throw .unreadable }
        var facts: [(lock: LockID, fact: LockFact)] = []
        for stored in snapshot.facts {
            guard let entry = entry(stored) else { throw .unreadable }
            if isOfPresentKey(stored, entry.lock) { facts.append(entry) }
        }
        return facts
    }

    /// The facts of a journal, as far as they can be read, and what is wrong with the rest.
    ///
    /// A last line without its end was being written when the power went: what it says was never safe, so nothing rests
    /// on it and nothing is wrong.
    func facts(inJournal bytes: [UInt8]) -> (facts: [(lock: LockID, fact: LockFact)], damage: Damage?) {
        let decoder = Self.decoder()
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        _ = lines.popLast()
        guard let first = lines.first else { return ([], nil) }
        guard let header = try? decoder.decode(Header.self, from: Data(first)) else { return ([], .unreadable) }
        guard header.version <= Self.version else { return ([], .newer) }
        var facts: [(lock: LockID, fact: LockFact)] = []
        var damage: Damage?
        for line in lines.dropFirst() {
            guard let stored = try? decoder.decode(StoredFact.self, from: Data(line)), let entry = entry(stored) else {
                damage = .unreadable
                continue
            }
            if isOfPresentKey(stored, entry.lock) { facts.append(entry) }
        }
        return (facts, damage)
    }

    private func entry(_ stored: StoredFact) -> (lock: LockID, fact: LockFact)? {
        guard let lock = LockID(stored.lock), let fact = stored.fact else { return nil }
        return (lock, fact)
    }

    /// A bridge that was met with another key is another bridge.
    private func isOfPresentKey(_ stored: StoredFact, _ lock: LockID) -> Bool {
        guard let bridge = stored.bridge, let mark = keyMarks[lock] else { return true }
        return bridge.keyMark == mark
    }
}
