/// The name of an offers file, which says for which filters it was made:
/// `export-des-offres-2021-2022[-75][-academie-de-paris][-public|-prive][-troisieme-segpa][-<ministère>].xlsx`.
package enum OffersExportName {
    /// - Parameter ministryName: the name of the ministry that `filter.ministry` stands for.
    package static func make(filter: OffersFilter, ministryName: String?, format: ExportFormat) -> String {
        let parts: [String?] = [
            "export-des-offres",
            filter.schoolYear.label,
            filter.department?.code,
            filter.academy?.name,
            filter.isPublic.map { $0 ? "public" : "privé" },
            filter.track?.rawValue,
            filter.ministry == nil ? nil : ministryName,
        ]
        let slugs = parts.compactMap(\.self).map(Slug.make).filter { !$0.isEmpty }
        // The column that keeps it takes 200 characters, and a ministry's name may be as long as it likes.
        let stem = slugs.joined(separator: "-").prefix(190)
        return stem + "." + format.rawValue
    }
}
