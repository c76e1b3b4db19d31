import GatewayTestSupport
import Glibc
import LoqedSimulator
import Testing

@testable import Gateway

/// What can be posted when something does not work.
@Suite(.serialized) struct `The support bundle` {
    private static let names = [
        "system", "configuration", "doctor", "explain", "readyz", "metrics", "status", "retained topics",
        "state directory", "log",
    ]

    /// The headings of a bundle: what is in it, and how it went.
    private func headings(_ text: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("===== ") }.map { $0.dropFirst(6).dropLast(6).description }
    }

    private func bundle(
        _ setup: DoctorSetup,
        _ more: String...,
        environment: [String: String] = [:]
    ) async throws -> (text: String, output: String) {
        unlink("\(setup.folder.path)/bundle.txt")
        let child = try ChildProcess(
            "bash",
            [
                "-c", "cd \"$1\" && shift && exec \"$@\" >bundle.out 2>&1", "bash", setup.folder.path, try Binary.path,
                "support-bundle", "bundle.txt",
            ] + more,
            environment: environment
        )
        #expect(await child.ended() == 0)
        let output = TemporaryFolder.read("\(setup.folder.path)/bundle.out")
        let text = TemporaryFolder.read("\(setup.folder.path)/bundle.txt")
        for canary in ["canary", "Y2FuYXJ5", "AAECAwQFBgcICQ"] { #expect(!text.contains(canary)) }
        return (text, output)
    }

    @Test func `of a gateway that runs has every part, and place-holders for whose it is`() async throws {
        try await DoctorSetup.run { setup in
            setup.write("name: Grandmother's door\n    key_names: {1: Wilhelmina}", for: "name: Front door")
            let gateway = try await setup.startGateway()
            try await setup.turnTheLock()
            let (text, output) = try await bundle(setup, "--log", "gateway.log")
            #expect(
                headings(text) == Self.names.map { "\($0) (ok)" }
            )
            for private_ in ["front_door", "Grandmother", "Wilhelmina", "a0:b1:c2:d3:e4:f1", "a0b1c2d3e4f1"] {
                #expect(!text.lowercased().contains(private_.lowercased()), "\(private_)")
            }
            for part in [
                "gateway: \(GatewayVersion.current)\n", "bridge_key_file: bridge.key", "loqed/lock_1/state",
                "key_secret: <redacted>", "libmosquitto: 2.", "webhooks arrive lock.id=lock_1",
                "loqed_lock_online{lock=\"lock_1\"} 1", "\"id\":\"lock_1\"", "02:00:00:00:00:01", "700 folder own",
                "600 file own",
            ] {
                #expect(text.contains(part), "\(part)")
            }
            #expect(output.contains("Wrote bundle.txt, which only you can read:\n  system           "))
            #expect(output.hasSuffix("Read it before you post it.\n"))
            var status = stat()
            #expect(stat("\(setup.folder.path)/bundle.txt", &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o600)

            let kept = try await bundle(setup, "--keep-names", "--json")
            #expect(kept.text.contains("loqed/front_door/state") && kept.text.contains("Wilhelmina"))
            #expect(kept.output.hasPrefix(#"{"file":"bundle.txt","parts":[{"lines":"#))
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)
        }
    }

    @Test func `is never written over a file that is there, or without its log`() async throws {
        let folder = TemporaryFolder()
        let file = folder.write("mine", to: "bundle.txt")
        let there = try await Binary.run(["support-bundle", file])
        #expect(there.code == 73)
        #expect(
            there.output.contains(
                "\(file) is there already\n    name another file: loqed-gateway support-bundle FILE\n"
            )
        )
        #expect(TemporaryFolder.read(file) == "mine")
        let other = "\(folder.path)/other.txt"
        #expect(try await Binary.run(["support-bundle", other, "--log", "\(folder.path)/none"]).code == 66)
        #expect(access(other, F_OK) != 0)
        #expect(try await Binary.run(["support-bundle", "\(folder.path)/none/other.txt", "--config", file]).code == 73)
    }

    @Test func `tells what could not be had while gateway or broker are down`() async throws {
        try await DoctorSetup.run { setup in
            #expect(
                headings(try await bundle(setup).text) == [
                    "system (ok)", "configuration (ok)", "doctor (ok)", "explain (no answer)", "readyz (no answer)",
                    "metrics (no answer)", "status (the gateway is not online)", "retained topics (ok)",
                    "state directory (ok)", "log (not given)",
                ]
            )
            await setup.broker.kill()
            let (text, _) = try await bundle(setup)
            #expect(
                headings(text)[6...7] == [
                    "status (the broker cannot be read)", "retained topics (the broker cannot be read)",
                ]
            )
            #expect(text.contains("The folder is not there."))
        }
    }

    @Test func `of a broken configuration shows the mistakes, and no secret that slipped into a wrong place`()
        async throws
    {
        try await DoctorSetup.run { setup in
            setup.write("bridge: \"\(DoctorSetup.key)\"", for: "bridge: 127.0.0.1:\(setup.bridgePort)")
            let (text, output) = try await bundle(setup)
            #expect(
                headings(text) == [
                    "system (ok)", "configuration (has mistakes)", "doctor (ok)", "explain (no configuration)",
                    "readyz (no configuration)", "metrics (no configuration)", "status (no configuration)",
                    "retained topics (no configuration)", "state directory (no configuration)", "log (not given)",
                ]
            )
            #expect(text.contains("locks[0].bridge: "))
            #expect(output.contains("configuration    2 lines, has mistakes"))
        }
    }

    /// What a log may hold that is not ours alone; every word of it in a place of its own.
    private static let log = """
        -- Journal begins at Mon 2026-11-30 --
        Nov 30 11:35:46 wilhelms-nas loqed-gateway[123]: 2026-11-30T11:35:46Z INFO locked lock.id=front_door
        Nov 30 11:35:46 wilhelms-nas sudo[124]: wilhelmina : PWD=/home/bertram ; wilhelms-nas is up
        login as anna with anna-secret-99 at casa-broker for Alice at Front door
        keys //79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
        """
    private static let logged = """
        -- Journal begins at Mon 2026-11-30 --
        Nov 30 11:35:46 host-2.example loqed-gateway[123]: 2026-11-30T11:35:46Z INFO locked lock.id=lock_1
        Nov 30 11:35:46 host-2.example sudo[124]: user-2 : PWD=/home/user-3 ; host-2.example is up
        login as user-1 with <redacted> at host-1.example for Person 1 at Door 1
        keys <redacted> <redacted>
        """

    /// The part of the log, without its heading.
    private func log(_ text: String) -> String {
        String((text.split(separator: "===== log (ok) =====\n").last ?? "").dropLast())
    }

    @Test(arguments: [false, true])
    func `has no name and no secret in the log, with a good configuration and with a wrong one`(
        isWrong: Bool
    )
        async throws
    {
        try await DoctorSetup.run(mqtt: ", username: anna, password: anna-secret-99") { setup in
            setup.write("host: casa-broker,", for: "host: 127.0.0.1,")
            setup.write("name: Front door\n    key_names: {1: Alice}", for: "name: Front door")
            setup.write("bridge_key: \"\(SimulatorConfiguration.demoBridgeKey)\"", for: "bridge_key_file: bridge.key")
            if isWrong { setup.write("local_key_id: 300", for: "local_key_id: 3") }
            setup.folder.write(Self.log, to: "some.log")
            let (text, output) = try await bundle(
                setup,
                "--log",
                "some.log",
                environment: ["USER": "root", "SUDO_USER": "wilhelmina", "HOME": "/root"]
            )
            #expect(headings(text)[1] == (isWrong ? "configuration (has mistakes)" : "configuration (ok)"))
            #expect(log(text) == Self.logged)
            for word in ["anna", "casa", "alice", "front door", "front_door", "wilhelm", "bertram"] {
                #expect(!text.lowercased().contains(word), "\(word)")
            }
            #expect(!output.contains("names are not known"))
        }
    }

    @Test func `of a configuration that nobody can read has no log, and says that names are not known`() async throws {
        try await DoctorSetup.run { setup in
            setup.write("mqtt: {{host", for: "mqtt: {host")
            setup.folder.write(Self.log, to: "some.log")
            for options in [[], ["--keep-names"]] {
                unlink("\(setup.folder.path)/bundle.txt")
                let command = ["support-bundle", "bundle.txt", "--log", "some.log"]
                let (code, output) = try await setup.run(command + options)
                let text = TemporaryFolder.read("\(setup.folder.path)/bundle.txt")
                #expect(code == 0)
                #expect(headings(text).last == "log (left out)")
                #expect(!text.contains("anna-secret-99") && !text.contains("front_door"))
                #expect(output.contains("  log              2 lines, left out\n"))
                let line = "The configuration cannot be read, so names are not known and stand"
                #expect(text.contains("\(line) here as they are.\n") == options.isEmpty)
                #expect(output.contains("\(line) there as they are.\n") == options.isEmpty)
            }
        }
    }

    @Test(arguments: ["", "[]", "hello", "mqtt: {host: a}"])
    func `of a configuration that holds no lock has no log`(configuration: String) async throws {
        try await DoctorSetup.run { setup in
            setup.folder.write(configuration, to: "gateway.yaml")
            setup.folder.write(Self.log, to: "some.log")
            let (code, output) = try await setup.run(["support-bundle", "bundle.txt", "--log", "some.log"])
            #expect(code == 0)
            #expect(headings(TemporaryFolder.read("\(setup.folder.path)/bundle.txt")).last == "log (left out)")
            #expect(output.contains("names are not known and stand there as they are.\n"))
        }
    }

    @Test func `says nothing of what this machine is called`() async throws {
        try await DoctorSetup.run { setup in
            var name = [CChar](repeating: 0, count: 257)
            #expect(gethostname(&name, 256) == 0)
            let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            setup.folder.write("up: \(host), \(host)", to: "some.log")
            let text = try await bundle(setup, "--log", "some.log").text
            #expect(log(text) == "up: host-1.example, host-1.example")
        }
    }

    @Test func `of the service keeps the program's own words`() async throws {
        try await DoctorSetup.run(mqtt: ", username: loqed-gateway") { setup in
            let text = try await bundle(
                setup,
                environment: ["USER": "loqed-gateway", "LOGNAME": "loqed-gateway", "HOME": "/var/lib/loqed-gateway"]
            ).text
            #expect(text.contains("\n  client_id: loqed-gateway "))
            #expect(text.contains("journalctl -u loqed-gateway -n 1000 | loqed-gateway support-bundle --log -"))
            #expect(!text.contains("user-1"))
        }
    }

    @Test func `has no name that the running gateway still goes by`() async throws {
        try await DoctorSetup.run { setup in
            setup.write("name: Grandmother's door\n    key_names: {1: Wilhelmina}", for: "name: Front door")
            let gateway = try await setup.startGateway()
            try await setup.turnTheLock()
            setup.write("id: shed", for: "id: front_door")
            setup.write("name: Shed", for: "name: Grandmother's door\n    key_names: {1: Wilhelmina}")
            let text = try await bundle(setup, "--log", "gateway.log").text
            #expect(headings(text) == Self.names.map { "\($0) (ok)" })
            for word in ["front_door", "Grandmother", "Wilhelmina", "shed", "Shed"] {
                #expect(!text.contains(word), "\(word)")
            }
            #expect(text.contains("lock_1") && text.contains("loqed/lock_2/state"))
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)
        }
    }
}
