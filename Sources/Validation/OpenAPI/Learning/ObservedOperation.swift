import GatehouseCore

/// What is known of the requests of one method and path, and of their answers.
package struct ObservedOperation: Sendable {
    /// An answer's status.
    struct Answer: Sendable {
        var count = 0
        var clients = ClientMarks.none
        var contents: [String: ObservedValue] = [:]
    }

    /// Requests that were looked at.
    package internal(set) var requests = 0
    package internal(set) var clients = ClientMarks.none
    /// Seconds since 1970.
    package internal(set) var first: Int64 = 0
    package internal(set) var last: Int64 = 0
    /// By location.
    var parameters: [Location: [String: ObservedValue]] = [:]
    /// Requests with a body.
    var bodyCount = 0
    var bodies: [String: ObservedValue] = [:]
    var answers: [Int: Answer] = [:]
    var callers: [ObservedExchange.Caller: ClientMarks] = [:]
    /// Places that its values take; corrected when some are forgotten.
    var nodes = 0

    /// Where a parameter is.
    enum Location: String, CaseIterable, Sendable {
        case query, header, cookie
    }

    init() {}

    var nodeCount: Int {
        var all = 0
        for values in parameters.values { all += values.values.reduce(0) { $0 + $1.nodeCount } }
        all += bodies.values.reduce(0) { $0 + $1.nodeCount }
        for answer in answers.values {
            all += answer.contents.values.reduce(0) { $0 + $1.nodeCount }
        }
        return all
    }

    // MARK: Looking

    mutating func observe(_ exchange: ObservedExchange, _ look: inout TrafficLook) {
        requests += 1
        clients.formUnion(look.client)
        if first == 0 || exchange.time < first { first = exchange.time }
        last = max(last, exchange.time)
        callers[exchange.caller, default: .none].formUnion(look.client)
        observe(query: exchange.query, &look)
        observe(.header, exchange.headers, &look)
        observe(.cookie, exchange.cookies, &look)
        if let body = exchange.body {
            bodyCount += 1
            Self.observe(body, in: &bodies, &look)
        }
        guard
            answers[exchange.status] != nil || answers.count < TrafficLimits.statusesMax
        else { return }
        var answer = Answer()
        // Taken out and put back: two owners would copy it.
        if let known = answers.removeValue(forKey: exchange.status) { answer = known }
        answer.count += 1
        answer.clients.formUnion(look.client)
        if let body = exchange.answer { Self.observe(body, in: &answer.contents, &look) }
        answers[exchange.status] = answer
    }

    private mutating func observe(query: String?, _ look: inout TrafficLook) {
        guard let query, !query.isEmpty else { return }
        var fields = FormFields()
        let bytes = Array(query.utf8)
        // What cannot be read was refused before; nothing is learned of it.
        guard (try? fields.parse(bytes.raw, limits: FormLimits())) != nil else { return }
        var texts: [String: [[UInt8]]] = [:]
        for index in 0..<fields.count {
            texts[String(lossy: fields.name(index)), default: []].append(fields.value(index).array)
        }
        for (name, values) in texts { observe(.query, name, values, &look) }
    }

    private mutating func observe(
        _ location: Location, _ pairs: [(name: String, value: String)], _ look: inout TrafficLook
    ) {
        var texts: [String: [[UInt8]]] = [:]
        for pair in pairs { texts[pair.name, default: []].append(Array(pair.value.utf8)) }
        for (name, values) in texts { observe(location, name, values, &look) }
    }

    private mutating func observe(
        _ location: Location, _ name: String, _ values: [[UInt8]], _ look: inout TrafficLook
    ) {
        guard TrafficNames.isName(name) else { return }
        if parameters[location]?[name] == nil {
            if parameters[location, default: [:]].count >= TrafficLimits.parametersMax {
                // One client alone takes no room from others.
                parameters[location] = parameters[location]?.filter { $0.value.clients.count > 1 }
            }
            guard parameters[location, default: [:]].count < TrafficLimits.parametersMax,
                let place = look.place(name, inside: nil)
            else { return }
            parameters[location, default: [:]][name] = place
        }
        parameters[location]?[name]?.observe(texts: values, look.client)
    }

    /// Whether it is a media type as `observe` writes them.
    static func isMediaType(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count <= 100 && OpenAPIMediaRange(text) != nil
            && ContentType(bytes.raw)?.essence == text
    }

    private static func observe(
        _ body: ObservedExchange.Body, in contents: inout [String: ObservedValue],
        _ look: inout TrafficLook
    ) {
        let field = Array(body.mediaType.utf8)
        guard let type = ContentType(field.raw), type.essence.utf8.count <= 100 else { return }
        let name = type.essence
        if contents[name] == nil {
            guard contents.count < TrafficLimits.mediaTypesMax,
                let place = look.place("", inside: nil)
            else { return }
            contents[name] = place
        }
        look.valuesLeft = TrafficLimits.valuesMax
        guard let bytes = body.bytes, type.isJSON || type.isForm else {
            contents[name]?.count += 1
            contents[name]?.mark(ObservedFact.unread, look.client)
            return
        }
        if type.isForm {
            var fields = FormFields()
            guard (try? fields.parse(bytes.raw, limits: FormLimits())) != nil else { return }
            contents[name]?.observe(fields: fields, &look)
            return
        }
        var limits = JSONLimits()
        limits.bytesMax = .mebibytes(4)
        var tape = JSONTape()
        do throws(JSONError) {
            let value = try tape.parse(bytes.raw, limits: limits)
            contents[name]?.observe(value, &look)
        } catch {
            contents[name]?.count += 1
            contents[name]?.mark(ObservedFact.unread, look.client)
        }
    }

    // MARK: Merging

    mutating func merge(_ other: ObservedOperation) {
        requests += other.requests
        clients.formUnion(other.clients)
        first = first == 0 ? other.first : other.first == 0 ? first : min(first, other.first)
        last = max(last, other.last)
        bodyCount += other.bodyCount
        for (caller, marks) in other.callers { callers[caller, default: .none].formUnion(marks) }
        for (location, values) in other.parameters {
            Self.merge(
                values, into: &parameters[location, default: [:]], max: TrafficLimits.parametersMax)
        }
        Self.merge(other.bodies, into: &bodies, max: TrafficLimits.mediaTypesMax)
        for (status, answer) in other.answers {
            guard answers[status] != nil || answers.count < TrafficLimits.statusesMax else {
                continue
            }
            var merged = answers[status] ?? Answer()
            merged.count += answer.count
            merged.clients.formUnion(answer.clients)
            Self.merge(
                answer.contents, into: &merged.contents, max: TrafficLimits.mediaTypesMax)
            answers[status] = merged
        }
    }

    private static func merge(
        _ other: [String: ObservedValue], into own: inout [String: ObservedValue], max: Int
    ) {
        for (name, value) in other {
            if own[name] != nil {
                own[name]?.merge(value)
            } else if own.count < max {
                own[name] = value
            }
        }
    }

    /// How often, in requests, room is looked for once there is none.
    private static let pace = 64

    /// Looks at an exchange within the operation's own bound.
    mutating func take(_ exchange: ObservedExchange, _ look: inout TrafficLook) {
        let all = look.nodesLeft
        let own = max(0, min(TrafficLimits.operationNodesMax - nodes, all))
        look.nodesLeft = own
        observe(exchange, &look)
        let taken = own - look.nodesLeft
        nodes += taken
        look.nodesLeft = all - taken
        guard own == taken, requests % Self.pace == 0 else { return }
        forgetRare()
        let left = nodeCount
        look.nodesLeft += nodes - left
        nodes = left
    }

    /// Forgets what one client alone sent, where others sent something too.
    mutating func forgetRare() {
        guard clients.count > 1 else { return }
        for location in Location.allCases {
            parameters[location] = parameters[location]?.filter { $0.value.clients.count > 1 }
        }
        for name in bodies.keys { bodies[name]?.forgetRare() }
        for status in answers.keys {
            for name in answers[status]?.contents.keys.map(\.self) ?? [] {
                answers[status]?.contents[name]?.forgetRare()
            }
        }
    }
}
