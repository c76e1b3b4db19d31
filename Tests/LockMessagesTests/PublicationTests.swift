import LockDomain
import LockMessages
import Testing

@Suite struct `A publication` {
    private let lock = Samples.frontDoor
    private let layout = Samples.layout

    @Test func `of a report tells the state first`() {
        let publications = [Publication](Samples.fullReport, for: lock, in: layout)
        #expect(
            publications.map(\.topic) == [
                "loqed/front_door/state", "loqed/front_door/battery", "loqed/front_door/connectivity",
                "loqed/front_door/attributes", "loqed/front_door/commands_enabled",
            ]
        )
        #expect(
            publications.prefix(3).map { String(decoding: $0.payload, as: UTF8.self) } == ["locked", "83", "online"]
        )
        #expect(publications.allSatisfy { $0.isRetained })
        #expect(publications.dropLast().allSatisfy { $0.expiry == .seconds(180) })
        #expect(publications.last?.expiry == nil, "a setting holds until it is changed")
        #expect(publications.last?.payload == Array("on".utf8))
    }

    @Test(arguments: LockState.allCases)
    func `says the state in its own word`(state: LockState) {
        var report = Samples.fullReport
        report.state = state
        let first = [Publication](report, for: lock, in: layout).first
        #expect(first?.payload == Array(state.rawValue.utf8))
    }

    @Test(arguments: [(nil, "unknown"), (-1, "unknown"), (101, "unknown"), (0, "0"), (100, "100")] as [(Int?, String)])
    func `never gives a battery level that is none`(level: Int?, word: String) {
        var report = Samples.fullReport
        report.battery.level = level
        let publications = [Publication](report, for: lock, in: layout)
        #expect(publications.first { $0.topic == "loqed/front_door/battery" }?.payload == Array(word.utf8))
    }

    @Test func `of a happening is not kept by the broker`() {
        let publication = Publication(LockOccurrence(.locked, time: Samples.now), for: lock, in: layout)
        #expect(!publication.isRetained)
    }

    @Test func `of a repeated command does not hide how the first one ended`() {
        #expect(!Publication(Samples.result(.refused(.duplicate)), for: lock, in: layout).isRetained)
        #expect(Publication(Samples.result(.refused(.retained)), for: lock, in: layout).isRetained)
        #expect(Publication(Samples.result(.confirmed), for: lock, in: layout).isRetained)
    }

    @Test func `says when commands are turned off`() {
        var report = Samples.fullReport
        report.areCommandsEnabled = false
        #expect([Publication](report, for: lock, in: layout).last?.payload == Array("off".utf8))
    }

    @Test func `for a sender who asked carries its own mark and is not kept`() {
        let answer = Publication(Samples.result(.sent), answering: "loqed/answers/7", correlationData: [1, 0, 255])
        #expect(answer.topic == "loqed/answers/7")
        #expect(answer.correlationData == [1, 0, 255])
        #expect(!answer.isRetained)
        #expect(answer.payload == Publication(Samples.result(.sent), for: lock, in: layout).payload)
    }

    @Test func `of the last word never expires`() {
        let expected = Publication(
            topic: "loqed/front_door/state",
            payload: Array("unknown".utf8),
            isRetained: true,
            expiry: nil
        )
        #expect(Publication.stateUnknown(of: lock, in: layout) == expected)
    }

    @Test func `of the last words is what is unknown now, and the state never expires`() {
        let words = [Publication].lastWords(of: lock, after: Samples.fullReport, in: layout)
        #expect(
            words.map(\.topic) == [
                "loqed/front_door/state", "loqed/front_door/battery", "loqed/front_door/connectivity",
                "loqed/front_door/attributes",
            ]
        )
        let texts = words.map { String(decoding: $0.payload, as: UTF8.self) }
        #expect(texts.prefix(3) == ["unknown", "unknown", "offline"])
        #expect(words.last?.payload == AttributesDocument(Samples.fullReport.unattended).json.bytes)
        #expect(words.map(\.expiry) == [nil, .seconds(180), .seconds(180), .seconds(180)])
        #expect(words.allSatisfy { $0.isRetained })
        #expect([Publication].lastWords(of: lock, after: nil, in: layout) == [.stateUnknown(of: lock, in: layout)])
    }

    @Test func `takes away all that was retained about a lock`() {
        let retained =
            [Publication](Samples.fullReport, for: lock, in: layout)
            + [Publication(Samples.result(.confirmed), for: lock, in: layout)]
        let cleared = [Publication].clearing(lock, in: layout)
        #expect(Set(cleared.map(\.topic)) == Set(retained.map(\.topic)))
        #expect(cleared.allSatisfy { $0.payload.isEmpty && $0.isRetained && $0.expiry == nil })
    }

    @Test func `takes a device out of Home Assistant`() {
        let expected = Publication(
            topic: "homeassistant/device/loqed_front_door/config",
            payload: [],
            isRetained: true
        )
        #expect(Publication.clearing(.lock(lock), in: Samples.homeAssistant) == expected)
    }
}
