extension DNSMessage {
    /// How many questions and records a message may have: many times what a home's devices send.
    static let mostEntries = 256

    /// Understands a message; what follows its last record is passed over.
    ///
    /// - Parameter bytes: as they came; never trusted.
    /// - Throws: what is wrong first.
    init(reading bytes: [UInt8]) throws(DNSFailure) {
        var reader = ByteReader(bytes)
        guard let identifier = reader.network16(), let flags = reader.network16(),
            let questionCount = reader.network16(), let answerCount = reader.network16(),
            let authorityCount = reader.network16(), let additionalCount = reader.network16()
        else { throw .truncated }
        let counts = [questionCount, answerCount, authorityCount, additionalCount]
        guard counts.reduce(0, { $0 + Int($1) }) <= Self.mostEntries else { throw .tooMany }
        self.identifier = identifier
        self.flags = flags
        for _ in 0..<questionCount { questions.append(try reader.question()) }
        for _ in 0..<answerCount { answers.append(try reader.record()) }
        for _ in 0..<authorityCount { authorities.append(try reader.record()) }
        for _ in 0..<additionalCount { additionals.append(try reader.record()) }
    }
}

extension ByteReader {
    /// The highest bit of a class has a meaning of its own in multicast DNS.
    private static let internet: UInt16 = 1

    fileprivate mutating func question() throws(DNSFailure) -> DNSQuestion {
        let name = try name()
        guard let type = network16(), let kind = network16() else { throw .truncated }
        return DNSQuestion(name: name, type: DNSType(rawValue: type), wantsUnicast: kind & 0x8000 != 0)
    }

    fileprivate mutating func record() throws(DNSFailure) -> DNSRecord {
        let name = try name()
        guard let type = network16(), let kind = network16(), let timeToLive = network32(), let length = network16(),
            let data = cut(Int(length))
        else { throw .truncated }
        return DNSRecord(
            name: name,
            isUnique: kind & 0x8000 != 0,
            recordClass: kind & 0x7FFF,
            // A time with its highest bit set is none at all (RFC 2181 section 8).
            timeToLive: timeToLive > Int32.max ? 0 : timeToLive,
            data: try data.data(DNSType(rawValue: type), isInternet: kind & 0x7FFF == Self.internet)
        )
    }

    /// All that is left, as data of a type.
    private func data(_ type: DNSType, isInternet: Bool) throws(DNSFailure) -> DNSData {
        var reader = self
        guard isInternet else { return .other(type, reader.take(remaining) ?? []) }
        let data: DNSData
        switch type {
        case .addressV4, .addressV6:
            let length = type == .addressV4 ? 4 : 16
            guard remaining == length, let bytes = reader.take(length) else { throw .badRecord }
            let address = IPAddress(bytes: bytes)
            // An IPv4 address inside an IPv6 one is nobody's address on a link.
            data = address?.bytes == bytes ? address.map(DNSData.address) ?? .other(type, bytes) : .other(type, bytes)
        case .pointer:
            data = .pointer(try reader.name())
        case .service:
            // Priority and weight: there is one target.
            guard reader.network32() != nil, let port = reader.network16() else { throw .badRecord }
            data = .service(target: try reader.name(), port: port)
        case .text:
            data = .text(try reader.strings())
        default:
            data = .other(type, reader.take(remaining) ?? [])
        }
        guard reader.isAtEnd else { throw .badRecord }
        return data
    }

    private mutating func strings() throws(DNSFailure) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        while let length = byte() {
            guard let string = take(Int(length)) else { throw .badRecord }
            strings.append(string)
        }
        return strings
    }

    /// A name, whose end may stand further to the front.
    ///
    /// Each pointer leads before the place where the part that it ends began, so there is no way round.
    fileprivate mutating func name() throws(DNSFailure) -> DNSName {
        var labels: [[UInt8]] = []
        var length = 1
        var part = self
        var partStart = position
        var hasJumped = false
        while true {
            guard let head = part.byte() else { throw .truncated }
            switch head {
            case 0:
                if !hasJumped { self = part }
                guard let name = DNSName(labels: labels) else { throw .nameTooLong }
                return name
            case 1...63:
                guard let label = part.take(Int(head)) else { throw .truncated }
                length += label.count + 1
                guard length <= 255 else { throw .nameTooLong }
                labels.append(label)
            case 0xC0...0xFF:
                guard let low = part.byte() else { throw .truncated }
                let place = Int(head & 0x3F) << 8 | Int(low)
                guard place < partStart, let earlier = part.moved(to: place) else { throw .badPointer }
                if !hasJumped { self = part }
                hasJumped = true
                part = earlier
                partStart = place
            default: throw .badLabel
            }
        }
    }
}
