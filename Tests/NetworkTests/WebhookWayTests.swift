import GatewayTestSupport
import Testing

/// Most of the time is waiting for what takes its time, so a home of each suite may be there at once.
@Suite(.enabled(if: Namespace.isAvailable, Namespace.requirement), .timeLimit(.minutes(3)))
enum `In a home network` {}

extension `In a home network` {
    @Suite(.serialized) struct `The way of webhooks` {
        @Test func `leads through a router, over IPv4 and IPv6, and to the right one of two interfaces`() async throws {
            try await Home.run { home in
                let far = try await home.addFarBridge(50)
                let near = try await home.addBridgeOnSecondInterface(51)
                let bridges: KeyValuePairs = [
                    "front_door": "10.77.2.50", "side_door": "[fd77:2::50]", "back_door": "10.77.3.51",
                ]
                try await home.startGateway(bridges, listen: "[::]:8099")
                for lock in ["front_door", "side_door", "back_door"] {
                    try await home.shows("\(lock)/state", "unlocked")
                }
                try await far.hasWebhooks([
                    "http://10.77.1.10:8099/loqed/front_door", "http://[fd77:1::10]:8099/loqed/side_door",
                ])
                try await near.hasWebhooks(["http://10.77.3.10:8099/loqed/back_door"])
                try await home.seesByWebhook(far, turned: "lock")
                try await home.shows("side_door/state", "locked")
                try await home.hears([#""cause":"by_hand""#], on: "side_door/event")
                #expect(home.messages(on: "back_door/event").isEmpty)
                try await home.seesByWebhook(near, turned: "lock", of: "back_door")
                try await home.hasProblems([])
            }
        }

        @Test(.enabled(if: Namespace.hasFilters, Namespace.filterRequirement))
        func `that a firewall closes is named, and open again the problem ends`() async throws {
            try await Home.run { home in
                let bridge = try await home.addFarBridge(50)
                // Answers of the bridge pass; new connections to the gateway do not.
                try await home.router.filter(
                    "type filter hook forward priority 0;",
                    "ip saddr 10.77.2.50 tcp dport 8099 tcp flags & (syn | ack) == syn drop"
                )
                try await home.startGateway(["front_door": "10.77.2.50"])
                try await home.shows("front_door/state", "unlocked")
                try await bridge.hasWebhooks(["http://10.77.1.10:8099/loqed/front_door"])
                try await home.hasProblems([])
                try await bridge.control("by-hand lock")
                try await home.shows("front_door/state", "locked")
                try await home.hears([#""state":"locked""#, #""source":"status""#], on: "front_door/attributes")
                let problem = try #require(try await home.hasProblems(["front_door: webhooks_missing"]).first)
                #expect(problem.remedy.contains("allow TCP from 10.77.2.50 (the bridge) to 10.77.1.10:8099"))
                try await home.router.endFilters()
                try await home.seesByWebhook(bridge, turned: "unlock")
                try await home.hasProblems([])
            }
        }

        @Test func `follows the gateway to its new address`() async throws {
            try await Home.run { home in
                let bridge = try await home.addFarBridge(50)
                try await bridge.control("foreign ok")
                let foreign = try await bridge.webhooks()
                try await home.startGateway(["front_door": "10.77.2.50"])
                try await home.shows("front_door/state", "unlocked")
                try await bridge.hasWebhooks(foreign + ["http://10.77.1.10:8099/loqed/front_door"])
                try await home.machine.ip("address del 10.77.1.10/24 dev lan0")
                try await home.machine.ip("address add 10.77.1.23/24 dev lan0")
                try await home.machine.ip("route add default via 10.77.1.1")
                try await bridge.hasWebhooks(foreign + ["http://10.77.1.23:8099/loqed/front_door"])
                try await home.seesByWebhook(bridge, turned: "lock")
                try await home.hasProblems([])
            }
        }

        @Test func `is made again after a restart in which the bridge forgot it`() async throws {
            try await Home.run { home in
                let bridge = try await home.addFarBridge(50)
                try await home.startGateway(["front_door": "10.77.2.50"])
                let webhook = "http://10.77.1.10:8099/loqed/front_door"
                try await bridge.hasWebhooks([webhook])
                try await home.seesByWebhook(bridge, turned: "lock")
                // Seven seconds, as it is twenty times faster than a real one: enough for a probe to fail.
                try await bridge.control("reboot lose-webhooks 140s")
                try await bridge.hasWebhooks([webhook])
                try await home.seesByWebhook(bridge, turned: "unlock")
                try await home.hasProblems([])
            }
        }

        @Test(.enabled(if: Namespace.hasFilters, Namespace.filterRequirement))
        func `out of a container takes the line of configuration that the problem names`() async throws {
            try await Home.run(containerLayout) { home in
                let bridge = try await home.addFarBridge(50)
                try await home.startGateway(["front_door": "10.77.2.50"])
                try await home.shows("front_door/state", "unlocked")
                let unusable = try await home.hasProblems(["front_door: webhook_address_unusable"])
                let problem = try #require(unusable.first)
                #expect(problem.remedy.contains("webhook.advertise: http://ADDRESS-OF-THE-HOST:8099"))
                #expect(try await bridge.webhooks() == [])
                await home.endGateway()
                try await home.startGateway(["front_door": "10.77.2.50"], advertise: "http://10.77.2.1:8099")
                try await home.hasProblems([])
                try await bridge.hasWebhooks(["http://10.77.2.1:8099/loqed/front_door"])
                try await home.seesByWebhook(bridge, turned: "lock")
            }
        }

        /// The machine is a container of Docker's first network, and the router its host, which publishes the port.
        private func containerLayout(machine: Namespace, router: Namespace) async throws {
            try await Home.addSwitch("docker0", in: router)
            try await Home.addSwitch("far0", in: router)
            try await Home.plug(machine, "eth0", to: "docker0", in: router)
            try await router.ip("address add 172.17.0.1/16 dev docker0")
            try await router.ip("address add 10.77.2.1/24 dev far0")
            try await machine.ip("address add 172.17.0.2/16 dev eth0")
            try await machine.ip("route add default via 172.17.0.1")
            try await router.filter(
                "type nat hook postrouting priority 100;",
                "ip saddr 172.17.0.0/16 oifname far0 masquerade"
            )
            try await router.filter(
                "type nat hook prerouting priority -100;",
                "iifname far0 tcp dport 8099 dnat ip to 172.17.0.2"
            )
        }
    }
}
