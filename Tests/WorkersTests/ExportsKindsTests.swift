import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// The files of statistics, schools and associations hold what the rows say, whatever stands in them.
@Suite struct ExportsKindsTests {
    private static let year = SchoolYear(startingIn: 2021)

    static let statistics: [OfferStatisticsExport] =
        year.map { year in
            let paris = OffersFilter(schoolYear: year, department: Department(code: "75"))
            let narrow = OffersFilter(
                schoolYear: year,
                academy: Academy(name: "Académie de Paris"),
                isPublic: false,
                track: .adapted
            )
            let filters = [OffersFilter(schoolYear: year), paris, narrow, OffersFilter(schoolYear: year, ministry: 1)]
            return filters.flatMap { filter in
                OfferStatisticsExport.Dimension.allCases.flatMap { dimension in
                    ExportFormat.allCases.map { format in
                        OfferStatisticsExport(filter: filter, dimension: dimension, requestedBy: 1, format: format)
                    }
                }
            }
        } ?? []

    static let schools: [SchoolsExport] =
        year.map { year in
            [nil, Department(code: "75")].flatMap { department in
                SchoolsExport.Registered.allCases.flatMap { registered in
                    ExportFormat.allCases.map { format in
                        SchoolsExport(
                            schoolYear: year,
                            department: department,
                            registered: registered,
                            requestedBy: 1,
                            format: format
                        )
                    }
                }
            }
        } ?? []

    static let associations: [AssociationsExport] = [2020, 2021, 2022].compactMap(SchoolYear.init).flatMap { year in
        ExportFormat.allCases.map { AssociationsExport(schoolYear: year, requestedBy: 1, format: $0) }
    }

    @Test("Onglet Offres 1: statistiques des offres", arguments: statistics)
    func everyFigureOfOffersIsWhatTheRowsSay(_ arguments: OfferStatisticsExport) async throws {
        try await Self.compare(arguments)
    }

    @Test("Établissements REP et REP+: inscrits, non inscrits, tous", arguments: schools)
    func everyCellOfSchoolsIsWhatTheRowsSay(_ arguments: SchoolsExport) async throws {
        try await Self.compare(arguments)
    }

    @Test(arguments: associations)
    func everyCellOfAssociationsIsWhatTheRowsSay(_ arguments: AssociationsExport) async throws {
        try await Self.compare(arguments)
    }

    private static func compare(_ arguments: some ComparedExport) async throws {
        try await ExportsWorld.run { world in
            _ = try await world.exported(arguments)
        }
    }

    // MARK: - Spelt out once by hand: the comparing program might misread the same rule

    private static let figures =
        ";Nbr. d'offres proposées;Nbr. de candidatures;Garçon;Fille;Non précisé;Nbr. de candidatures acceptées;"
        + "Garçon;Fille;Non précisé\r\n"

    @Test func independentOffersStandLastBeforeTheTotal() async throws {
        try await ExportsWorld.run { world in
            let filter = OffersFilter(schoolYear: try #require(Self.year))
            let arguments = OfferStatisticsExport(filter: filter, dimension: .group, requestedBy: 1, format: .csv)
            let text = try await world.keptText(try await world.exported(arguments))
            #expect(
                text == "\u{FEFF}Groupe ou Institution de tutelle" + Self.figures + """
                    La Poste;200;4;1;1;2;4;1;1;2\r
                    MINISTÈRE DE L'ÉCONOMIE;3;7;3;2;2;2;1;1;0\r
                    Indépendant;7;1;0;0;1;0;0;0;0\r
                    Total;210;12;4;3;5;6;2;2;2\r

                    """
            )
        }
    }

    @Test func statisticsWithoutOffersAreHeadingsOnly() async throws {
        try await ExportsWorld.run { world in
            let filter = OffersFilter(schoolYear: try #require(SchoolYear(startingIn: 2030)))
            let arguments = OfferStatisticsExport(filter: filter, requestedBy: 1, format: .csv)
            let text = try await world.keptText(try await world.exported(arguments))
            #expect(text == "\u{FEFF}Secteur professionnel" + Self.figures)
            #expect(try await world.mail().contains("Aucune offre ne correspond"))
        }
    }

    /// Girls were once all pupils without the boys: whoever states nothing is no girl.
    @Test func girlsAreCountedAndNotWhatIsLeftOfAllWithoutTheBoys() async throws {
        try await ExportsWorld.run { world in
            try await world.run(script: "UPDATE platform.account SET gender = 'np' WHERE kind = 'student'")
            let filter = OffersFilter(schoolYear: try #require(Self.year))
            let arguments = OfferStatisticsExport(filter: filter, requestedBy: 1, format: .csv)
            let text = try await world.keptText(try await world.exported(arguments))
            #expect(text.hasSuffix("Total;210;12;0;0;12;6;0;0;6\r\n"))
        }
    }

    /// The platform's list once ended with the page that was on the screen.
    @Test func schoolsAreNotCutAtTheFirstHundred() async throws {
        try await ExportsWorld.run { world in
            try await world.run(
                script: """
                    INSERT INTO platform.school (id, name, department_code)
                        SELECT 100 + n, 'Collège ' || n, '75' FROM generate_series(1, 1200) n
                    """
            )
            let year = try #require(Self.year)
            let arguments = SchoolsExport(schoolYear: year, requestedBy: 1, format: .csv)
            let id = try await world.exported(arguments)
            #expect(try await world.integer("SELECT rows FROM delivery.file WHERE id = \(id.uuid)") == 1206)
        }
    }

    @Test func aSchoolIsWordedAsThePlatformWordsIt() async throws {
        try await ExportsWorld.run { world in
            let year = try #require(Self.year)
            let arguments = SchoolsExport(schoolYear: year, registered: .yes, requestedBy: 1, format: .csv)
            let text = try await world.keptText(try await world.exported(arguments))
            #expect(
                text == "\u{FEFF}Établissement;Département;Code UAI;Classification;Nbr. d'élèves;Nbr. de PP;"
                    + "Candidatures acceptées;Chef d'établissement inscrit;Adresse de l'établissement;Semaines\r\n"
                    + "Collège Évariste Galois;Paris;0750001A;REP+;3;1;1;Inscrit;\"'=1+1\nescalier \"\"B\"\"\n75013\nParis\";"
                    + "Disponible sur 3 semaines : 30/08/2021 → 04/09/2022\r\n"
                    + "Collège sans code;La Réunion;;?;0;0;0;Inscrit;Saint-Denis;\r\n"
            )
        }
    }

    @Test func anAssociationHasItsTotalWithoutWorkshopsAndTalks() async throws {
        try await ExportsWorld.run { world in
            let year = try #require(Self.year)
            let arguments = AssociationsExport(schoolYear: year, requestedBy: 1, format: .csv)
            let text = try await world.keptText(try await world.exported(arguments))
            #expect(text.contains("\r\nUn stage et après !;1200;12;3;5;4;40;3;9;01/01/2022\r\n"))
            #expect(text.contains("\r\n'+Énergie \"\"jeunes\"\"") || text.contains("\"'+Énergie \"\"jeunes\"\"\""))
        }
    }
}
