import Crypto
import FoundationEssentials
package import LockDomain

/// A command as the lock takes it: 53 bytes, signed with the secret of a key.
///
/// Layout (LOQED's sample code, and every client that drives real locks): message id 0 (8 bytes), protocol 2, command
/// type 7, Unix seconds (8, big-endian), HMAC-SHA-256 (32), key id, device id 1, action. The HMAC covers protocol, type,
/// time, key id, device id and action. It can be replayed while it is fresh, so it cannot be printed.
package struct SignedCommand: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    static let protocolVersion: UInt8 = 2
    static let commandType: UInt8 = 7
    static let deviceID: UInt8 = 1

    /// Without the message id, as the cloud takes it: 45 bytes.
    private let signedPart: [UInt8]

    /// Signs afresh.
    ///
    /// The fraction of the second is dropped.
    package init(_ action: LockAction, key: KeyID, secret: CommandSecret, at time: UnixTime) {
        let seconds = UInt64(bitPattern: time.seconds).bigEndianBytes
        let tail = [key.rawValue, Self.deviceID, action.wireCode]
        let head = [Self.protocolVersion, Self.commandType] + seconds
        let code = HMAC<SHA256>.authenticationCode(for: head + tail, using: secret.key)
        signedPart = head + Array(code) + tail
    }

    /// The 53 bytes that the bridge takes.
    package var bytes: [UInt8] { [UInt8](repeating: 0, count: 8) + signedPart }

    package var base64: String { Data(bytes).base64EncodedString() }

    /// The 45 bytes that LOQED's own servers take.
    package var cloudBase64: String { Data(signedPart).base64EncodedString() }

    package var description: String { "<signed command>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A command that arrived at a lock, its signature not yet checked.
package struct ReceivedCommand: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    package let key: KeyID
    package let action: LockAction
    /// Unix seconds.
    package let signedAt: Int64
    private let code: [UInt8]
    private let message: [UInt8]

    /// Reads what a lock would: 53 bytes in base64 with protocol 2, type 7, device 1 and a known action; else nothing.
    package init?(base64: String) {
        guard let data = Data(base64Encoded: base64), data.count == 53 else { return nil }
        let bytes = Array(data)
        guard bytes[8] == SignedCommand.protocolVersion, bytes[9] == SignedCommand.commandType,
            bytes[51] == SignedCommand.deviceID, let action = LockAction(wireCode: bytes[52]),
            let key = KeyID(Int(bytes[50]))
        else { return nil }
        self.key = key
        self.action = action
        signedAt = Int64(bigEndianBytes: bytes[10..<18])
        code = Array(bytes[18..<50])
        message = Array(bytes[8..<18] + bytes[50...])
    }

    package var description: String { "<received command>" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether the command's code was made with that secret; compared in constant time.
    package func isSigned(with secret: CommandSecret) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message, using: secret.key)
    }
}

extension LockAction {
    /// LOQED's number for the action: 1 open, 2 day lock, 3 night lock.
    package var wireCode: UInt8 {
        switch self {
        case .open: 1
        case .unlock: 2
        case .lock: 3
        }
    }

    init?(wireCode: UInt8) {
        guard let action = LockAction.allCases.first(where: { $0.wireCode == wireCode }) else { return nil }
        self = action
    }
}
