/// What stands in every mail, whatever it is about; typeset.
enum Frame {
    /// With a no-break space: the name is not read as one when a line ends before "3e".
    static let service = "Mon stage de\u{A0}3e"
    static let signature = Typography.typeset("L'équipe \(service)")
    static let footer = Typography.typeset("Ce message est envoyé automatiquement : merci de ne pas y répondre.")
    static let linkFallback = Typography.typeset(
        "Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :"
    )
}
