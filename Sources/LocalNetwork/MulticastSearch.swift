/// A search for names on the link: what to ask when, and what the answers mean (RFC 6762).
///
/// Pure: time and datagrams are handed to it. Keeps only what answers its own questions, at most ``mostNames`` of each.
struct MulticastSearch: Sendable {
    enum Goal: Hashable, Sendable {
        case addresses(of: DNSName)
        /// The instances of a service whose name begins like this, whatever the case.
        case instances(of: DNSName, beginning: String)
    }

    struct Found: Hashable, Sendable {
        let address: IPAddress
        let timeToLive: UInt32
        /// The index of the link that it was told on.
        let link: UInt32
        let heardAt: Duration
    }

    struct Service: Hashable, Sendable {
        let target: DNSName
        let port: UInt16
    }

    /// What is known of an instance of a service.
    struct Instance: Hashable, Sendable {
        var service: Service?
        /// As its text tells.
        var hardwareAddress: HardwareAddress?
    }

    /// Instances that are kept, and addresses of each host.
    static let mostNames = 64
    /// Links that one search serves, with up to four sockets each.
    static let mostLinks = 16
    /// The largest message of multicast DNS, in bytes (RFC 6762 section 17).
    static let largestMessage = 9000
    /// The questions beside the service's own, in bytes; with that and the headers they fit an Ethernet frame.
    private static let largestQuery = 1000
    /// Between the first question and the second; each pause is twice the one before (RFC 6762 section 5.2).
    private static let firstPause = Duration.seconds(1)
    /// Questions that answers gave rise to.
    private static let mostFollowUps = 16
    /// What is older than this when it is told anew, and is not told again, holds no longer (RFC 6762 section 10.2).
    private static let overlap = Duration.seconds(1)

    let goal: Goal
    private let identifier: UInt16
    private var nextQuestion: Duration
    private var pause = firstPause
    private var followUps = 0
    private var hasAsked = false
    private var isHurried = false
    private var asked: Set<DNSQuestion> = []

    private(set) var instances: [DNSName: Instance] = [:]
    private(set) var addresses: [DNSName: [Found]] = [:]

    /// A search that asks its first question at once.
    ///
    /// - Parameters:
    ///   - goal: what is looked for.
    ///   - identifier: drawn by chance; answers bear it, or 0 as small devices do.
    ///   - start: the time now.
    init(_ goal: Goal, identifier: UInt16, start: Duration) {
        self.goal = goal
        self.identifier = identifier
        nextQuestion = start
    }

    /// When there is something to send.
    var nextDeadline: Duration { nextQuestion }
}

extension MulticastSearch {
    /// What to ask now, absent when nothing is due.
    mutating func queryDue(at now: Duration) -> MulticastQuery? {
        guard nextQuestion <= now else { return nil }
        defer { (hasAsked, isHurried) = (true, false) }
        nextQuestion = now + pause
        pause = min(pause * 2, .seconds(3600))
        let questions = self.questions
        asked.formUnion(questions)
        let forAll = questions.map { DNSQuestion(name: $0.name, type: $0.type, wantsUnicast: false) }
        return MulticastQuery(
            forAnswerToUs: DNSMessage(identifier: identifier, flags: 0, questions: questions).encoded(),
            forAnswerToAll: hasAsked && !isHurried
                ? DNSMessage(identifier: 0, flags: 0, questions: forAll).encoded() : nil
        )
    }

    private var questions: [DNSQuestion] {
        func question(_ name: DNSName, _ type: DNSType) -> DNSQuestion {
            DNSQuestion(name: name, type: type, wantsUnicast: true)
        }
        switch goal {
        case .addresses(let name): return [question(name, .addressV4), question(name, .addressV6)]
        case .instances(let service, _):
            let unplaced = instances.filter { $0.value.service == nil }.map { question($0.key, .service) }
            let hosts = Set(instances.values.compactMap(\.service?.target))
            // A bridge may do without IPv6, but not without IPv4.
            let lost =
                hosts.filter { host in addresses[host]?.contains { $0.address.family == .v4 } != true }
                .map { question($0, .addressV4) }
                + hosts.filter { addresses[$0] == nil }.map { question($0, .addressV6) }
            return [question(service, .pointer)] + fitting(unplaced + lost)
        }
    }

    /// Those that one packet has room for; the others are asked next time.
    ///
    /// What was never asked comes first, so that names nobody answers for keep no other from being asked for.
    private func fitting(_ questions: [DNSQuestion]) -> [DNSQuestion] {
        var room = Self.largestQuery
        let inOrder = questions.filter { !asked.contains($0) } + questions.filter(asked.contains)
        return inOrder.filter { question in
            let length = question.name.encodedCount + 4
            guard length <= room else { return false }
            room -= length
            return true
        }
    }

    /// Asks at once for what an answer left open, once each.
    private mutating func followUp(at now: Duration) {
        guard followUps < Self.mostFollowUps, !asked.isSuperset(of: questions) else { return }
        followUps += 1
        nextQuestion = min(nextQuestion, now)
        isHurried = true
        pause = Self.firstPause
    }
}

