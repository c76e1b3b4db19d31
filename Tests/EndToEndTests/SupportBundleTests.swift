import GatewayTestSupport
import Glibc
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

    private func bundle(_ setup: DoctorSetup, _ more: String...) async throws -> (text: String, output: String) {
        unlink("\(setup.folder.path)/bundle.txt")
        let child = try ChildProcess(
            "bash",
            [
                "-c", "cd \"$1\" && shift && exec \"$@\" >bundle.out 2>&1", "bash", setup.folder.path, try Binary.path,
                "support-bundle", "bundle.txt",
            ] + more
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
}
