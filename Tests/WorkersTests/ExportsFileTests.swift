import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// The file holds what the rows say, whatever stands in them and however it is narrowed.
@Suite struct ExportsFileTests {
    enum Narrowing: CaseIterable {
        case none, department, academy, isPublic, isPrivate, track, ministry, severalAtOnce, otherYear

        func arguments(_ format: ExportFormat) throws -> OffersExport {
            try ExportsFixture.arguments(format: format, year: self == .otherYear ? 2020 : 2021) { filter in
                switch self {
                case .none, .otherYear: break
                case .department: filter.department = Department(code: "75")
                case .academy: filter.academy = Academy(name: "Académie de La Réunion")
                case .isPublic: filter.isPublic = true
                case .isPrivate: filter.isPublic = false
                case .track: filter.track = .adapted
                case .ministry: filter.ministry = ExportsFixture.ministry
                case .severalAtOnce:
                    filter.department = Department(code: "75")
                    filter.isPublic = true
                    filter.track = .general
                }
            }
        }

        /// The offers that it lets through, in the order of the sheet.
        var titles: [String] {
            switch self {
            case .none:
                ["Dernier jour", "Étude", "Étude", "etudes", "Contrôle  fin _x0041_"]
            case .department: ["Étude", "Étude", "etudes"]
            case .academy: ["Contrôle  fin _x0041_"]
            case .isPublic: ["Dernier jour", "Étude", "Étude"]
            case .isPrivate: ["etudes", "Contrôle  fin _x0041_"]
            case .track: ["etudes"]
            case .ministry: ["Dernier jour", "Étude"]
            case .severalAtOnce: ["Étude", "Étude"]
            case .otherYear: ["Avant", "Contrôle  fin _x0041_"]
            }
        }
    }

    @Test(arguments: Narrowing.allCases, ExportFormat.allCases)
    func everyCellIsWhatTheRowsSay(_ narrowing: Narrowing, _ format: ExportFormat) async throws {
        try await ExportsWorld.run { world in
            let arguments = try narrowing.arguments(format)
            let id = try await world.enqueue(arguments)
            guard case .committed = try await world.attempt(id, arguments) else {
                Issue.record("expected the export to be committed")
                return
            }
            #expect(try await world.difference(id, arguments) == nil)
            guard format == .csv else { return }
            // One field of one line each, as no title here has a quote or a line break.
            let text = try await world.keptText(id)
            let titles = text.split(separator: "\r\n").dropFirst().compactMap { line in
                narrowing.titles.first { line.hasPrefix($0 + ";") }
            }
            #expect(titles == narrowing.titles)
        }
    }

    @Test func theComparisonSeesOneWrongCell() async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments(format: .xlsx)
            let id = try await world.enqueue(arguments)
            _ = try await world.attempt(id, arguments)
            _ = try await world.pool.execute("UPDATE platform.offer SET view_count = 13 WHERE id = 1")
            let difference = try await world.difference(id, arguments)
            #expect(difference?.contains("Nombre de vues: expected 13, the file has 12") == true)
        }
    }

    /// Spelt out once by hand: the comparing program might misread the same rule.
    @Test func aRowIsWordedAsThePlatformWordsIt() async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments { $0.ministry = ExportsFixture.ministry }
            let id = try await world.enqueue(arguments)
            _ = try await world.attempt(id, arguments)
            let text = try await world.keptText(id)
            #expect(
                text.hasPrefix(
                    "\u{FEFF}Titre de l'offre;Description;Stage individuel/collectif;Publiée le;Supprimée le;"
                        + "Nbr. de candidatures en attente;Nbr. de candidatures rejetées;Nbr. de candidatures acceptées;"
                        + "Département;Académie;Lien vers l'association partenaire;Nombre de vues;Groupe ou institution;"
                        + "Public/Privé;Secteur;Nom du tuteur;Email du tuteur;Téléphone du tuteur;Employeur;"
                        + "Adresse de l'employeur;Établissement;Disponible toute l'année;Semaine 1;Semaine 2;Semaine 3\r\n"
                )
            )
            #expect(
                text.hasSuffix(
                    "Étude;\"Une\ndeux\r\ntrois\";Stage individuel (un seul élève par stage);01/10/2021;;1;2;2;Paris;"
                        + "Académie de Paris;;12;MINISTÈRE DE L'ÉCONOMIE;Public;Agriculture;Tom;tom@example.test;"
                        + "\"\t+33600000001\";\"Mairie\nhttps://a.example\nUne \"\"belle\"\" mairie\";\"1 rue A\n75001\nParis\";"
                        + "\"Collège Évariste Galois\nParis – CP 75013\";Non;Du 1er novembre au 7 novembre;"
                        + "Du 3 janvier au 9 janvier;Du 30 mai au 5 juin\r\n"
                )
            )
        }
    }

    @Test(arguments: ExportFormat.allCases)
    func anEmptyExportIsAFileWithHeadingsAndAMailThatSaysSo(_ format: ExportFormat) async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments(format: format, year: 2030)
            let id = try await world.enqueue(arguments)
            _ = try await world.attempt(id, arguments)
            #expect(try await world.difference(id, arguments) == nil)
            if format == .csv {
                let text = try await world.keptText(id)
                #expect(text.hasSuffix("Disponible toute l'année\r\n"))
            }
            let mail = try await world.mail()
            #expect(mail.contains("Aucune offre ne correspond"))
        }
    }
}
