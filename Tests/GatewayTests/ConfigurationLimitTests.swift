import Gateway
import Testing

@Suite struct `A configuration file that is not the one that was meant` {
    @Test func `is refused from one byte over a mebibyte`() {
        let good = ConfigurationFixture.good
        let largest = good + String(repeating: "#", count: (1 << 20) - good.utf8.count)
        #expect(ConfigurationFixture(largest).output == "good: 1 lock, broker broker.local:1883")
        #expect(
            ConfigurationFixture(largest + "#").output == """
                gateway.yaml:1:1: is larger than 1 MiB
                    Give the configuration file, not another one.
                """
        )
    }

    @Test func `is refused from a depth of seventeen`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(
            ConfigurationFixture("log: " + nested(15)).output.hasPrefix("gateway.yaml:1:1: locks: is missing")
        )
        #expect(
            ConfigurationFixture("log: " + nested(16)).output == """
                gateway.yaml:1:21: is nested more than 16 deep
                    Look at the brackets and the indentation.
                """
        )
        #expect(ConfigurationFixture("log: " + nested(400_000)).output.hasPrefix("gateway.yaml:1:21: is nested"))
    }

    @Test func `may begin with a byte order mark`() {
        let marked = ConfigurationFixture(bytes: [0xEF, 0xBB, 0xBF] + ConfigurationFixture.good.utf8)
        #expect(marked.output == "good: 1 lock, broker broker.local:1883")
    }

    @Test func `may have the line ends of Windows`() {
        let lines = ConfigurationFixture.good.replacing("\n", with: "\r\n")
        #expect(ConfigurationFixture(lines).output == "good: 1 lock, broker broker.local:1883")
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x6D, 0x00], "1:1: is UTF-16 text", "Save the file as UTF-8."),
            (Array("a: b\nü: \u{0}\n".utf8), "2:4: holds a zero byte", "Save the file as plain UTF-8 text."),
            (Array("a: b\nü: ".utf8) + [0xFC, 0x0A], "2:4: is not UTF-8 text", "Save the file as UTF-8."),
        ] as [([UInt8], String, String)]
    )
    func `is refused when it is not UTF-8 text`(bytes: [UInt8], reason: String, remedy: String) {
        #expect(ConfigurationFixture(bytes: bytes).output == "gateway.yaml:\(reason)\n    \(remedy)")
    }

    @Test func `cannot name a secret file of any size`() {
        let fixture = ConfigurationFixture.good(mqtt: "  username: loqed\n  password_file: big")
        #expect(fixture.with(["big": String(repeating: "x", count: 4096)]).output.hasPrefix("good"))
        #expect(
            fixture.with(["big": String(repeating: "x", count: 4097)]).output == """
                gateway.yaml:5:18: mqtt.password_file: the file big is larger than 4096 bytes
                    A relative name counts from the folder of the configuration file.
                """
        )
        #expect(
            fixture.with(["big": "\n\n"]).output == """
                gateway.yaml:5:18: mqtt.password_file: the text of the file big is empty
                    Write the secret alone into the file.
                """
        )
    }
}

@Suite struct `A damaged configuration file` {
    @Test func `is read or refused wherever it is cut off`() throws {
        let bytes = try ConfigurationFixture.shipped().bytes
        for length in stride(from: 0, to: bytes.count, by: 3) { judge(Array(bytes.prefix(length))) }
    }

    @Test func `is read or refused whichever of its bytes are changed`() throws {
        let bytes = try ConfigurationFixture.shipped().bytes
        var generator = Xorshift(state: 0x10C6ED)
        for _ in 0..<1500 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                damaged[Int.random(in: damaged.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            judge(damaged)
        }
    }

    /// A refusal says what is wrong, at a line that the file has.
    private func judge(_ bytes: [UInt8]) {
        do {
            _ = try ConfigurationFixture(bytes: bytes).load()
        } catch {
            guard case .invalid(let problems) = error else {
                Issue.record("unexpected: \(error)")
                return
            }
            // NEL, LS and PS count as line ends too, and are two or three bytes long.
            let lines = bytes.count { [0x0A, 0x0D, 0x85, 0xA8, 0xA9].contains($0) } + 1
            #expect(!problems.isEmpty)
            for problem in problems {
                guard case .file("gateway.yaml", let position) = problem.place else {
                    Issue.record("not in the file: \(problem)")
                    continue
                }
                #expect((1...lines + 1).contains(position.line) && position.column >= 1, "\(problem)")
            }
        }
    }

    private struct Xorshift: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }
}
