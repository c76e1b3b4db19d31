import GatewayTestSupport
import Glibc
import LockDomain
import LoqedWire
import Testing

@testable import Gateway
@testable import LoqedSimulator

/// Secrets that nobody has seen before, and a search for them in everything that ever comes out.
@Suite(.serialized) struct `No secret and no signed command` {
    /// Sends a webhook as the bridge at the front door would, with more in it than a bridge says today.
    private func deliver(to household: CanaryHousehold, signedWith key: String) async throws {
        let body =
            #"{"event_type":"STATE_CHANGED_NIGHT_LOCK","requested_state":"NIGHT_LOCK","key_local_id":3,"#
            + #""key_name_user":"\#(CanaryHousehold.mail)","key_account_email":"\#(CanaryHousehold.mail)","#
            + #""value3":"\#(CanaryHousehold.mail)","mac_wifi":"a0b1c2d3e4f1"}"#
        let now = TimeSource.live().now().unix.seconds
        let hash = WebhookHash.delivery(body: Array(body.utf8), at: now, key: try BridgeKey(base64: key)).hex
        household.folder.write(body, to: "body")
        let url = "http://127.0.0.1:\(household.webhookPort)/loqed/front_door"
        try await household.shell(
            "webhook",
            "curl -s -i -H 'TIMESTAMP: \(now)' -H 'HASH: \(hash)' --data-binary @body \(url)"
        )
    }

    /// What passers-by may send to the listener, and what the owner may read at the other.
    private func knock(at household: CanaryHousehold) async throws {
        let webhooks = "http://127.0.0.1:\(household.webhookPort)"
        let key = CanaryHousehold.bridgeKey
        for line in [
            "-H 'HASH: \(key)' -H 'TIMESTAMP: \(key)' -d '\(key)' \(webhooks)/loqed/front_door",
            "-H 'Authorization: Bearer \(CanaryHousehold.cloudToken)' '\(webhooks)/loqed/front_door?key=\(key)'",
            "-X '\(key.prefix(20))' \(webhooks)/\(key)",
            "'https://127.0.0.1:\(household.webhookPort)/\(key)'",
        ] {
            try await household.shell("stranger", "curl -s -i \(line)")
        }
        for path in ["healthz", "readyz", "metrics", "explain", "else/\(key)"] {
            try await household.shell("admin", "curl -s -i http://127.0.0.1:\(household.adminPort)/\(path)")
        }
    }

    /// Commands that are carried out, and such as are not.
    private func order(at household: CanaryHousehold) async throws {
        for payload in [
            "LOCK", #"{"command":"UNLOCK","id":"c1"}"#, #"{"command":"UNLOCK","id":"c1"}"#,
            CanaryHousehold.keySecret, #"{"command":"OPEN","secret":"\#(CanaryHousehold.keySecret)"}"#,
            #"{"command":"\#(CanaryHousehold.password)"}"#, #"{"\#(CanaryHousehold.keySecret)":1"#,
        ] {
            try await household.publish(payload, to: "loqed/front_door/command")
            try await household.publish(payload, to: "loqed/back_door/command")
        }
        try await household.publish(
            #"{"command":"LOCK","id":"c2"}"#,
            to: "loqed/front_door/command",
            "-D",
            "publish",
            "response-topic",
            "loqed/answers/me",
            "-D",
            "publish",
            "correlation-data",
            "mine"
        )
        try await household.publish(CanaryHousehold.keySecret, to: "loqed/front_door/commands_enabled/set")
        await eventually("the lock has obeyed") {
            household.output("heard").split(separator: "\n").contains {
                $0.contains("loqed/answers/me") && $0.contains("confirmed")
            }
        }
    }

