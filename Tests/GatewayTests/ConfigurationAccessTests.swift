import Gateway
import Testing

@Suite struct `A file with a secret` {
    private static let login = "  username: loqed\n  password_file: mqtt password"
    private static let files = ["mqtt password": "Canary0fTheC0alMine\n"]

    private func warnings(_ fixture: ConfigurationFixture) throws -> [String] {
        try fixture.file.read(in: fixture.environment).warnings.map(\.warning)
    }

    @Test func `is warned of when every user can read it`() throws {
        let fixture = ConfigurationFixture.good(mqtt: Self.login).with(Self.files)
            .with(access: ["mqtt password": .reading, "gateway.yaml": []])
        #expect(
            try warnings(fixture) == [
                """
                gateway.yaml:5:18: warning: mqtt.password_file: the file mqtt password can be read by every user of this \
                machine
                    chmod o= 'mqtt password'
                """
            ]
        )
        #expect(fixture.verdict.exitCode == 0)
        #expect(fixture.verdict.complaint?.contains("Canary") == false)
    }

    @Test func `is warned of when every user can change it`() throws {
        let fixture = ConfigurationFixture.good(mqtt: Self.login).with(Self.files)
            .with(access: ["mqtt password": [.reading, .writing]])
        #expect(try warnings(fixture).first?.contains("can be changed by every user of this machine") == true)
    }

    @Test func `is not warned of when it is well kept or nobody can tell`() throws {
        let fixture = ConfigurationFixture.good(mqtt: Self.login).with(Self.files)
        #expect(try warnings(fixture) == [])
        #expect(try warnings(fixture.with(access: ["mqtt password": []])) == [])
    }

    @Test func `is not warned of where a container engine put it`() throws {
        let path = "/run/secrets/mqtt"
        let fixture = ConfigurationFixture.good(mqtt: "  username: loqed\n  password_file: \(path)")
            .with([path: "hunter2"]).with(access: [path: .reading])
        #expect(try warnings(fixture) == [])
    }

    @Test func `may be the configuration itself`() throws {
        let fixture = ConfigurationFixture.good(mqtt: "  username: loqed\n  password: Canary0fTheC0alMine")
        let open = fixture.with(access: ["gateway.yaml": .reading])
        #expect(
            try warnings(open) == [
                """
                gateway.yaml:5:13: warning: this file holds secrets and can be read by every user of this machine
                    chmod o= gateway.yaml
                """
            ]
        )
        // The keys of the simulator are no secrets, and neither is one that stands elsewhere.
        #expect(try warnings(ConfigurationFixture().with(access: ["gateway.yaml": .reading])) == [])
        let elsewhere = ConfigurationFixture.good(mqtt: Self.login).with(Self.files)
        #expect(try warnings(elsewhere.with(access: ["gateway.yaml": .reading])) == [])
    }

    @Test func `may be that of the portal, or a private key of TLS`() throws {
        let text = ConfigurationFixture.good.split(separator: "\n").dropLast(4).joined(separator: "\n")
        let fixture = ConfigurationFixture(
            text + "\n    integration_file: front.json\n".replacing("    ", with: "    ")
                + "log: {level: info}\n"
        ).with(["front.json": `The integration information of LOQED's portal`.portal])
            .with(access: ["front.json": .reading])
        #expect(
            try warnings(fixture).map { $0.prefix(62) } == [
                "gateway.yaml:9:23: warning: locks[0].integration_file: the fil"
            ]
        )
        let tls = ConfigurationFixture.good(mqtt: "  tls: {certificate_file: c.pem, private_key_file: c.key}")
            .with(["c.pem": "PEM", "c.key": "PEM"]).with(access: ["c.pem": .reading, "c.key": .reading])
        #expect(
            try warnings(tls).map { $0.prefix(69) } == [
                "gateway.yaml:4:52: warning: mqtt.tls.private_key_file: the file c.key"
            ]
        )
    }

    @Test func `may be a credential of the service manager`() throws {
        let fixture = ConfigurationFixture.good(mqtt: "  username: loqed\n  password_file: credential:mqtt")
            .with(["/run/credentials/loqed-gateway.service/mqtt": "hunter2"])
        let unit = ["CREDENTIALS_DIRECTORY": "/run/credentials/loqed-gateway.service"]
        #expect(try fixture.with(variables: unit).load().mqtt.login?.password?.reveal { $0 } == "hunter2")
        #expect(
            fixture.output == """
                gateway.yaml:5:18: mqtt.password_file: names a credential, and there are none: CREDENTIALS_DIRECTORY is not set
                    Start the gateway by a unit with a line LoadCredential=NAME:FILE, or name a file.
                """
        )
        var other = fixture.with(variables: unit)
        other.files = [:]
        #expect(
            other.output == """
                gateway.yaml:5:18: mqtt.password_file: the file /run/credentials/loqed-gateway.service/mqtt does not exist
                    The unit needs a line LoadCredential= with this name.
                """
        )
    }

    @Test(arguments: ["credential:", "credential:..", "credential:../../etc/shadow"])
    func `is no credential when its name leads elsewhere`(name: String) {
        let fixture = ConfigurationFixture.good(mqtt: "  username: loqed\n  password_file: \"\(name)\"")
            .with(variables: ["CREDENTIALS_DIRECTORY": "/run/credentials/loqed-gateway.service"])
        #expect(
            fixture.output == """
                gateway.yaml:5:18: mqtt.password_file: must have the name of a credential behind the colon
                    Example: password_file: credential:mqtt.password
                """
        )
    }
}
