import Gatehouse

/// The text of `--help`.
enum Help {
    static func overview(_ paint: Paint) -> String {
        var text =
            paint.bold("gatehouse") + ": protects an API.\n\n" + paint.bold("Commands") + "\n"
        text += table(Command.all.map { (usage($0), $0.summary) })
        text += "\n" + paint.bold("Options") + "\n"
        text += table([
            ("--help", "Shows this help; after a command, that command's."),
            ("--version", "Shows the version."),
        ])
        return text + "\nThe configuration's keys: docs/CONFIGURATION.md, or gatehouse(8).\n"
    }

    static func text(for command: Command, _ paint: Paint) -> String {
        var text = paint.bold("gatehouse " + usage(command)) + "\n\n" + command.summary + "\n"
        if !command.details.isEmpty { text += "\n" + command.details + "\n" }
        if let operand = command.operand {
            text +=
                "\n" + paint.bold("Arguments") + "\n"
                + table([(operand.placeholder, operand.summary)])
        }
        if let object = command.object {
            text += table([(object.placeholder, object.summary)])
        }
        text += "\n" + paint.bold("Options") + "\n"
        return text + table((command.options + [Command.help]).map { (spelling($0), $0.summary) })
    }

    private static func usage(_ command: Command) -> String {
        var text = command.name
        if !command.options.isEmpty { text += " [options]" }
        if let operand = command.operand {
            text += operand.isRequired ? " \(operand.placeholder)" : " [\(operand.placeholder)]"
        }
        if let object = command.object { text += " [\(object.placeholder)]" }
        return text
    }

    private static func spelling(_ option: Option) -> String {
        "--\(option.name)" + (option.value.placeholder.map { " \($0)" } ?? "")
    }

    private static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, summary in
            "  " + name + String(repeating: " ", count: width - name.count + 2) + summary + "\n"
        }.joined()
    }
}
