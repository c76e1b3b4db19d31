import GatewayTestSupport
import Glibc
import Testing

/// With real files of real modes.
@Suite(.serialized) struct `The command check` {
    private let folder = TemporaryFolder()

    private func configuration() -> String {
        folder.write("Canary0fTheC0alMine\n", to: "mqtt.password")
        return folder.write(
            """
            mqtt: {host: 127.0.0.1, username: me, password_file: mqtt.password}
            locks:
              - id: front_door
                name: Front door
                bridge: 127.0.0.1
                bridge_key: "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="
                key_secret: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
                local_key_id: 3

            """,
            to: "gateway.yaml"
        )
    }

    @Test func `warns of a secret that every user can read, and of none in a folder that nobody can enter`()
        async throws
    {
        let file = configuration()
        let password = "\(folder.path)/mqtt.password"
        let good = "\(file) is good: 1 lock, broker 127.0.0.1:1883\n"
        chmod(password, 0o644)
        #expect(try await Binary.run(["check", "--config", file]) == (0, good))
        chmod(folder.path, 0o755)
        let (code, output) = try await Binary.run(["check", "--config", file])
        #expect(code == 0)
        #expect(
            output == good + """
                \(file):1:54: warning: mqtt.password_file: the file \(password) can be read by every user of this machine
                    chmod o= \(password)

                """
        )
        chmod(password, 0o640)
        #expect(try await Binary.run(["check", "--config", file]) == (0, good))
    }

    @Test func `prints what counts and ends with the right codes`() async throws {
        let file = configuration()
        let printed = try await Binary.run(
            ["check", "--config", file, "--print", "--set", "mqtt.port=1884"],
            environment: ["LOQED_GATEWAY_MQTT_HOST": "10.0.0.7"]
        )
        #expect(printed.code == 0)
        let lines = printed.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(
            lines.prefix(5) == [
                "mqtt:", "host: 10.0.0.7 # LOQED_GATEWAY_MQTT_HOST", "port: 1884 # --set mqtt.port",
                "username: me # \(file):1:35", "password_file: mqtt.password # \(file):1:54",
            ]
        )
        let wrong = try await Binary.run(["check", "--config", file, "--set", "mqtt.port=0", "--json"])
        #expect(wrong.code == 78)
        #expect(wrong.output.contains(#""source":"--set mqtt.port""#))
        #expect(try await Binary.run(["check", "--config", "\(folder.path)/none"]).code == 66)
    }

    @Test func `takes a credential of the service manager`() async throws {
        let file = configuration()
        let arguments = ["check", "--config", file, "--set", "mqtt.password_file=credential:mqtt.password"]
        #expect(try await Binary.run(arguments).code == 78)
        #expect(try await Binary.run(arguments, environment: ["CREDENTIALS_DIRECTORY": folder.path]).code == 0)
    }

    @Test func `waits for no pipe that a file names, and takes one that the command line names`() async throws {
        let file = configuration()
        let pipe = "\(folder.path)/mqtt.password"
        #expect(unlink(pipe) == 0 && mkfifo(pipe, 0o600) == 0)
        let (code, output) = try await Binary.run(["check", "--config", file])
        #expect(code == 78)
        #expect(
            output == """
                \(file):1:54: mqtt.password_file: the file \(pipe) is not a file
                    A relative name counts from the folder of the configuration file.

                """
        )
        let child = try ChildProcess(
            "bash",
            ["-c", "\"$1\" check --config \"$2\" --set mqtt.password_file=<(echo word)", "bash", try Binary.path, file]
        )
        #expect(await child.ended() == 0)
    }
}
