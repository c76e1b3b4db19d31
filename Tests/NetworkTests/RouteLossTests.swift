import GatewayTestSupport
import Testing

extension `In a home network` {
    @Suite(.serialized) struct `A bridge that no way leads to` {
        @Test func `is unknown while our interface is down, and well again after`() async throws {
            try await Home.run { home in
                let bridge = try await home.addFarBridge(50)
                try await home.startGateway(["front_door": "10.77.2.50"])
                try await home.shows("front_door/state", "unlocked")
                try await bridge.hasWebhooks(["http://10.77.1.10:8099/loqed/front_door"])
                try await home.machine.ip("link set lan0 down")
                try await home.shows("front_door/state", "unknown", within: .seconds(15))
                let problem = try #require(try await home.hasProblems(["front_door: bridge_no_route"]).first)
                #expect(problem.text.contains("this machine has no way to the bridge 10.77.2.50"))
                // What nobody heard of.
                try await bridge.control("by-hand lock")
                try await home.machine.ip("link set lan0 up")
                try await home.machine.ip("route add default via 10.77.1.1")
                try await home.hasProblems([])
                try await home.shows("front_door/state", "locked")
                try await home.seesByWebhook(bridge, turned: "unlock")
            }
        }

        @Test func `is unknown while the router says so, and well again after`() async throws {
            try await Home.run { home in
                let bridge = try await home.addFarBridge(50)
                try await home.startGateway(["front_door": "10.77.2.50"])
                try await home.seesByWebhookOnceRegistered(bridge)
                try await home.router.ip("route add unreachable 10.77.2.50")
                try await home.shows("front_door/state", "unknown")
                try await home.hasProblems(["front_door: bridge_no_route"])
                try await home.router.ip("route del unreachable 10.77.2.50")
                try await home.shows("front_door/state", "locked")
                try await home.hasProblems([])
                try await home.seesByWebhook(bridge, turned: "unlock")
            }
        }
    }
}

extension Home {
    fileprivate func seesByWebhookOnceRegistered(_ bridge: HomeBridge) async throws {
        try await shows("front_door/state", "unlocked")
        try await bridge.hasWebhooks(["http://10.77.1.10:8099/loqed/front_door"])
        try await seesByWebhook(bridge, turned: "lock")
    }
}
