/// The name of an offers file, which says for which filters it was made:
/// `export-des-offres-2021-2022[-75][-academie-de-paris][-public|-prive][-troisieme-segpa][-<ministère>].xlsx`.
package enum OffersExportName {
    /// - Parameter ministryName: the name of the ministry that `filter.ministry` stands for.
    package static func make(filter: OffersFilter, ministryName: String?, format: ExportFormat) -> String {
        ExportName.make(
            [
                "export-des-offres",
                filter.schoolYear.label,
                filter.department?.code,
                filter.academy?.name,
                filter.isPublic.map { $0 ? "public" : "privé" },
                filter.track?.rawValue,
                filter.ministry == nil ? nil : ministryName,
            ],
            format
        )
    }
}
