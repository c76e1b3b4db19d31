/// A header field as it stands on the wire.
package struct HTTPField: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Header fields in order; a doubled field stays doubled.
package struct HTTPFields: Hashable, Sendable, ExpressibleByArrayLiteral {
    package var all: [HTTPField]

    package init(_ all: [HTTPField] = []) { self.all = all }

    package init(arrayLiteral elements: HTTPField...) { all = elements }

    /// The first value of the field, whatever the case of its name.
    package subscript(name: String) -> String? {
        let name = name.lowercased()
        return all.first { $0.name.lowercased() == name }?.value
    }
}

/// A request to send.
///
/// Its target may hold secrets and is never printed.
package struct HTTPRequest: Sendable, CustomStringConvertible, CustomReflectable {
    package let method: String
    /// Path and query, percent-encoded.
    package let target: String
    package let fields: HTTPFields
    package let body: [UInt8]

    package init(method: String = "GET", target: String, fields: HTTPFields = [], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }

    package var description: String { "<\(method) request>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// An answer, received or to be sent.
package struct HTTPAnswer: Hashable, Sendable {
    package let status: Int
    package let fields: HTTPFields
    package let body: [UInt8]

    package init(status: Int, fields: HTTPFields = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    package init(status: Int, contentType: String, text: String) {
        self.init(status: status, fields: [HTTPField("Content-Type", contentType)], body: Array(text.utf8))
    }
}

/// Where a server is.
package struct HTTPEndpoint: Hashable, Sendable {
    /// An address or a name, IPv6 without brackets.
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// As it stands in a URL or a `Host` field.
    package var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == 80 ? host : "\(host):\(port)"
    }
}
