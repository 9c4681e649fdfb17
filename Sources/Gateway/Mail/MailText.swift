import GatehouseIdentity

/// What mails say. Plain text: nothing to load, nothing to click but the one address.
enum MailText {
    /// Subject and body of a mail; `{link}`, `{service}`, `{address}` and `{name}` are filled in.
    static func text(_ template: MailTemplate) -> (subject: String, body: String) {
        switch template {
        case .confirmEmail:
            (
                "Confirm your address for {service}",
                "Open this link within a day to confirm your address:\n\n{link}\n\n"
                    + "If you did not make an account, ignore this mail."
            )
        case .alreadyRegistered:
            (
                "You have an account at {service}",
                "Somebody, perhaps you, tried to use this address for another account. You have "
                    + "one already: sign in, or ask for a new password there.\n\n"
                    + "If it was not you, nothing needs to be done."
            )
        case .resetPassword:
            (
                "A new password for {service}",
                "Open this link within half an hour to set a new password:\n\n{link}\n\n"
                    + "If you did not ask for it, ignore this mail: your password stays as it is."
            )
        case .passwordChanged: notice("Your password was changed", "all other sessions were ended")
        case .emailChangeConfirm:
            (
                "Confirm your new address for {service}",
                "Open this link within a day to use this address from now on:\n\n{link}"
            )
        case .emailChanged:
            notice("Your address was changed", "mails go to the new address from now on")
        case .factorAdded: notice("A second factor was added", "all other sessions were ended")
        case .factorRemoved:
            notice("Your second factor was removed", "signing in asks for the password alone")
        case .recoveryCodesReplaced:
            notice("Your recovery codes were replaced", "the old ones are of no use any more")
        case .newDevice:
            notice("A sign-in from a new device", "it came from the address {address}")
        case .accountDeleted: notice("Your account was deleted", "nothing of it is kept")
        case .setUp:
            (
                "Your account at {service}",
                "An account was made for you. Open this link within a day to choose a password:"
                    + "\n\n{link}"
            )
        case .keyCreated: notice("An API key was made", "it is called \u{201C}{name}\u{201D}")
        }
    }

    private static func notice(_ what: String, _ more: String) -> (String, String) {
        (
            "\(what) ({service})",
            "\(what): \(more).\n\nIf it was not you, set a new password at once:\n\n{account}"
        )
    }

    /// The part of the account page that a link opens; its token stands behind `#`, where no
    /// server, proxy or log sees it.
    static func place(_ template: MailTemplate) -> String? {
        switch template {
        case .confirmEmail: "confirm"
        case .resetPassword: "reset"
        case .emailChangeConfirm: "email"
        case .setUp: "setup"
        default: nil
        }
    }
}
