import Testing

@testable import Gateway

@Suite struct `The origin of a target` {
    @Test(arguments: [
        ("http://192.168.1.20:8123/api/webhook/token", "http://192.168.1.20:8123"),
        ("https://abc.example", "https://abc.example:443"), ("http://192.168.1.20", "http://192.168.1.20:80"),
        ("HTTP://Home.Local:1880/?token=x", "http://home.local:1880"), ("http://[fd00::5]:81/x", "http://[fd00::5]:81"),
        ("http://user:canary@192.168.1.20:81/x", "http://192.168.1.20:81"),
        ("http://us%40er:can@ary@192.168.1.20/x", "http://192.168.1.20:80"), ("http://host#canary", "http://host:80"),
        ("http://host?canary", "http://host:80"),
    ])
    func `is its scheme, host and port`(url: String, origin: String) {
        #expect(WebhookOrigin(url: url)?.description == origin)
    }

    @Test(arguments: [
        "", "canary", "canary://192.168.1.20/", "http:192.168.1.20", "http://", "http:///x", "http://host:canary/",
        "http://host:99999/", "http://ho st/", "http://host\u{1B}[2J/", "http://h\nost/", "http://admin:12/34@host/",
        "http://canary/x@host/", "http://canary?x@host/", "http://canary\\@host/", "http://[fe80::1%25eth0]/",
        "http://host:8123:8123/",
    ])
    func `is not shown when it is not sure what it is`(url: String) {
        #expect(WebhookOrigin(url: url) == nil)
    }
}

@Suite struct `A command to copy` {
    @Test func `has the options that were given, as a shell takes them`() throws {
        let lines = WebhookCommandLine(options: ["--bridge", "[fd00::5]:81", "--bridge-key-file", "my key's file"])
        let environment = LaunchEnvironment(variables: [:]) { _, _ throws(FileFailure) in
            Array("//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=\n".utf8)
        }
        let subject = try WebhookSubject(
            bridge: try #require(NetworkAddress(bridge: "[fd00::5]:81")),
            keyFile: SecretFileOption("--bridge-key-file", path: "my key's file"),
            lock: nil,
            in: environment
        )
        #expect(
            lines.remove(subject, ids: ["2", "5"])
                == #"loqed-gateway webhooks remove --bridge '[fd00::5]:81' --bridge-key-file 'my key'\''s file'"#
                + " --id 2 --id 5 --yes"
        )
    }

    @Test(arguments: [
        ("canary", "--bridge-key-file: the text of the file k is not base64\n"),
        ("", "--bridge-key-file: the file k is empty\n"),
        ("Y2FuYXJ5", "--bridge-key-file: the text of the file k has 6 bytes where a key of LOQED has 32\n"),
    ])
    func `needs a file with a key, and says nothing of what it holds`(text: String, message: String) throws {
        let environment = LaunchEnvironment(variables: [:]) { _, _ throws(FileFailure) in Array(text.utf8) }
        let failure = #expect(throws: ConfigurationFailure.self) {
            try WebhookSubject(
                bridge: NetworkAddress(host: "192.0.2.1", port: 80),
                keyFile: SecretFileOption("--bridge-key-file", path: "k"),
                lock: nil,
                in: environment
            )
        }
        let shown = try #require(failure).description
        #expect(shown.hasPrefix(message))
        #expect(!shown.contains("canary"))
    }
}
