/// A DNS message, as far as service discovery needs it (RFC 1035 section 4).
struct DNSMessage: Hashable, Sendable {
    var identifier: UInt16
    /// The header's second word: response, opcode, and so on.
    var flags: UInt16
    var questions: [DNSQuestion] = []
    var answers: [DNSRecord] = []
    var authorities: [DNSRecord] = []
    var additionals: [DNSRecord] = []

    /// A response to a plain query, without an error (RFC 6762 section 18).
    var isGoodResponse: Bool { flags & 0x8000 != 0 && flags & 0x780F == 0 }
}

struct DNSQuestion: Hashable, Sendable {
    let name: DNSName
    let type: DNSType
    /// Asks for an answer to the sender alone (RFC 6762 section 5.4).
    let wantsUnicast: Bool
}

struct DNSType: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt16

    static let addressV4 = DNSType(rawValue: 1)
    static let pointer = DNSType(rawValue: 12)
    static let text = DNSType(rawValue: 16)
    static let addressV6 = DNSType(rawValue: 28)
    static let service = DNSType(rawValue: 33)
}

struct DNSRecord: Hashable, Sendable {
    let name: DNSName
    /// Replaces what was known before (RFC 6762 section 10.2).
    var isUnique = true
    /// The class; 1 is the internet's.
    var recordClass: UInt16 = 1
    /// In seconds; 0 says that it holds no longer.
    let timeToLive: UInt32
    let data: DNSData
}

enum DNSData: Hashable, Sendable {
    case address(IPAddress)
    case pointer(DNSName)
    case service(target: DNSName, port: UInt16)
    case text([[UInt8]])
    /// Another type, another class than the internet's, or an address that cannot be.
    case other(DNSType, [UInt8])
}

/// What is wrong with bytes that should be a DNS message.
enum DNSFailure: Error, Hashable, Sendable {
    /// Fewer bytes than they say.
    case truncated
    /// A label of a kind that nobody uses.
    case badLabel
    case nameTooLong
    /// A compressed name that points at itself or onwards (RFC 1035 section 4.1.4).
    case badPointer
    /// Data that does not fit its type.
    case badRecord
    /// More questions and records than ``DNSMessage/mostEntries``.
    case tooMany
}
