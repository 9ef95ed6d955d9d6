package import Platform

/// The SMS that carries a code. In the characters of GSM 7-bit only (é, è, à and ç, no other accents, no no-break space)
/// and within 160 of them: one other character makes it two messages, and each costs.
package struct CodeText: Sendable {
    private let code: AccountCode

    package init(_ code: AccountCode) {
        self.code = code
    }

    package var text: String {
        let minutes = AccountCode.lifetime.components.seconds / 60
        let use =
            switch code.purpose {
            case .activation: "activer votre compte"
            case .passwordReset: "changer de mot de passe"
            }
        return "Mon stage de 3e : \(code.text) est votre code pour \(use). Il est valable \(minutes) minutes. "
            + "Ne le donnez à personne."
    }
}
