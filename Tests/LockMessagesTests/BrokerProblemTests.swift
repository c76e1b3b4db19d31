import LockDomain
import Testing

@testable import LockMessages

@Suite struct `A trouble with the broker` {
    static let connection = BrokerConnection(
        broker: "192.168.1.5:1883",
        username: "loqed",
        clientID: "loqed-gateway-front_door",
        usesTLS: false
    )

    static let troubles: [BrokerTrouble] =
        [
            .nameNotFound, .refused, .noAnswer, .noRoute, .closedWithoutAnswer, .notMQTT, .tls(.unknownAuthority),
            .tls(.certificateExpired), .tls(.certificateNotYetValid), .tls(.wrongName), .tls(.caFileUnusable),
            .tls(.clientCertificateUnusable), .tls(.clientKeyUnusable), .tls(.clientCertificateMissing),
            .tls(.clientCertificateRefused), .tls(.notTLS), .tls(.noCommonVersion), .tls(.other("x")),
            .unreadableFile("/ca.pem"), .lost, .shuttingDown, .silent, .badLogin, .notAuthorised, .clientIDNotValid,
            .versionRefused, .unavailable, .banned, .quotaExceeded, .clientIDTaken(isSaid: true),
            .clientIDTaken(isSaid: false), .packetTooLarge, .closedWhilePublishing, .closedByAdministrator, .other("x"),
        ] + refusals.map { .publishing($0, topics: ["t"]) } + refusals.map { .subscribing($0, topics: ["t"]) }

    static let refusals: [BrokerTrouble.Refusal] = [
        .notAuthorised, .tooLarge, .quotaExceeded, .topicInvalid, .notRetained, .other("x"),
    ]

    @Test func `has words of its own, and says what to do`() {
        let problems = Self.troubles.map { Problem($0, on: Self.connection) }
        for problem in problems {
            #expect(!problem.text.isEmpty && !problem.remedy.isEmpty)
            #expect(!problem.text.hasSuffix("."))
            #expect(problem.text.count < 200 && problem.remedy.count < 260, "\(problem.text) \(problem.remedy)")
        }
        // Of subscriptions only the topic counts, but for the three reasons that need another remedy.
        let texts = problems.prefix(Self.troubles.count - Self.refusals.count).map(\.text)
        #expect(Set(texts).count == texts.count, "each is told apart")
    }

    @Test func `names the user and the client id where they are refused, and asks for a user when there is none`() {
        let problem = Problem(.notAuthorised, on: Self.connection, of: LockID("front_door")!)
        #expect(problem.code == .brokerNotAuthorised)
        #expect(problem.lock?.rawValue == "front_door")
        #expect(
            problem.text
                == "the broker 192.168.1.5:1883 does not let us in (user loqed, client id loqed-gateway-front_door)"
        )
        let anonymous = BrokerConnection(broker: "b:1883", username: nil, clientID: "c", usesTLS: false)
        #expect(
            Problem(.notAuthorised, on: anonymous).remedy
                == "write mqtt.username and mqtt.password_file, for a user that the broker knows"
        )
    }

    @Test func `names three topics and counts the rest`() {
        let problem = Problem(.publishing(.notAuthorised, topics: ["e", "d", "c", "b", "a"]), on: Self.connection)
        #expect(problem.text == "the broker does not let us publish on a, b, c and 2 more")
        #expect(
            problem.remedy == "add to the broker's ACL, below the line user loqed: topic write TOPIC;"
                + " loqed-gateway acl prints all lines"
        )
    }

    @Test func `asks for TLS where there may be TLS`() {
        let secure = BrokerConnection(broker: "b:1", username: nil, clientID: "c", usesTLS: true)
        #expect(Problem(.closedWithoutAnswer, on: Self.connection).remedy.contains("mqtt.tls"))
        #expect(!Problem(.closedWithoutAnswer, on: secure).remedy.contains("mqtt.tls"))
    }
}
