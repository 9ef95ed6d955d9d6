/// What stands in every mail, whatever it is about.
enum Frame {
    static let service = "Mon stage de 3e"
    static let signature = "L'équipe Mon stage de 3e"
    static let footer = "Ce message est envoyé automatiquement : merci de ne pas y répondre."
    static let linkFallback = "Si le bouton ne s'ouvre pas, copiez cette adresse dans votre navigateur :"
}
