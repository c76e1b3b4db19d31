import LocalNetwork
import LockMessages

/// Puts place-holders for whatever says whose home this is, the same one for the same thing wherever it stands.
///
/// Addresses that were in one network stay in one network. What is the same everywhere stays as it is: loopback, the
/// unspecified address, ports, times.
package struct Pseudonyms: Sendable {
    /// What a word is, and so what stands in its place.
    package enum Kind: String, Hashable, Sendable {
        case lock
        case door
        case person
        case host
        case user
        case name
    }

    private var words: [(word: [Character], standIn: String)] = []
    private var taken: [Kind: Int] = [:]
    private var hardware: [String: Int] = [:]
    private var networks: [[UInt8]: Int] = [:]
    private var hosts: [IPAddress: String] = [:]
    private var people: [String: Int] = [:]

    package init() {}

    /// From now on a place-holder stands for that word, unless it is one of `CommonWords`.
    package mutating func note(_ word: String, _ kind: Kind) {
        // The configuration knows hosts in small letters.
        let forms = kind == .host ? [word, word.lowercased()] : [word]
        guard !word.isEmpty, IPAddress(word) == nil, !forms.contains(where: CommonWords.contains),
            !words.contains(where: { $0.word == Array(word) })
        else { return }
        taken[kind, default: 0] += 1
        let number = taken[kind, default: 0]
        let standIn =
            switch kind {
            case .lock: "lock_\(number)"
            case .door: "Door \(number)"
            case .person: "Person \(number)"
            case .host: "host-\(number).example"
            case .user: "user-\(number)"
            case .name: "name-\(number)"
            }
        for form in forms {
            add(form, standIn)
            add(form.inQuotes, standIn)
        }
        // As Home Assistant knows it.
        if kind == .lock { add("loqed_\(word)", "loqed_\(standIn)") }
        // Of two that begin alike the longer one is meant.
        words.sort { $0.word.count > $1.word.count }
    }

    private mutating func add(_ word: String, _ standIn: String) {
        let characters = Array(word)
        if !words.contains(where: { $0.word == characters }) { words.append((characters, standIn)) }
    }

    /// What stands for what, for its owner's eyes alone: how many of each kind.
    package var count: Int { taken.values.reduce(0, +) + hardware.count + hosts.count + people.count }

    /// The text with place-holders.
    package mutating func applied(to text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if !result.isEmpty || line.startIndex != text.startIndex { result += "\n" }
            result += applied(toLine: Array(line))
        }
        return result
    }

    private mutating func applied(toLine line: [Character]) -> String {
        var result = ""
        var index = 0
        while index < line.count {
            let isStart = index == 0 || !Self.isWordPart(line[index - 1])
            if isStart, let (standIn, length) = word(in: line, at: index) ?? token(in: line, at: index) {
                result += standIn
                index += length
            } else {
                result.append(line[index])
                index += 1
            }
        }
        return result
    }

    private static func isWordPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    private func word(in line: [Character], at index: Int) -> (String, Int)? {
        for (word, standIn) in words where word.count <= line.count - index {
            let end = index + word.count
            guard line[index] == word[0], line[index..<end].elementsEqual(word) else { continue }
            if end == line.count || !Self.isWordPart(line[end]) { return (standIn, word.count) }
        }
        return nil
    }

    // MARK: What can be told by its form

    private mutating func token(in line: [Character], at index: Int) -> (String, Int)? {
        guard index == 0 || line[index - 1] != "." else { return nil }
        var end = index
        while end < line.count, Self.isTokenPart(line[end]) { end += 1 }
        // A full stop or a colon behind it belongs to the sentence.
        while end > index, line[end - 1] == "." || line[end - 1] == ":" && !(end - index > 2 && line[end - 2] == ":") {
            end -= 1
        }
        let token = String(line[index..<end])
        if let standIn = standIn(for: token) { return (standIn, end - index) }
        guard let colon = token.lastIndex(of: ":") else { return nil }
        // With a port behind it.
        let host = String(token[..<colon])
        return standIn(for: host).map { ($0, host.count) }
    }

    private static func isTokenPart(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || ".:@_+-%".contains(character))
    }

    private mutating func standIn(for token: String) -> String? {
        if token.contains("@") { return mail(token) }
        if let digits = NetworkAddress.macDigits(token) {
            guard digits.contains(where: \.isLetter) || token.count == 17 else { return nil }
            return mac(digits, separator: token.count == 17 ? Array(token)[2] : nil)
        }
        if let name = bridgeName(token) { return name }
        guard token.contains(".") || token.contains(":"), let address = IPAddress(token) else {
            return secretless(token)
        }
        return self.address(address)
    }

    private mutating func mail(_ token: String) -> String? {
        let parts = token.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[1].contains(".") else { return nil }
        let number = people[token.lowercased()] ?? people.count + 1
        people[token.lowercased()] = number
        return "person-\(number)@example.org"
    }

    private mutating func mac(_ digits: String, separator: Character?) -> String {
        let number = hardware[digits] ?? hardware.count + 1
        hardware[digits] = number
        let hex = String(number, radix: 16)
        let all = "02" + String(repeating: "0", count: 10 - hex.count) + hex
        guard let separator else { return all }
        let characters = Array(all)
        return stride(from: 0, to: 12, by: 2).map { String(characters[$0..<($0 + 2)]) }.joined(
            separator: "\(separator)"
        )
    }

    private mutating func bridgeName(_ token: String) -> String? {
        let lower = token.lowercased()
        guard lower.hasPrefix("loqed-"), let digits = NetworkAddress.macDigits(lower.dropFirst(6).prefix(12)) else {
            return nil
        }
        let rest = token.dropFirst(18)
        guard rest.isEmpty || rest.first == "." else { return nil }
        return token.prefix(6) + mac(digits, separator: nil) + rest
    }

    /// The documentation's networks (RFC 5737, RFC 3849); behind the third, those that nobody uses.
    private mutating func address(_ address: IPAddress) -> String? {
        if address.isLoopback || address.bytes.allSatisfy({ $0 == 0 || $0 == 255 }) { return nil }
        if let known = hosts[address] { return known }
        let isLink = address.family == .v6 && address.bytes[0] == 0xFE && address.bytes[1] & 0xC0 == 0x80
        let prefix = Array(address.bytes.prefix(address.family == .v4 ? 3 : 8))
        let network = networks[prefix] ?? networks.keys.count { $0.count == prefix.count }
        networks[prefix] = network
        let host = 1 + hosts.keys.count { $0.bytes.starts(with: prefix) && $0.bytes.count == address.bytes.count }
        let text: String
        if address.family == .v6 {
            text =
                isLink
                ? "fe80::\(String(host, radix: 16))"
                : "2001:db8:\(String(network, radix: 16))::\(String(host, radix: 16))"
        } else {
            let blocks = ["192.0.2", "198.51.100", "203.0.113"]
            let block = network < blocks.count ? blocks[network] : "240.\(network / 256 % 256).\(network % 256)"
            text = "\(block).\(min(host, 254))"
        }
        hosts[address] = text
        return text
    }

    /// A name of a host on the home's own network.
    private mutating func secretless(_ token: String) -> String? {
        let lower = token.lowercased()
        guard [".local", ".lan", ".home", ".internal", ".fritz.box", ".home.arpa"].contains(where: lower.hasSuffix)
        else {
            return nil
        }
        // Names of hosts differ by more than the size of their letters.
        note(lower, .host)
        return words.first { $0.word == Array(lower) }?.standIn
    }
}

extension String {
    /// As JSON and the log write it between quotes.
    var inQuotes: String { String(decoding: JSONValue.text(self).bytes.dropFirst().dropLast(), as: UTF8.self) }
}