    /// Configurations with a secret where none belongs; none can be read.
    private static func mistakes(_ household: CanaryHousehold) -> [(name: String, text: String)] {
        let good = household.configuration()
        let (key, secret) = (CanaryHousehold.givenBridgeKey, CanaryHousehold.keySecret)
        let bridge = "bridge: 127.0.0.1:\(household.bridgePorts[1])"
        func with(_ old: String, _ new: String) -> String {
            precondition(good.contains(old), old)
            return good.replacing(old, with: new)
        }
        let cloud =
            "cloud: {token: \"\(CanaryHousehold.cloudToken)\", oauth: {client_secret: \"\(CanaryHousehold.clientSecret)\","
            + " refresh_token: \"\(CanaryHousehold.refreshToken)\"}}\nlocks:"
        return [
            ("the key as the bridge", with(bridge, "bridge: \"\(key)\"")),
            (
                "the password in a URL",
                with("host: localhost", "host: \"mqtt://loqed:\(CanaryHousehold.password)@localhost\"")
            ),
            ("an unknown key", with("bridge_key: \"\(key)\"", "bridge_kye: \"\(key)\"")),
            ("a secret as a key", with("local_key_id: 3", "\"\(secret)\": 3")),
            ("a secret as a number", with("local_key_id: 3", "local_key_id: \"\(secret)\"")),
            ("a secret as an id", with("id: back_door", "id: \"\(secret)\"")),
            ("a secret as a port", with("port: \(household.broker.port)", "port: \(CanaryHousehold.password)")),
            ("a secret as a level", with("level: trace", "level: \"\(secret)\"")),
            ("a secret as an action", with("commands: [lock, unlock, open]", "commands: [\"\(secret)\"]")),
            (
                "a secret as the number of a key",
                with("local_key_id: 3", "local_key_id: 3\n    key_names: {\"\(secret)\": Alex}")
            ),
            ("a secret as the name of a file", with("mqtt.password,", "\"\(secret)\",")),
            (
                "a secret as the file of the portal",
                with("integration_file: portal.json", "integration_file: \"\(secret)\"")
            ),
            ("a key that is cut", with(key, String(key.dropLast(6)))),
            ("a password in place of a key", with(key, CanaryHousehold.password)),
            ("a key twice", with("local_key_id: 3", "local_key_id: 3\n    key_secret: \"\(secret)\"")),
            ("no end of the quotes", with("\"\(key)\"", "\"\(key)")),
            ("a bracket at the secret", with("\"\(key)\"", "[\(key)")),
            ("an alias", with("\"\(key)\"", "*\(CanaryHousehold.clientSecret)")),
            ("an anchor", with("\"\(key)\"", "&\(CanaryHousehold.clientSecret) x")),
            ("a tag", with("\"\(key)\"", "!\(CanaryHousehold.clientSecret) x")),
            ("a directive", "%\(CanaryHousehold.clientSecret)\n" + good),
            ("a wrong escape", with("\"\(key)\"", "\"\\\(key)\"")),
            ("a tab", with("    bridge_key:", "\tbridge_key:")),
            ("a list in place of it", with("\"\(key)\"", "[\"\(key)\"]")),
            ("a mapping in place of it", with("\"\(key)\"", "{\"\(key)\": \"\(key)\"}")),
            ("a section for the cloud", with("locks:", cloud)),
            ("nothing but a secret", secret),
            ("a byte that is no text", with(key, key + "\u{1}")),
        ]
    }

    /// All commands of the terminal, in their right and in wrong use.
    private func useTheTerminal(_ household: CanaryHousehold) async throws {
        let (key, secret) = (CanaryHousehold.bridgeKey, CanaryHousehold.keySecret)
        let bridge = "127.0.0.1:\(household.bridgePorts[0])"
        let plain = "--broker 127.0.0.1:\(household.plainPort)"
        for (number, line) in [
            "check", "check --print", "check --json", "check --print --json", "doctor", "doctor --json",
            "doctor front_door", "explain", "explain --json", "status", "status --json", "status \(plain)",
            "acl", "acl --user '\(key)'", "webhooks list", "webhooks list --json", "webhooks add",
            "webhooks add --dry-run",
            "webhooks remove", "webhooks remove front_door --yes", "webhooks add front_door",
            "webhooks list --bridge \(bridge) --bridge-key-file bridge.key --lock-id front_door",
            "webhooks list --bridge \(bridge) --bridge-key-file '\(key)'",
            "webhooks list --bridge '\(key)' --bridge-key-file bridge.key",
            "webhooks list --bridge \(bridge) --bridge-key-file portal.json", "discover --no-status", "health",
            "health --ready",
            "lock front_door --json --timeout 20", "unlock front_door", "lock back_door --timeout 2",
            "open '\(secret)'",
            "lock front_door --if-state '\(secret)'", "lock front_door --timeout '\(secret)'", "status '\(secret)'",
            "explain '\(secret)'", "doctor '\(secret)'", "webhooks list '\(secret)'", "check '\(secret)'",
            "'\(secret)'",
            "check --set mqtt.password='\(CanaryHousehold.password)'", "check --set '\(secret)'",
            "check --set '\(secret)=1'",
            "check --config '\(secret)'", "status --broker 'loqed:\(CanaryHousehold.password)@localhost'",
            "status --broker localhost --username loqed --password-file '\(secret)'",
            "status --broker localhost --password '\(CanaryHousehold.password)'",
            "check --password='\(CanaryHousehold.password)'",
            "explain --admin '\(secret)'", "simulate --listen '\(secret)'", "simulate --scenario portal.json", "--help",
            "support-bundle bundle-1.txt --log out/gateway.text", "support-bundle bundle-2.txt --keep-names --json",
            "support-bundle '\(secret)/no'", "support-bundle --log '\(secret)'", "run --help", "setup --help",
            "simulate --help", "--version",
            "setup --yes --output made.yaml --integration-file portal.json --bridge \(bridge) --broker \(bridge)",
            "setup --yes --untested --output made.yaml --integration-file portal.json --bridge \(bridge)"
                + " --broker localhost:\(household.broker.port) --username loqed --password-file mqtt.password --ca-file ca.pem",
            "setup --yes --output made.yaml --integration-file portal.json",
            "setup --yes --integration-file bridge.key",
            "setup --yes --output other.yaml --integration-file '\(secret)'",
            "setup --yes --output other.yaml --integration-file portal.json --bridge '\(secret)' --broker '\(secret)' --id '\(secret)'",
            "setup --yes --output other.yaml --integration-file - <key.secret",
        ].enumerated() {
            try await household.shell("terminal-\(number)", "\"$GATEWAY\" \(line)")
        }
        try await household.shell("watch", "timeout 1 \"$GATEWAY\" watch --json; timeout 1 \"$GATEWAY\" watch")
        #expect(try await household.shell("bundles", "cat bundle-1.txt bundle-2.txt") == 0)
        for (name, value) in [("MQTT_PORT", secret), ("MQTT_PASSWORD", CanaryHousehold.password), (secret, "1")] {
            let line = "env 'LOQED_GATEWAY_\(name)=\(value)' \"$GATEWAY\" check --print"
            try await household.shell("environment", line)
        }
    }

