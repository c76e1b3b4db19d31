import LockMessages
package import Testing

/// The contract in `docs/schema`, and a validator of other hands (python3-jsonschema) that holds messages against it.
package enum Contract {
    /// A message as it was, or would be, delivered.
    package struct Message: Sendable {
        package var topic: String
        package var payload: [UInt8]
        /// Nil: not looked at.
        package var isRetained: Bool?
        package var qos: Int?
        /// What is left of its life; nil: for ever, or not known.
        package var expiry: Duration?
        /// The expiry is the one it was published with.
        package var isExpiryExact = false
        /// The topic of the contract that it stands for, when its own is a sender's choice.
        package var role: String?

        package init(_ topic: String, _ payload: [UInt8]) {
            self.topic = topic
            self.payload = payload
        }
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static let root = String(#filePath.prefix(upTo: #filePath.firstRange(of: "/Sources/")!.lowerBound))

    /// What is wrong with each message, by its number; nothing for those that keep the contract.
    ///
    /// - Throws: when the validator is not there, or a schema is wrong itself.
    package static func faults(in messages: [Message]) async throws -> [Int: [String]] {
        let folder = TemporaryFolder()
        let lines = messages.map { String(decoding: $0.json.bytes, as: UTF8.self) + "\n" }
        let file = folder.write(lines.joined(), to: "messages")
        let output = "\(folder.path)/output"
        // Debian's, which has Debian's jsonschema.
        let check = try ChildProcess(
            "/usr/bin/python3",
            ["\(root)/Tests/ContractTests/Peers/check.py", "\(root)/docs/schema", file],
            output: output
        )
        let code = await check.ended()
        let text = TemporaryFolder.read(output)
        guard code == 0 else {
            throw Failure(
                description: "\(text)\nThe validator ended with \(code); it takes Debian's python3-jsonschema."
            )
        }
        return text.split(separator: "\n").reduce(into: [:]) { faults, line in
            let parts = line.split(separator: "\t", maxSplits: 1)
            guard parts.count == 2, let number = Int(parts[0]) else { return }
            faults[number, default: []].append(String(parts[1]))
        }
    }

    /// Expects every message to keep the contract.
    package static func expectKept(
        by messages: [Message],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for (number, faults) in try await faults(in: messages).sorted(by: { $0.key < $1.key }) {
            let message = messages[number]
            let text = String(decoding: message.payload, as: UTF8.self)
            Issue.record("\(message.topic) \(text): \(faults)", sourceLocation: sourceLocation)
        }
    }
}

extension Contract.Message {
    fileprivate var json: JSONValue {
        [
            "topic": .text(topic),
            "payload": String(validating: payload, as: UTF8.self).map(JSONValue.text) ?? .null,
            "retained": isRetained.map(JSONValue.flag) ?? .null,
            "qos": qos.map(JSONValue.number) ?? .null,
            "expiry": expiry.map { .number(Int($0.components.seconds)) } ?? .null,
            "exact": .flag(isExpiryExact),
            "as": role.map(JSONValue.text) ?? .null,
        ]
    }
}
