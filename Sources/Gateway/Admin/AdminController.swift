import LockMessages
import PlainHTTP

/// Answers whoever looks after the gateway: `GET /healthz`, `/readyz`, `/metrics` and `/explain`.
///
/// Reads alone: nothing here changes anything, so no page of a browser can either.
struct AdminController: HTTPResponding {
    let health: EngineHealth
    /// Whether the gateway's own session with the broker is up.
    let isConnected: @Sendable () -> Bool
    /// The code of what keeps it from the broker, as far as that is known.
    let trouble: @Sendable () -> Problem.Code?
    let metrics: @Sendable () -> PrometheusText
    let explanations: ExplanationBook

    private static let paths: Set = ["/healthz", "/readyz", "/metrics", "/explain"]

    func admit(_ head: HTTPRequestHeadline) -> HTTPAdmission {
        guard Self.paths.contains(head.path) else {
            let text = "There are /healthz, /readyz, /metrics and /explain.\n"
            return .answer(HTTPAnswer(status: 404, contentType: "text/plain; charset=utf-8", text: text))
        }
        guard head.method == "GET" else {
            return .answer(HTTPAnswer(status: 405, fields: [HTTPField("Allow", "GET")]))
        }
        return .readBody(limit: 0)
    }

    func respond(to request: ReceivedRequest) async -> HTTPReply {
        switch request.head.path {
        case "/metrics":
            .answer(
                HTTPAnswer(
                    status: 200,
                    fields: [HTTPField("Content-Type", PrometheusText.contentType)],
                    body: metrics().bytes
                )
            )
        case "/explain":
            .answer(
                HTTPAnswer(
                    status: 200,
                    fields: [HTTPField("Content-Type", "application/json")],
                    body: explanations.document.bytes
                )
            )
        case "/readyz" where !isConnected(): .answer(Self.word(503, HealthDocument.notConnected(trouble())))
        default:
            .answer(await health.isWell() ? Self.word(200, "ok") : Self.word(503, "the supervisors are stuck"))
        }
    }

    private static func word(_ status: Int, _ text: String) -> HTTPAnswer {
        HTTPAnswer(status: status, contentType: "text/plain; charset=utf-8", text: text + "\n")
    }
}
