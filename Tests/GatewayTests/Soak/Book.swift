import LockDomain
import LockMessages
import Testing

/// What ought to be on the broker, from what the supervisors said and nothing else.
struct Book {
    /// What happened to the connections in the present stretch of the story.
    struct Trouble {
        /// How often one was cut, or the broker ended.
        var faults = 0
        /// What was said before the broker's last end may have been acknowledged, and gone with it.
        var saidBeforeTheLastEnd: [LockID: Int] = [:]
    }

    private struct Page {
        /// The newest retained publication of each topic.
        var ledger: [String: Publication] = [:]
        /// The topics in the order in which they first appeared.
        var order: [String] = []
        /// What is to be published in this stretch while nothing is wrong, in order.
        var stream: [Publication] = []
        /// What stood there when the stretch began.
        var before: [String: Publication] = [:]
    }

    let layout: TopicLayout
    /// Where the senders of commands want to hear of them, by command.
    var answers: [CommandID: (topic: String, correlationData: [UInt8])] = [:]
    var trouble = Trouble()
    /// Whether connections of this stretch may speak MQTT 3.1.1, which knows neither expiry nor the mark of a repetition.
    private(set) var isOld = false
    private(set) var events = 0
    private(set) var publications = 0
    private var isOldLater = false
    private var pages: [LockID: Page] = [:]

    init(layout: TopicLayout) { self.layout = layout }

    mutating func note(_ word: Word) {
        let (lock, layout) = (word.lock, layout)
        switch word.announcement {
        case .report(let report):
            for publication in [Publication](report, for: lock, in: layout) { add(publication, lock) }
        case .occurrence(let occurrence):
            events += 1
            add(Publication(occurrence, for: lock, in: layout), lock)
        case .commandResult(let result):
            add(Publication(result, for: lock, in: layout), lock)
            if result.reply != nil, let answer = answers[result.id] {
                let publication = Publication(
                    result,
                    answering: answer.topic,
                    correlationData: answer.correlationData
                )
                add(publication, lock)
            }
        }
    }

    private mutating func add(_ publication: Publication, _ lock: LockID) {
        var page = pages[lock, default: Page()]
        defer { pages[lock] = page }
        if publication.isRetained {
            guard page.ledger[publication.topic] != publication else { return }
            if page.ledger.updateValue(publication, forKey: publication.topic) == nil {
                page.order.append(publication.topic)
            }
        }
        publications += 1
        page.stream.append(publication)
    }

    /// A minute has passed: what expires is published once more.
    mutating func renew() {
        pages = pages.mapValues { page in
            var page = page
            page.stream += page.order.compactMap { page.ledger[$0] }.filter { $0.expiry != nil }
            return page
        }
    }

    /// The broker has ended: what was said before may be gone with it.
    mutating func brokerEnded() {
        trouble.faults += 1
        trouble.saidBeforeTheLastEnd = pages.mapValues { $0.stream.count }
    }

