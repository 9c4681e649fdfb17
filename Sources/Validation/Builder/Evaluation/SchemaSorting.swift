extension SchemaEvaluation {
    enum Sorting {
        case sorted([SchemaValue])
        case failed(String)
    }

    /// The elements in order: numbers or texts; absent ones last, null beside the smallest.
    func sort(
        _ elements: [SchemaValue], isAscending: Bool, by key: SchemaReference?
    ) -> Sorting {
        func measure(_ value: SchemaValue) -> SchemaValue {
            key.map { value.reach($0.path) } ?? value
        }
        var kinds: Set<Int> = []
        let many = elements.count > 1
        for element in elements {
            switch measure(element) {
            case .number: kinds.insert(0)
            case .text: kinds.insert(1)
            case .undefined, .null: continue
            case .bool: if many { return .failed("array.sort.unsupported") }
            default: if many { return .failed("array.sort.unsupported") }
            }
        }
        if kinds.count > 1 { return .failed("array.sort.mismatching") }
        func precedes(_ left: SchemaValue, _ right: SchemaValue) -> Bool {
            switch (measure(left), measure(right)) {
            case (.undefined, _): false
            case (_, .undefined): true
            case (.null, .null): false
            case (.null, _): !isAscending
            case (_, .null): isAscending
            case (.number(let first), .number(let second)):
                isAscending ? first.double < second.double : first.double > second.double
            case (.text(let first), .text(let second)):
                isAscending ? first.precedes(second) : second.precedes(first)
            default: false
            }
        }
        // Swift's sort keeps equal elements in their order.
        return .sorted(elements.sorted(by: precedes))
    }

    func checkOrder(
        _ elements: [SchemaValue], _ isAscending: Bool, _ key: SchemaReference?
    ) -> RuleOutcome {
        switch sort(elements, isAscending: isAscending, by: key) {
        case .failed(let code): return .failed(code)
        case .sorted(let sorted):
            if sorted == elements { return .passed }
            return .failed("array.sort", expected: isAscending ? "ascending" : "descending")
        }
    }
}
