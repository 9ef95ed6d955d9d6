package import Platform

extension OffersExport: MailedExport {
    package static let words = ExportWords(
        subject: "Votre export des offres de stage est prêt",
        name: "L'export des offres de stage",
        none: "Aucune offre",
        one: "une offre",
        many: "offres",
        label: "Nombre d'offres",
        caution: "Le fichier peut contenir les coordonnées de tuteurs : ne le transmettez qu'aux personnes qui en ont "
            + "besoin."
    )

    package func facts(ministryName: String?) -> [MailBlock.Fact] {
        OffersFilterFacts.facts(filter, ministryName: ministryName)
    }
}

extension OfferStatisticsExport: MailedExport {
    package static let words = ExportWords(
        subject: "Vos statistiques des offres de stage sont prêtes",
        name: "L'export des statistiques des offres de stage",
        none: "Aucune offre",
        one: "une ligne, sans compter le total",
        many: "lignes, sans compter le total",
        label: "Nombre de lignes",
        caution: nil
    )

    package func facts(ministryName: String?) -> [MailBlock.Fact] {
        let rows =
            switch dimension {
            case .sector: "secteur professionnel"
            case .group: "groupe ou institution de tutelle"
            }
        return OffersFilterFacts.facts(filter, ministryName: ministryName) + [.init("Une ligne par", rows)]
    }
}
