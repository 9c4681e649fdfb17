extension Rule {
    static let noForcedTry = Rule(name: "no try! in Sources") {
        $0.isSource
    } check: { file in
        file.code(holding: "try!", "try! turns an error into a crash; handle it")
    }

    static let noFatalError = Rule(name: "no fatalError in Sources") {
        $0.isSource
    } check: { file in
        file.code(holding: "fatalError(", "fatalError stops the gate; make the state impossible")
    }

    static let noUncheckedSendable = Rule(name: "@unchecked Sendable needs a reason") {
        $0.isSource
    } check: { file in
        file.code(holding: "@unchecked", "name the file and its reason in Allowances.swift")
    }

    static let noUnstructuredTasks = Rule(name: "tasks start in Transport and Gateway only") {
        $0.isSource && !$0.path.hasPrefix("Sources/Transport/")
            && !$0.path.hasPrefix("Sources/Gateway/")
    } check: { file in
        ["Task {", "Task(", "Task.detached", "Task.immediate"].flatMap { start in
            file.code(
                holding: start, "an unstructured task outlives its request; pass the work down")
        }
    }

    /// Its declaration is the one place that may name it.
    static let noRawSQL = Rule(name: "no SQL made at run time in Sources") {
        $0.isSource && $0.path != "Sources/Storage/SQL/Statement/SQLStatement.swift"
    } check: { file in
        file.code(holding: "dangerouslyRaw", "write a literal; values, names and lists are bound")
    }

    static let noFoundation = Rule(name: "no Foundation in Sources") {
        $0.isSource
    } check: { file in
        file.imports.filter { $0.module.hasPrefix("Foundation") }.map {
            Finding(file.path, $0.line, "\($0.module) costs memory and start-up; use Glibc")
        }
    }

    /// A product's own timer, such as `loop.sleep`, may be what is tested; a test itself waits for
    /// events.
    static let noSleepInTests = Rule(name: "no test sleeps") {
        $0.isTest
    } check: { file in
        guard file.text.contains("sleep") else { return [] }
        return file.code.indices.compactMap { index in
            let line = file.code[index].replacing("loop.sleep(", with: "")
            let calls = ["sleep(", "usleep(", "nanosleep(", "Task.sleep(", "Thread.sleep("]
            guard calls.contains(where: line.holds(word:)) else { return nil }
            return Finding(file.path, index + 1, "time is a parameter; wait for the event instead")
        }
    }
}
