import GatewayTestSupport

/// Counts what a decoder hides: how many members the objects of a text have as written, repeated ones included.
enum MemberCount {
    /// Outside strings every member has exactly one colon.
    static func written(in bytes: [UInt8]) -> Int {
        var count = 0
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                isEscaped = false
            } else if isInString, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if !isInString, byte == UInt8(ascii: ":") {
                count += 1
            }
        }
        return count
    }

    static func decoded(in json: AnyJSON) -> Int {
        switch json {
        case .null, .flag, .integer, .number, .text: 0
        case .list(let elements): elements.reduce(0) { $0 + decoded(in: $1) }
        case .object(let members): members.values.reduce(members.count) { $0 + decoded(in: $1) }
        }
    }
}
