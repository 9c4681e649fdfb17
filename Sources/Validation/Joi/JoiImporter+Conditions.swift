extension JoiImporter {
    mutating func matches(
        _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        for (index, item) in try list(value).enumerated() {
            let match = try object(item)
            definition.alternatives.append(
                try at("\(index)") { (reader) throws(JoiImportError) in
                    if let schema = match["schema"] { return .schema(try reader.node(schema)) }
                    return .condition(try reader.condition(match))
                })
        }
    }

    mutating func conditions(
        _ value: SchemaValue
    ) throws(JoiImportError) -> [SchemaDefinition.Condition] {
        var conditions: [SchemaDefinition.Condition] = []
        for (index, item) in try list(value).enumerated() {
            let when = try object(item)
            conditions.append(
                try at("\(index)") { (reader) throws(JoiImportError) in
                    try reader.condition(when)
                })
        }
        return conditions
    }

    private mutating func condition(
        _ when: SchemaObject
    ) throws(JoiImportError) -> SchemaDefinition.Condition {
        var condition = SchemaDefinition.Condition()
        if let merged = when["concat"] {
            condition.merged = try node(merged)
            return condition
        }
        if when["ref"] != nil { condition.reference = try reference(.object(when)) }
        condition.breaks = when["break"] == .bool(true)
        if let branches = when["switch"] {
            for branch in try list(branches) {
                condition.branches.append(try self.branch(try object(branch)))
            }
        } else {
            condition.branches.append(try branch(when))
        }
        return condition
    }

    private mutating func branch(
        _ object: SchemaObject
    ) throws(JoiImportError) -> SchemaDefinition.Branch {
        guard let test = object["is"] else { throw refusal("a condition needs a schema") }
        var then: SchemaNode?
        var otherwise: SchemaNode?
        if let value = object["then"] { then = try node(value) }
        if let value = object["otherwise"] { otherwise = try node(value) }
        return SchemaDefinition.Branch(test: try node(test), then: then, otherwise: otherwise)
    }
}