extension MulticastSearch {
    /// Takes from a datagram what was asked for.
    ///
    /// - Parameters:
    ///   - datagram: as it came; never trusted.
    ///   - sender: who sent it.
    ///   - place: where it came in.
    ///   - now: when.
    /// - Returns: whether it told anything new.
    @discardableResult
    mutating func receive(
        _ datagram: [UInt8],
        from sender: IPAddress,
        at place: MulticastPlace,
        now: Duration
    ) -> Bool {
        guard datagram.count <= Self.largestMessage, place.hears(sender),
            let message = try? DNSMessage(reading: datagram), message.isGoodResponse,
            // What is told to all has no number, or one to be passed over (RFC 6762 section 18.1).
            place.delivery == .toGroup || message.identifier == identifier || message.identifier == 0
        else { return false }
        let before = (instances, addresses.mapValues { $0.map(\.address) })
        // In this order, as each makes the next one wanted.
        let records = message.answers + message.additionals
        for record in records { takePointer(record) }
        for record in records { takeService(record) }
        for record in records { takeText(record) }
        for record in records { takeAddress(record, on: place.link, at: now) }
        dropUnwanted()
        guard before != (instances, addresses.mapValues { $0.map(\.address) }) else { return false }
        followUp(at: now)
        return true
    }

    private mutating func takePointer(_ record: DNSRecord) {
        guard case .instances(let service, let beginning) = goal, record.name == service,
            case .pointer(let instance) = record.data, instance.isInstance(of: service),
            instance.begins(with: beginning)
        else { return }
        if record.timeToLive == 0 {
            instances[instance] = nil
        } else if instances[instance] == nil, instances.count < Self.mostNames {
            instances[instance] = Instance()
        }
    }

    private mutating func takeService(_ record: DNSRecord) {
        guard case .service(let target, let port) = record.data else { return }
        let isOver = record.timeToLive == 0 || port == 0 || target.labels.isEmpty
        instances[record.name]?.service = isOver ? nil : Service(target: target, port: port)
    }

    private mutating func takeText(_ record: DNSRecord) {
        guard case .text(let strings) = record.data else { return }
        instances[record.name]?.hardwareAddress = record.timeToLive == 0 ? nil : HardwareAddress(toldIn: strings)
    }

    private mutating func takeAddress(_ record: DNSRecord, on link: MulticastLink, at now: Duration) {
        guard case .address(let plain) = record.data, isWanted(record.name), link.canHold(plain) else { return }
        let address = plain.on(zone: link.name)
        var known = addresses[record.name] ?? []
        known.removeAll { older in
            if older.address == address { return true }
            // A host alone knows its addresses and tells all of a kind at once, so a new answer wins over an old one.
            // The mark that says so is not asked for: answers to a port of our own bear none (RFC 6762 section 6.7).
            return record.timeToLive > 0 && older.link == link.index && older.address.family == address.family
                && now - older.heardAt > Self.overlap
        }
        if record.timeToLive > 0, known.count < Self.mostNames {
            known.append(Found(address: address, timeToLive: record.timeToLive, link: link.index, heardAt: now))
        }
        addresses[record.name] = known.isEmpty ? nil : known
    }

    private func isWanted(_ host: DNSName) -> Bool {
        switch goal {
        case .addresses(let name): name == host
        case .instances: instances.values.contains { $0.service?.target == host }
        }
    }

    /// Forgets hosts that no instance is on any more: a stream of names that come and go would fill the memory.
    private mutating func dropUnwanted() {
        guard case .instances = goal else { return }
        let targets = Set(instances.values.compactMap(\.service?.target))
        addresses = addresses.filter { targets.contains($0.key) }
    }
}

extension MulticastSearch {
    /// How long an answer holds at least and at most.
    ///
    /// A device answers a question like ours with at most ten seconds, whatever it means (RFC 6762 section 6.7), and
    /// tells others two minutes (section 10).
    static let timeToLive = Duration.seconds(10)...Duration.seconds(120)

    /// The addresses of a host, the most useful first, of equals the newest; absent when none are known.
    func answer(for host: DNSName, on links: [MulticastLink]) -> MulticastAnswer? {
        guard let found = addresses[host], let shortest = found.map(\.timeToLive).min() else { return nil }
        let ranked = found.map { (rank: Self.rank(of: $0.address, on: links), found: $0) }.sorted { one, other in
            if one.rank != other.rank { return one.rank < other.rank }
            if one.found.heardAt != other.found.heardAt { return one.found.heardAt > other.found.heardAt }
            return one.found.address.bytes.lexicographicallyPrecedes(other.found.address.bytes)
        }
        let timeToLive = Duration.seconds(Int64(shortest))
        return MulticastAnswer(
            addresses: ranked.map(\.found.address),
            timeToLive: min(max(timeToLive, Self.timeToLive.lowerBound), Self.timeToLive.upperBound)
        )
    }

    /// IPv4 before IPv6, on our subnets before elsewhere, and addresses of a link last.
    private static func rank(of address: IPAddress, on links: [MulticastLink]) -> Int {
        let isNear = links.contains { $0.holds(address) }
        return (address.isLinkLocal ? 4 : 0) + (isNear ? 0 : 2) + (address.family == .v4 ? 0 : 1)
    }
}
