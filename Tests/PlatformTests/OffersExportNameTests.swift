import Platform
import Testing

@Suite struct OffersExportNameTests {
    private let year = SchoolYear(startingIn: 2021)

    @Test func aNationalFileNamesTheYearOnly() throws {
        let name = OffersExportName.make(
            filter: OffersFilter(schoolYear: try #require(year)),
            ministryName: nil,
            format: .xlsx
        )
        #expect(name == "export-des-offres-2021-2022.xlsx")
    }

    @Test func everyFilterThatWasSetIsInTheName() throws {
        let filter = OffersFilter(
            schoolYear: try #require(year),
            department: Department(code: "2A"),
            academy: Academy(name: "Académie de La Réunion"),
            isPublic: false,
            track: .adapted,
            ministry: 4
        )
        let name = OffersExportName.make(filter: filter, ministryName: "MINISTÈRE DE L’ÉCONOMIE", format: .csv)
        #expect(
            name
                == "export-des-offres-2021-2022-2a-academie-de-la-reunion-prive-troisieme-segpa-ministere-de-l-economie.csv"
        )
    }

    /// The name goes into a header and a file system: whatever a group is called, it stays a plain word there.
    @Test(arguments: [
        ("Œuvres & Cœurs", "oeuvres-coeurs"), ("../../etc/passwd", "etc-passwd"), ("a\r\nb: c", "a-b-c"),
        ("  — ", ""), ("日本", ""), ("E\u{301}cole", "ecole"), ("\"x\".exe", "x-exe"),
    ])
    func aMinistrysNameBecomesASlug(_ ministry: String, _ slug: String) throws {
        let filter = OffersFilter(schoolYear: try #require(year), isPublic: true, ministry: 4)
        let name = OffersExportName.make(filter: filter, ministryName: ministry, format: .xlsx)
        #expect(name == "export-des-offres-2021-2022-public" + (slug.isEmpty ? "" : "-\(slug)") + ".xlsx")
    }

    @Test func theNameFitsWhateverTheMinistryIsCalled() throws {
        let filter = OffersFilter(
            schoolYear: try #require(year),
            department: Department(code: "04"),
            academy: Academy(name: "Académie de Clermont-Ferrand"),
            isPublic: false,
            track: .preVocational,
            ministry: 4
        )
        let name = OffersExportName.make(
            filter: filter,
            ministryName: String(repeating: "Ministère ", count: 100),
            format: .xlsx
        )
        #expect(name.utf8.count <= 200)
    }

    @Test func theOtherFilesAreNamedAfterDepartmentOrYear() throws {
        let year = try #require(year)
        let corsica = try #require(Department(code: "2A"))
        let national = OffersFilter(schoolYear: year, isPublic: true, ministry: 4)
        let local = OffersFilter(schoolYear: year, department: corsica)
        let names = [
            OfferStatisticsExport(filter: national, requestedBy: 1).filename(ministryName: "X"),
            OfferStatisticsExport(filter: local, requestedBy: 1, format: .csv).filename(ministryName: nil),
            SchoolsExport(schoolYear: year, requestedBy: 1).filename(ministryName: nil),
            SchoolsExport(schoolYear: year, department: corsica, requestedBy: 1).filename(ministryName: nil),
            AssociationsExport(schoolYear: year, requestedBy: 1).filename(ministryName: nil),
        ]
        #expect(
            names == [
                "offres.xlsx", "offres-2a.csv", "etablissements.xlsx", "etablissements-2a.xlsx",
                "associations-2021-2022.xlsx",
            ]
        )
    }
}
