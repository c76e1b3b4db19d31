package import PlainHTTP

/// Control of the simulation over HTTP: `POST /control` with a line of text, `GET /control/state` and
/// `GET /control/report`.
package struct SimulatorControl: HTTPResponding {
    private let simulator: BridgeSimulator

    package init(_ simulator: BridgeSimulator) { self.simulator = simulator }

    package func admit(_ head: HTTPRequestHeadline) -> HTTPAdmission {
        switch (head.method, head.path) {
        case ("POST", "/control"), ("GET", "/control/state"), ("GET", "/control/report"): .readBody(limit: 256)
        default: .answer(HTTPAnswer(status: 404))
        }
    }

    package func respond(to request: ReceivedRequest) async -> HTTPReply {
        guard request.head.method == "POST" else {
            return json(200, request.head.path == "/control/report" ? simulator.report() : simulator.describe())
        }
        guard let command = SimulatorCommand(String(decoding: request.body, as: UTF8.self)), command != .quit else {
            let text = "not understood; possible here:\n\(SimulatorCommand.usage)\n"
            return .answer(HTTPAnswer(status: 400, contentType: "text/plain; charset=utf-8", text: text))
        }
        do throws(ListenFailure) {
            return json(200, try await simulator.perform(command))
        } catch {
            return .answer(HTTPAnswer(status: 500, contentType: "text/plain; charset=utf-8", text: "\(error)\n"))
        }
    }

    private func json(_ status: Int, _ text: String) -> HTTPReply {
        .answer(HTTPAnswer(status: status, contentType: "application/json", text: text + "\n"))
    }
}
