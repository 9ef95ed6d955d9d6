import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import JobEngine
@testable import workers

/// One odd value costs one cell, never the file, and the mail says so.
@Suite struct ExportsOddValuesTests {
    private static let odd = """
        UPDATE platform.offer SET published_at = 'infinity', discarded_at = '10000-01-01 00:00Z' WHERE id = 1;
        UPDATE platform.offer SET title = repeat('t', 40000), description = E'\\\\ud83d, _xD83D_ et \\x02\\uffff' WHERE id = 2;
        UPDATE platform.offer SET published_at = '294276-12-31 23:59:59Z', discarded_at = '-infinity',
            last_date = '5874897-12-31' WHERE id = 3;
        UPDATE platform.offer SET published_at = '0044-03-15 12:00Z BC', last_date = 'infinity' WHERE id = 7;
        INSERT INTO platform.week VALUES ('sans fin', 'infinity', 'infinity');
        INSERT INTO platform.offer_week VALUES (7, 'sans fin');
        INSERT INTO platform.school_week VALUES (1, 'sans fin');
        UPDATE platform.off_platform_placement SET updated_at = 'infinity' WHERE association_id = 1 AND type = 'talk';
        UPDATE platform.off_platform_placement SET updated_at = '0044-03-15 12:00Z BC' WHERE association_id = 3;
        INSERT INTO platform.off_platform_placement
            (association_id, is_public, department_code, type, seats, seats_used, week, updated_at)
            SELECT 4, true, '75', 'on_site', 0, 2000000000, '2021-W37', '-infinity' FROM generate_series(1, 2);
        UPDATE platform.application SET submitted_at = 'infinity' WHERE state = 'approved' AND offer_id = 1;
        """

    private static let year = SchoolYear(startingIn: 2021)

    /// The sentence about changed cells, with plain spaces.
    private func said(in mail: Int, _ world: ExportsWorld) async throws -> String? {
        let text = try await ReceivedMail.parse(try await world.server.mail(mail)).text
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.firstMatch(of: /[0-9 ]+ cellules? .*?\./).map { $0.output.drop { $0 == " " } }.map(String.init)
    }

    @Test(arguments: [
        (
            ExportFormat.xlsx,
            "9 cellules ont été modifiées : 5 dates que les tableurs ne connaissent pas, écrites en texte ; "
                + "2 textes coupés à 32 767 caractères, le maximum d'une cellule ; "
                + "2 textes dont les caractères invisibles non admis ont été retirés."
        ),
        (
            .csv,
            "11 cellules ont été modifiées : 5 dates que les tableurs ne connaissent pas, écrites en texte ; "
                + "2 textes dont les caractères invisibles non admis ont été retirés ; "
                + "4 textes précédés d'une apostrophe pour ne pas être exécutés comme des formules."
        ),
    ])
    func anOddValueCostsItsCellAndTheMailSaysSo(_ format: ExportFormat, _ sentence: String) async throws {
        try await ExportsWorld.run { world in
            try await world.run(script: Self.odd)
            let id = try await world.exported(try ExportsFixture.arguments(format: format))
            #expect(try await said(in: 1, world) == sentence)
            // A second mail of the same file says the same.
            let again = ExportResend(fileID: id.uuid)
            let resend = try await world.enqueue(again)
            let handler = ExportResendHandler(delivery: try world.delivery(), directory: world.directory)
            _ = try await handler.perform(again, in: try await world.claim(resend, as: ExportResend.self))
            #expect(try await said(in: 2, world) == sentence)
        }
    }

    @Test func theCellSaysWhatTheValueIs() async throws {
        try await ExportsWorld.run { world in
            try await world.run(script: Self.odd)
            let text = try await world.keptText(try await world.exported(try ExportsFixture.arguments()))
            for cells in [
                ";infini;\"\t01/01/10000\";", ";15/03/0044 av. J.-C.;;", ";\"\t31/12/294276\";moins l'infini;",
                ";\\ud83d, _xD83D_ et ;",
                ";Non;Du 4 octobre au 10 octobre;sans fin;",
            ] {
                #expect(text.contains(cells), "\(cells) is missing")
            }
        }
    }

    @Test func aFileWithoutOddValuesSaysNothingOfThem() async throws {
        try await ExportsWorld.run { world in
            _ = try await world.exported(try ExportsFixture.arguments { $0.department = Department(code: "974") })
            let arguments = AssociationsExport(
                schoolYear: try #require(Self.year),
                requestedBy: ExportsFixture.administrator,
                format: .xlsx
            )
            _ = try await world.exported(arguments)
            // Of the first file the control characters in a title.
            #expect(try await said(in: 1, world)?.hasPrefix("1 cellule a été modifiée : 1 texte dont") == true)
            #expect(try await said(in: 2, world) == nil)
        }
    }

    @Test(arguments: ExportFormat.allCases)
    func theOtherFilesBearThemToo(_ format: ExportFormat) async throws {
        try await ExportsWorld.run { world in
            try await world.run(script: Self.odd)
            let year = try #require(Self.year)
            _ = try await world.exported(SchoolsExport(schoolYear: year, requestedBy: 1, format: format))
            let associations = AssociationsExport(schoolYear: year, requestedBy: 1, format: format)
            let id = try await world.exported(associations)
            if format == .csv {
                let text = try await world.keptText(id)
                #expect(text.contains("\r\netape;5;4000000000;4000000000;0;0;0;4000000000;0;moins l'infini\r\n"))
            }
            for dimension in OfferStatisticsExport.Dimension.allCases {
                let filter = OffersFilter(schoolYear: year)
                _ = try await world.exported(
                    OfferStatisticsExport(filter: filter, dimension: dimension, requestedBy: 1, format: format)
                )
            }
        }
    }

    @Test func anOfferWithoutEndIsInEachYearItTouches() async throws {
        try await ExportsWorld.run { world in
            try await world.run(script: Self.odd)
            for year in [2020, 2021, 2022, 2030] {
                let id = try await world.exported(try ExportsFixture.arguments(year: year))
                let text = try await world.keptText(id)
                #expect(text.contains("Le même titre") == (year >= 2021))
            }
        }
    }
}