    /// Reads which version of MQTT the gateway says it speaks.
    mutating func learnVersion(from heard: [Witness.Heard]) {
        let said = heard.filter { $0.topic == layout.gatewayInfo }.map { $0.text.contains(#""protocol":"3.1.1""#) }
        isOld = isOld || said.contains(true)
        isOldLater = said.last ?? isOldLater
    }

    /// A new stretch of the story begins.
    mutating func turn() {
        isOld = isOldLater
        trouble = Trouble()
        pages = pages.mapValues { Page(ledger: $0.ledger, order: $0.order, before: $0.ledger) }
    }

    /// Everything that must be stored at the broker, of all locks.
    var retained: [String: [UInt8]] {
        pages.values.reduce(into: [:]) { all, page in
            for (topic, publication) in page.ledger { all[topic] = publication.payload }
        }
    }

    /// The topics on which the newest that was heard is not the newest that was said in this stretch.
    ///
    /// Of what is not retained, only events: other things may be gone with a broker.
    func behind(_ heard: [Witness.Heard]) -> [String] {
        let events = Set(pages.keys.map { layout.event(of: $0) })
        let newest = Dictionary(
            heard.filter { $0.isRetained || events.contains($0.topic) }.map { ($0.topic, $0.payload) }
        ) { $1 }
        let said = pages.values.flatMap(\.stream).filter { $0.isRetained || events.contains($0.topic) }
        let due = Dictionary(said.map { ($0.topic, $0.payload) }) { $1 }
        return due.keys.filter { newest[$0] != due[$0] }.sorted()
    }

    func isOf(_ lock: LockID, _ topic: String) -> Bool {
        topic.hasPrefix("soak/answers/\(lock)/") || topic.hasPrefix("loqed/\(lock)/") && !isInbound(topic, lock)
    }

    private func isInbound(_ topic: String, _ lock: LockID) -> Bool {
        [layout.command(of: lock), layout.refresh(of: lock), layout.commandsSwitch(of: lock)].contains(topic)
    }

    /// How many of a lock's messages are to be heard in this stretch, if nothing goes wrong.
    func expected(of lock: LockID) -> Int { pages[lock]?.stream.count ?? 0 }

    // MARK: Verdicts

    /// What is wrong with what was heard of a lock while all was well: it has to be what was said, each once, in order.
    func complaint(about lock: LockID, heard: [Witness.Heard]) -> String? {
        var wanted = (pages[lock]?.stream ?? []).map { Witness.Heard($0) }
        if isOld {
            for (place, message) in heard.enumerated() where place < wanted.count && !message.expires {
                wanted[place].expires = false
            }
        }
        guard heard != wanted else { return nil }
        let place = zip(heard, wanted).enumerated().first { $1.0 != $1.1 }?.offset ?? min(heard.count, wanted.count)
        let (got, due) = (heard.dropFirst(place).first, wanted.dropFirst(place).first)
        return "message \(place) of \(wanted.count): heard \(got?.description ?? "nothing")"
            + " instead of \(due?.description ?? "nothing"); heard \(heard.count)"
    }

    /// What is wrong with what was heard of a lock while connections ended.
    func complaintInTrouble(about lock: LockID, heard: [Witness.Heard]) -> String? {
        guard let page = pages[lock] else { return nil }
        if let odd = heard.first(where: { $0.qos != 1 }) { return "not of QoS 1: \(odd)" }
        return complaintAboutEvents(
            page,
            heard.filter { !$0.isRetained },
            saidBefore: trouble.saidBeforeTheLastEnd[lock]
        )
            ?? complaintAboutRetained(page, heard.filter(\.isRetained), will: layout.state(of: lock))
    }

    private func complaintAboutEvents(_ page: Page, _ heard: [Witness.Heard], saidBefore: Int?) -> String? {
        struct Name: Hashable {
            let topic: String
            let payload: [UInt8]
        }
        var said: [Name: Int] = [:]
        var due: [Name: Int] = [:]
        for (place, publication) in page.stream.enumerated() where !publication.isRetained {
            let name = Name(topic: publication.topic, payload: publication.payload)
            said[name, default: 0] += 1
            if place >= saidBefore ?? 0 { due[name, default: 0] += 1 }
        }
        var order: [Name] = []
        var counts: [Name: (all: Int, unmarked: Int)] = [:]
        for message in heard {
            let name = Name(topic: message.topic, payload: message.payload)
            guard let times = said[name] else { return "nobody said \(message)" }
            var count = counts[name, default: (0, 0)]
            if count.all == 0 { order.append(name) }
            count.all += 1
            if !message.isRepeat { count.unmarked += 1 }
            counts[name] = count
            guard count.unmarked <= times || isOld else {
                return "doubled and not marked: \(message)"
            }
            guard count.all <= times * (1 + trouble.faults) else {
                return "more often than connections ended: \(message)"
            }
        }
        for (name, times) in due where counts[name, default: (0, 0)].all < times {
            return "lost: \(name.topic) \(String(decoding: name.payload, as: UTF8.self))"
        }
        let first = page.stream.filter { !$0.isRetained }.map { Name(topic: $0.topic, payload: $0.payload) }
        return Self.isSubsequence(order, of: first) ? nil : "events came in another order than they were said"
    }

    private func complaintAboutRetained(_ page: Page, _ heard: [Witness.Heard], will: String) -> String? {
        for (topic, messages) in Dictionary(grouping: heard, by: \.topic) {
            let steps =
                [page.before[topic]].compactMap { $0 } + page.stream.filter { $0.topic == topic && $0.isRetained }
            let seen = messages.map(\.payload).filter { topic != will || $0 != Array("unknown".utf8) }
            let without = steps.map(\.payload)
            // After a connection was cut the newest is said again: as often as that is so, steps may repeat.
            let isGood = Self.isSubsequence(
                seen.enumerated().filter { $0 == 0 || seen[$0 - 1] != $1 }.map(\.element),
                of: without
            )
            guard isGood else { return "\(topic) went back to what it was before: \(messages.map(\.text))" }
        }
        return nil
    }

    private static func isSubsequence<Element: Equatable>(_ part: [Element], of whole: [Element]) -> Bool {
        var rest = whole[...]
        for element in part {
            guard let place = rest.firstIndex(of: element) else { return false }
            rest = rest[(place + 1)...]
        }
        return true
    }
}

extension Witness.Heard {
    init(_ publication: Publication) {
        self.init(
            topic: publication.topic,
            payload: publication.payload,
            isRetained: publication.isRetained,
            qos: 1,
            expires: publication.expiry != nil,
            isRepeat: false
        )
    }
}
