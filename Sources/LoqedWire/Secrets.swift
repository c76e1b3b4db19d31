import Crypto
import FoundationEssentials

/// Why a key from LOQED cannot be used.
///
/// Never carries the key.
package enum KeyError: Error, Equatable, CustomStringConvertible {
    case notBase64
    /// A key of LOQED has 32 bytes.
    case wrongLength(Int)
    case empty

    package var description: String {
        switch self {
        case .notBase64: "is not base64"
        case .wrongLength(let length): "has \(length) bytes where a key of LOQED has 32"
        case .empty: "is empty"
        }
    }
}

/// The secret of one key of a lock: signs commands.
///
/// Cannot be printed.
package struct CommandSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let key: SymmetricKey

    /// Reads LOQED's base64 form (`key_secret`, `lock_key_key`): 32 bytes.
    package init(base64: String) throws(KeyError) {
        guard let data = Data(base64Encoded: base64) else { throw .notBase64 }
        guard data.count == 32 else { throw data.isEmpty ? .empty : .wrongLength(data.count) }
        key = SymmetricKey(data: data)
    }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The key of a bridge: authenticates webhooks in both directions.
///
/// Cannot command the lock. Cannot be printed.
package struct BridgeKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let bytes: [UInt8]

    /// Reads LOQED's base64 form (`bridge_key`): 32 bytes, as every one that was seen.
    package init(base64: String) throws(KeyError) {
        guard let data = Data(base64Encoded: base64) else { throw .notBase64 }
        guard data.count == 32 else { throw data.isEmpty ? .empty : .wrongLength(data.count) }
        bytes = Array(data)
    }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension BridgeKey {
    /// Tells whether a key has been replaced: eight hexadecimal digits of a hash of it, which say nothing about it.
    package var mark: String {
        let digest = SHA256.hash(data: Array("loqed-gateway bridge key mark".utf8) + bytes)
        return digest.prefix(4).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