    private func expectNone(
        in household: CanaryHousehold,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let finder = try household.finder
        for (name, bytes) in try await household.outputs() {
            let found = finder.found(in: bytes)
            guard !found.isEmpty else { continue }
            let text = String(decoding: bytes.prefix(1500), as: UTF8.self)
            Issue.record("\(name) shows \(found): \(text)", sourceLocation: sourceLocation)
        }
    }

    @Test func `gets out of a running gateway or any command, whatever goes wrong`() async throws {
        let household = try await CanaryHousehold()
        try await household.tell {
            let heard = try ChildProcess(
                "mosquitto_sub",
                ["-p", "\(household.plainPort)", "-V", "5", "-t", "#", "-F", "%j"],
                output: "\(household.folder.path)/out/heard"
            )
            for (format, crash) in [("text", SIGABRT), ("json", SIGSEGV)] {
                household.folder.write(household.configuration(format: format), to: "gateway.yaml")
                try await household.setPassword("another")
                household.broker.reload()
                let gateway = try household.startGateway("gateway.\(format)")
                await eventually("the broker refuses the login") {
                    household.output("gateway.\(format)").contains("broker_not_authorised")
                }
                try await household.setPassword(CanaryHousehold.password)
                household.broker.reload()
                await eventually("both locks are known", within: .seconds(60)) {
                    household.output("heard").contains("loqed/back_door/attributes")
                        && household.bridges[0].snapshot.webhooks.contains { $0.url.contains("front_door") }
                        && household.output("gateway.\(format)").contains("refuses our bridge_key")
                }
                try await deliver(to: household, signedWith: CanaryHousehold.bridgeKey)
                try await deliver(to: household, signedWith: CanaryHousehold.otherBridgeKey)
                try await knock(at: household)
                try await order(at: household)
                if format == "text" { try await useTheTerminal(household) }
                for (name, text) in Self.mistakes(household) {
                    household.folder.write(text, to: "gateway.yaml")
                    let before = household.output("gateway.\(format)").count
                    gateway.send(SIGHUP)
                    await eventually("the gateway tells of \(name)") {
                        household.output("gateway.\(format)").dropFirst(before).contains("not reloaded")
                    }
                    for form in ["", "--json", "--print"] where format == "text" {
                        let code = try await household.shell(
                            "check",
                            "echo; echo '\(name)'; \"$GATEWAY\" check \(form)"
                        )
                        #expect(code == 78, "\(name)")
                    }
                }
                gateway.send(crash)
                #expect(await gateway.ended() == 128 + crash)
                household.folder.write("{\"version\":1,\"locks\":{", to: "state/state.json")
            }
            heard.send(SIGTERM)
            _ = await heard.ended()
        }
        // It has done what it was meant to do, so there was something to find.
        #expect(household.bridges[0].snapshot.seenCommands.count >= 3)
        #expect(
            household.output("gateway.text").contains("was set aside")
                || household.output("gateway.json").contains("was set aside")
        )
        #expect(household.output("webhook").contains("HTTP/1.1 200"))
        #expect(household.output("heard").contains("loqed/answers/me"))
        try await expectNone(in: household)

        // And it would have been found.
        let command = try #require(household.bridges[0].snapshot.seenCommands.first)
        for (name, leak) in [("a", command), ("b", CanaryHousehold.bridgeKey), ("c", CanaryHousehold.mail)] {
            household.folder.write("2026-11-23 DEBUG request target=\(leak)\n", to: "out/planted-\(name)")
        }
        let finder = try household.finder
        let planted = try await household.outputs().filter { !finder.found(in: $0.bytes).isEmpty }.map(\.name)
        #expect(planted.sorted() == ["out/planted-a", "out/planted-b", "out/planted-c"])
    }
}
