/// Completion scripts, written from the commands themselves.
enum Completions {
    static var bash: String {
        let names = Command.all.map(\.name) + ["help", "--help", "--version"]
        var text = """
            # bash completion for gatehouse
            _gatehouse() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
                COMPREPLY=()
                if [[ $COMP_CWORD -eq 1 ]]; then
                    COMPREPLY=($(compgen -W "\(names.joined(separator: " "))" -- "$word"))
                    return
                fi
                case "${COMP_WORDS[1]} $before" in

            """
        for command in Command.all {
            for option in command.options {
                guard let reply = bashReply(option.value) else { continue }
                text += "        \"\(command.name) --\(option.name)\") \(reply); return ;;\n"
            }
        }
        text += "    esac\n    case \"${COMP_WORDS[1]}\" in\n"
        let all = Command.all.map { ($0.name, words(of: $0)) }
        for (name, words) in all + [("help", Command.all.map(\.name))] {
            text += "        \(name)) COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\""
            text += " -- \"$word\")) ;;\n"
        }
        text += "    esac\n"
        for command in Command.all where command.operand?.words.isEmpty == true {
            text += "    [[ ${COMP_WORDS[1]} == \(command.name) && $word != -* ]]"
            text += " && COMPREPLY=($(compgen -d -- \"$word\"))\n"
        }
        return text + "    return 0\n}\ncomplete -o filenames -F _gatehouse gatehouse\n"
    }

    private static func bashReply(_ value: Option.Value) -> String? {
        switch value {
        case .none: nil
        case .file: "COMPREPLY=($(compgen -f -- \"$word\"))"
        case .folder: "COMPREPLY=($(compgen -d -- \"$word\"))"
        case .text: "COMPREPLY=()"
        }
    }

    private static func words(of command: Command) -> [String] {
        (command.operand?.words ?? []) + (command.options + [Command.help]).map { "--\($0.name)" }
    }

    static var zsh: String {
        var text = "#compdef gatehouse\n\n_gatehouse() {\n    local -a commands\n    commands=(\n"
        for command in Command.all {
            text += "        '\(command.name):\(zshEscaped(command.summary))'\n"
        }
        text += "        'help:Shows help.'\n    )\n"
        text += "    if (( CURRENT == 2 )); then\n        _describe command commands\n"
        text += "        _values option --help --version\n        return\n    fi\n"
        text +=
            "    local command=$words[2]\n    shift words\n    (( CURRENT-- "
            + "))\n    case $command in\n"
        for command in Command.all {
            text += "        \(command.name)) _arguments"
            for option in command.options + [Command.help] {
                text +=
                    " \\\n            "
                    + "'--\(option.name)[\(zshEscaped(option.summary))]\(zshAction(option.value))'"
            }
            if let operand = command.operand {
                let action =
                    operand.words.isEmpty
                    ? "_files -/" : "(\(operand.words.joined(separator: " ")))"
                text += " \\\n            '1:\(operand.placeholder):\(action)'"
            }
            text += " ;;\n"
        }
        return text
            + "        help) _describe command commands ;;\n    esac\n}\n\n_gatehouse \"$@\"\n"
    }

    private static func zshAction(_ value: Option.Value) -> String {
        switch value {
        case .none: ""
        case .file(let name): ":\(name):_files"
        case .folder(let name): ":\(name):_files -/"
        case .text(let name): ":\(name):"
        }
    }

    private static func zshEscaped(_ text: String) -> String {
        text.flatMap { character -> [Character] in
            switch character {
            case ":", "[", "]", "\\": ["\\", character]
            case "'": Array("'\\''")
            default: [character]
            }
        }.reduce(into: "") { $0.append($1) }
    }

    static var fish: String {
        var text = "# fish completion for gatehouse\ncomplete -c gatehouse -f\n"
        let first = "complete -c gatehouse -n __fish_use_subcommand"
        for command in Command.all {
            text += "\(first) -a \(command.name) -d \(fishQuoted(command.summary))\n"
        }
        text += "\(first) -a help -d 'Shows help.'\n"
        text += "\(first) -l help -d 'Shows help.'\n\(first) -l version -d 'Shows the version.'\n"
        for command in Command.all {
            let start = "complete -c gatehouse -n '__fish_seen_subcommand_from \(command.name)'"
            for option in command.options + [Command.help] {
                text += "\(start) -l \(option.name)\(fishAction(option.value))"
                text += " -d \(fishQuoted(option.summary))\n"
            }
            if let operand = command.operand {
                let words =
                    operand.words.isEmpty
                    ? "'(__fish_complete_directories)'"
                    : "'\(operand.words.joined(separator: " "))'"
                text += "\(start) -a \(words)\n"
            }
        }
        return text
    }

    private static func fishAction(_ value: Option.Value) -> String {
        switch value {
        case .none: ""
        case .file: " -r -F"
        case .folder: " -x -a '(__fish_complete_directories)'"
        case .text: " -x"
        }
    }

    private static func fishQuoted(_ text: String) -> String {
        "'" + text.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] } + "'"
    }
}
