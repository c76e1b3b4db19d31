extension DNSMessage {
    /// As it goes over the wire; no name is compressed.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        let counts = [questions.count, answers.count, authorities.count, additionals.count]
        for word in [identifier, flags] + counts.map(UInt16.init(clamping:)) { bytes.appendNetwork(word) }
        for question in questions {
            bytes.append(question.name)
            bytes.appendNetwork(question.type.rawValue)
            bytes.appendNetwork(question.wantsUnicast ? 0x8001 : UInt16(1))
        }
        for record in answers + authorities + additionals {
            let data = record.data.encoded
            bytes.append(record.name)
            bytes.appendNetwork(record.data.type.rawValue)
            bytes.appendNetwork((record.isUnique ? 0x8000 : 0) | record.recordClass & 0x7FFF)
            bytes.appendNetwork(record.timeToLive)
            bytes.appendNetwork(UInt16(clamping: data.count))
            bytes += data
        }
        return bytes
    }
}

extension DNSData {
    var type: DNSType {
        switch self {
        case .address(let address): address.family == .v4 ? .addressV4 : .addressV6
        case .pointer: .pointer
        case .service: .service
        case .text: .text
        case .other(let type, _): type
        }
    }

    fileprivate var encoded: [UInt8] {
        var bytes: [UInt8] = []
        switch self {
        case .address(let address): bytes += address.bytes
        case .pointer(let name): bytes.append(name)
        case .service(let target, let port):
            bytes.appendNetwork(UInt32(0))
            bytes.appendNetwork(port)
            bytes.append(target)
        case .text(let strings):
            for string in strings { bytes += [UInt8(clamping: string.count)] + string.prefix(255) }
        case .other(_, let data): bytes += data
        }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ name: DNSName) {
        for label in name.labels { self += [UInt8(label.count)] + label }
        append(0)
    }
}
