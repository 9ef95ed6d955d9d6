package import Platform

extension SchoolsExport: MailedExport {
    package static let words = ExportWords(
        subject: "Votre export des établissements est prêt",
        name: "L'export des établissements",
        none: "Aucun établissement",
        one: "un établissement",
        many: "établissements",
        label: "Nombre d'établissements",
        caution: nil
    )

    package func facts(ministryName: String?) -> [MailBlock.Fact] {
        let which =
            switch registered {
            case .all: "tous, inscrits ou non"
            case .yes: "inscrits"
            case .no: "non inscrits"
            }
        return [
            .init("Année scolaire", schoolYear.label),
            .init("Département", department.map { "\($0.name) (\($0.code))" } ?? "tous, toute la France"),
            .init("Établissements", which),
        ]
    }
}

extension AssociationsExport: MailedExport {
    package static let words = ExportWords(
        subject: "Votre export des associations est prêt",
        name: "L'export des associations",
        none: "Aucune association",
        one: "une association",
        many: "associations",
        label: "Nombre d'associations",
        caution: nil
    )

    package func facts(ministryName: String?) -> [MailBlock.Fact] {
        [.init("Année scolaire", schoolYear.label)]
    }
}
