import FoundationEssentials
import LoqedWire

/// The vectors and payloads beside this file.
///
/// They come from other implementations and from captures, not from here.
enum TestFiles {
    static let folder = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/")!))

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(folder)/\(path)")))
    }

    static func json(_ path: String) throws -> JSONValue { try JSONValue.parse(bytes(path)) }

    static func vectors(_ section: String) throws -> [[String: JSONValue]] {
        let all = try json("Vectors/loqed-vectors.json").object ?? [:]
        return (all[section]?.array ?? []).compactMap(\.object)
    }

    static func key(_ name: String) throws -> String {
        let all = try json("Vectors/loqed-vectors.json").object ?? [:]
        return all["keys"]?.object?[name]?.object?["base64"]?.string ?? ""
    }

    static func bridgeKey(_ vector: [String: JSONValue]) throws -> BridgeKey {
        try BridgeKey(base64: key(vector["bridge_key"]?.string ?? ""))
    }

    /// The manifest's line on each payload.
    static func manifest() throws -> [[String: JSONValue]] {
        let all = try json("Payloads/00-manifest.json").object ?? [:]
        return (all["files"]?.array ?? []).compactMap(\.object)
    }
}
