/// What stands in every mail, whatever it is about.
enum Frame {
    /// With a no-break space: the name is not read as one when a line ends before "3e".
    static let service = "Mon stage de\u{A0}3e"
    static let signature = "L'équipe \(service)"
    static let footer = "Ce message est envoyé automatiquement : merci de ne pas y répondre."
    static let linkFallback = "Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :"
}
