import Gatehouse

/// Why a command line is wrong, with what was probably meant.
struct UsageError: Error {
    let message: String
    var hint: String?
}

/// Reads what follows a command's name: `--name value`, `--name=value`, switches, one operand, and
/// `--`, after which everything is an operand.
struct ArgumentParser {
    private let command: Command
    private var arguments = Arguments()
    private var rest: ArraySlice<String>

    static func parse(
        _ words: ArraySlice<String>, for command: Command
    ) throws(UsageError) -> Arguments {
        var parser = ArgumentParser(command: command, rest: words)
        return try parser.parse()
    }

    private init(command: Command, rest: ArraySlice<String>) {
        self.command = command
        self.rest = rest
    }

    private mutating func parse() throws(UsageError) -> Arguments {
        var areOptionsOver = false
        while let word = rest.popFirst() {
            if !areOptionsOver, word == "--" {
                areOptionsOver = true
            } else if !areOptionsOver, word == "-h" {
                arguments.switches.insert(Command.help.name)
            } else if !areOptionsOver, word.hasPrefix("-"), word != "-" {
                try option(word)
            } else {
                try operand(word)
            }
        }
        if arguments.switches.contains(Command.help.name) { return arguments }
        if let operand = command.operand, operand.isRequired, arguments.operand == nil {
            throw UsageError(
                message: "`\(command.name)` needs \(operand.placeholder)",
                hint: operand.words.isEmpty
                    ? nil : "one of " + operand.words.joined(separator: ", "))
        }
        return arguments
    }

    private mutating func option(_ word: String) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0].drop { $0 == "-" })
        let known = command.options + [Command.help]
        guard let option = known.first(where: { $0.name == name }), word.hasPrefix("--") else {
            let near =
                Nearest.match(name, in: known.map(\.name))
                ?? known.first { $0.name == name }?.name
            throw UsageError(
                message:
                    "`\(command.name)` has no option `\(parts[0].description.printable(max: 60))`",
                hint: near.map { "did you mean `--\($0)`?" })
        }
        guard let placeholder = option.value.placeholder else {
            guard parts.count == 1 else { throw UsageError(message: "`--\(name)` takes no value") }
            arguments.switches.insert(name)
            return
        }
        let value = parts.count == 2 ? String(parts[1]) : rest.popFirst()
        guard let value, !value.isEmpty, parts.count == 2 || !value.hasPrefix("--") else {
            throw UsageError(message: "`--\(name)` needs a value", hint: "--\(name) \(placeholder)")
        }
        guard arguments.values.updateValue(value, forKey: name) == nil else {
            throw UsageError(message: "`--\(name)` is given twice")
        }
    }

    private mutating func operand(_ word: String) throws(UsageError) {
        let shown = "`\(word.printable(max: 60))`"
        if arguments.operand != nil, command.object != nil, arguments.object == nil {
            arguments.object = word
            return
        }
        guard let operand = command.operand, arguments.operand == nil else {
            throw UsageError(message: "`\(command.name)` does not take \(shown)")
        }
        guard operand.words.isEmpty || operand.words.contains(word) else {
            let near = Nearest.match(word, in: operand.words)
            throw UsageError(
                message: "\(shown) is not one of " + operand.words.joined(separator: ", "),
                hint: near.map { "did you mean `\($0)`?" })
        }
        arguments.operand = word
    }
}
