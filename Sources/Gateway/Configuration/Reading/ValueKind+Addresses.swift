extension ValueKind where Value == String {
    /// A host name, an IPv4 address, or an IPv6 address, in lower case.
    static func host(example: String) -> ValueKind {
        ValueKind(example: example) { text throws(ValueMistake) in
            let isHost = NetworkAddress.isIPv4(text) || NetworkAddress.isIPv6(text) || NetworkAddress.isName(text)
            guard isHost else { throw ValueMistake(reason: "must be a host name or an IP address, without a port") }
            return text.lowercased()
        }
    }

    /// A part of an MQTT topic that other parts are put behind.
    static func topic(example: String) -> ValueKind {
        text(maximum: 128, example: example).map { topic throws(ValueMistake) in
            guard !topic.contains(where: { "+#".contains($0) }) else {
                throw ValueMistake(reason: "must not have the wildcards + and #")
            }
            guard !topic.split(separator: "/", omittingEmptySubsequences: false).contains("") else {
                throw ValueMistake(reason: "must not begin or end with a slash, nor have two in a row")
            }
            guard !topic.hasPrefix("$") else {
                throw ValueMistake(reason: "must not begin with $, which belongs to the broker")
            }
            return topic
        }
    }
}

extension ValueKind where Value == NetworkAddress {
    /// A bridge: the port may be left out.
    static var bridge: ValueKind {
        ValueKind(example: "192.168.1.50") { text throws(ValueMistake) in
            guard let address = NetworkAddress(bridge: text) else {
                throw ValueMistake(
                    reason: "must be an IP address, a host name or the bridge's Wi-Fi MAC, with or without a port;"
                        + " brackets around IPv6"
                )
            }
            return address
        }
    }

    /// A server somewhere: the port must be there.
    static var server: ValueKind {
        ValueKind(example: "9.9.9.9:53") { text throws(ValueMistake) in
            guard let address = NetworkAddress(text, defaultPort: nil) else {
                throw ValueMistake(reason: "must be an address or a host name, and a port; brackets around IPv6")
            }
            return address
        }
    }

    /// Where to listen: the port must be there.
    static var listener: ValueKind {
        ValueKind(example: "0.0.0.0:8099") { text throws(ValueMistake) in
            guard let address = NetworkAddress(text, defaultPort: nil) else {
                throw ValueMistake(reason: "must be an address and a port; brackets around IPv6")
            }
            return address
        }
    }

    /// `http://host:port` and nothing behind it.
    static var httpAddress: ValueKind {
        ValueKind(example: "http://192.168.1.10:8099") { text throws(ValueMistake) in
            let scheme = "http://"
            var rest = text.dropFirst(scheme.count)
            if rest.hasSuffix("/") { rest = rest.dropLast() }
            guard text.lowercased().hasPrefix(scheme), let address = NetworkAddress(String(rest), defaultPort: 80)
            else { throw ValueMistake(reason: "must be http://, a host and a port, with no path and no login") }
            return address
        }
    }
}
