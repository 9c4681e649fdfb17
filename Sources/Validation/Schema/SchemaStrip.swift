import GatehouseCore

extension SchemaProgram {
    /// The value without the members that no schema names, where one names any: what was added on
    /// one side and forgotten in the document does not get out. Nil if the rest does not fit.
    ///
    /// An object of which no member is named is free: all of it stays.
    func stripped(
        _ json: RawSpan, _ block: Int32, _ limits: SchemaLimits, _ jsonLimits: JSONLimits,
        tape: inout JSONTape, scratch: inout SchemaScratch
    ) throws(JSONError) -> [UInt8]? {
        let output: [UInt8]
        do {
            let value = try tape.parse(json, limits: jsonLimits)
            scratch.begin(limits, isCollecting: false)
            scratch.isDeclaring = true
            let isFit = SchemaRun(self, value).fits(block, value.index, -1, &scratch)
            scratch.isDeclaring = false
            guard isFit, scratch.refusal == nil else { return nil }
            let declared = Declared(scratch.declared, count: value.nodes.count)
            var writer = JSONWriter()
            declared.write(value, to: &writer)
            output = writer.finish()
        }
        // What is left is judged as it will be seen.
        let issues = try issues(
            reading: output.raw, block, limits, jsonLimits, tape: &tape, scratch: &scratch)
        return issues.isEmpty ? output : nil
    }

    /// What the schemas spoke of, a bit for each node.
    private struct Declared {
        private var bits: [UInt64]

        init(_ log: [Int32], count: Int) {
            bits = Array(repeating: 0, count: (count + 63) / 64)
            for entry in log {
                let node = Int(entry < 0 ? ~entry : entry)
                bits[node / 64] |= 1 << UInt64(node % 64)
            }
        }

        /// A member's name that is declared, or an object whose members are named.
        private func contains(_ node: Int) -> Bool { bits[node / 64] >> UInt64(node % 64) & 1 == 1 }

        /// No deeper than the tape's limit.
        func write(_ value: JSONValue, to json: inout JSONWriter) {
            switch value.kind {
            case .object:
                let isNamed = contains(value.index)
                json.beginObject()
                var members = value.members
                while let member = members.next() {
                    if isNamed, !contains(member.name.index) { continue }
                    json.key(member.name.string ?? "")
                    write(member.value, to: &json)
                }
                json.endObject()
            case .array:
                json.beginArray()
                var elements = value.elements
                while let element = elements.next() { write(element, to: &json) }
                json.endArray()
            case .string: json.string(value.string ?? "")
            default: json.raw(value.text.array)
            }
        }
    }
}
