import Platform

/// The filters of an offers export as its mails say them: all that were set, and that there is no other.
enum OffersFilterFacts {
    static func facts(_ filter: OffersFilter, ministryName: String?) -> [MailBlock.Fact] {
        let named: [MailBlock.Fact?] = [
            filter.department.map { .init("Département", "\($0.name) (\($0.code))") },
            filter.academy.map { .init("Académie", $0.name) },
            filter.isPublic.map { .init("Public ou privé", $0 ? "Public" : "Privé") },
            filter.track.map { .init("Filière", $0.label) },
            filter.ministry.map {
                .init("Ministère", ministryName.map { Typography.shortened($0) } ?? "n°\u{A0}\($0)")
            },
        ]
        let set = named.compactMap(\.self)
        return [.init("Année scolaire", filter.schoolYear.label)]
            + (set.isEmpty ? [.init("Autres filtres", "aucun, toute la France")] : set)
    }
}
