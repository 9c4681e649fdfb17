import Gatehouse

extension Command {
    static let completions = Command(
        name: "completions",
        summary: "Prints completions for a shell.",
        details: """
            bash: gatehouse completions bash > /usr/share/bash-completion/completions/gatehouse
            zsh:  gatehouse completions zsh > /usr/share/zsh/vendor-completions/_gatehouse
            fish: gatehouse completions fish > /usr/share/fish/vendor_completions.d/gatehouse.fish
            """,
        options: [],
        operand: Operand(
            placeholder: "SHELL", summary: "bash, zsh or fish.", isRequired: true,
            words: ["bash", "zsh", "fish"]),
        run: { arguments, terminal in
            switch arguments.operand {
            case "zsh": terminal.say(Completions.zsh)
            case "fish": terminal.say(Completions.fish)
            default: terminal.say(Completions.bash)
            }
            return .success
        })
}
