import Testing

@testable import Gateway

@Suite struct `Place-holders of a support bundle` {
    private func applied(_ text: String, _ words: (String, Pseudonyms.Kind)...) -> String {
        var pseudonyms = Pseudonyms()
        for (word, kind) in words { pseudonyms.note(word, kind) }
        return pseudonyms.applied(to: text)
    }

    @Test func `stand for the same thing wherever it stands, and for whole words only`() {
        #expect(
            applied(
                "front_door/state front_door_2/state Front door: Alice, Alices, (Alice)\nfront_door",
                ("front_door", .lock),
                ("Front door", .door),
                ("Alice", .person)
            ) == "lock_1/state front_door_2/state Door 1: Person 1, Alices, (Person 1)\nlock_1"
        )
    }

    @Test func `take the longer of two names that begin alike`() {
        #expect(
            applied("door door_back", ("door", .lock), ("door_back", .lock)) == "lock_1 lock_2"
        )
    }

    @Test func `keep what was in one network in one network`() {
        #expect(
            applied("192.168.1.50:80 192.168.1.10, [192.168.2.7] 192.168.1.50. 10.9.9.9 172.16.0.1:8099")
                == "192.0.2.1:80 192.0.2.2, [198.51.100.1] 192.0.2.1. 203.0.113.1 240.0.3.1:8099"
        )
        #expect(
            applied("[fd00:1::50]:80 fd00:1::51 fe80::1c2d:3 [fd00:1::50]")
                == "[2001:db8:0::1]:80 2001:db8:0::2 fe80::1 [2001:db8:0::1]"
        )
    }

    @Test func `leave alone what is the same in every home`() {
        let text =
            "127.0.0.1:1883 0.0.0.0:8099 ::1 [::]:80 localhost 12:34:56 2026-11-23T14:00:00Z 2.0.11 1.2.3.4.5 255.255.255.255"
        #expect(applied(text, ("localhost", .host), ("127.0.0.1", .host)) == text)
    }

    @Test func `know a MAC in each of its forms`() {
        #expect(
            applied(
                "a0:b1:c2:d3:e4:f1 A0-B1-C2-D3-E4-F1 a0b1c2d3e4f1 LOQED-a0b1c2d3e4f1.local aabbccddeeff 123456789012"
            )
                == "02:00:00:00:00:01 02-00-00-00-00-01 020000000001 LOQED-020000000001.local 020000000002 123456789012"
        )
    }

    @Test func `stand for e-mail addresses and names of the home's own network`() {
        #expect(
            applied("Alex.Example@mail.example.com, broker.fritz.box nas.lan:1883 alex.example@mail.example.com")
                == "person-1@example.org, host-1.example host-2.example:1883 person-1@example.org"
        )
    }

    @Test func `never stand for the program's own words`() {
        let text = "mqtt: {client_id: loqed-gateway} journalctl -u loqed-gateway loqed/lock/state locked MQTT 5"
        #expect(
            applied(
                text,
                ("loqed-gateway", .user),
                ("mqtt", .host),
                ("MQTT", .host),
                ("loqed", .user),
                ("lock", .lock),
                ("loqed/lock", .name),
                ("state", .name),
                ("locked", .lock),
                ("client_id", .user)
            ) == text
        )
    }

    @Test func `stand for a name also where it is quoted`() {
        #expect(applied(#"name="Anna \"Nan\" B""#, (#"Anna "Nan" B"#, .person)) == #"name="Person 1""#)
    }

    @Test func `are not needed for secrets, which are taken out whatever let them in`() {
        let screen = SecretScreen([Secret("hunter2hunter2")])
        let key = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="
        let digest = String(repeating: "0a", count: 32)
        let (text, count) = screen.cleared("a=\(key) b=hunter2hunter2 c=\(digest) d=\"\(key.dropLast(3))\"")
        #expect(text == "a=<redacted> b=<redacted> c=<redacted> d=\"<redacted>\"")
        #expect(count == 4)
        let everybodys = "loqed-gateway, loqed/answers"
        #expect(SecretScreen([Secret("loqed")]).cleared(everybodys).text == everybodys)
        for plain in [
            "/etc/loqed-gateway/gateway.yaml", "/home/somebody/very/long/folder/names/and/more/of/them/gateway.yaml",
            "loqed_bridge_request_seconds_bucket", "no_confirmation",
            "================================================",
        ] {
            #expect(screen.cleared(plain).text == plain)
        }
    }
}
