import Platform

/// The platform of the table: everybody, whatever makes somebody write to him, and two school years of offers, of which
/// the second makes a file too large for a mail.
enum MailTableData {
    typealias Person = MailTablePerson
    typealias Sort = MailTablePerson.Sort

    static let year = 2021
    static let largeYear = 2022

    /// The application that waits at an owner's offer, and the one that is due.
    static func waiting(_ owner: Person) -> Int { 10_000 + owner.id }
    static func due(_ owner: Person) -> Int { 20_000 + owner.id }

    /// The application whose pupil and answer are of this sort.
    static func approved(_ sort: Sort) -> Int { 30_000 + sort.rawValue }
    static func rejected(_ sort: Sort) -> Int { 31_000 + sort.rawValue }

    static func invitation(_ kind: String, _ sort: Sort) -> Int {
        (kind == "central_referent" ? 20 : 10) + sort.rawValue
    }

    static func invitedAddress(_ kind: String, _ sort: Sort) -> String {
        Person(kind == "central_referent" ? .centralReferent : .departmentalReferent, sort, isNew: true).address
    }

    static var script: String {
        ([places] + Sort.allCases.map(organisations) + [people] + Person.owners.map(applications)
            + Sort.allCases.map(decisions) + Sort.allCases.map(invitations) + [manyOffers])
            .joined(separator: "\n")
    }

    private static let places = """
        INSERT INTO platform.department VALUES ('75', 'Paris', 'Paris'), ('2A', 'Corse-du-Sud', 'Corse'),
            ('973', 'Guyane', 'Guyane');
        INSERT INTO platform.sector (id, name) VALUES (1, 'Sport');
        INSERT INTO platform.school (id, name, code_uai, department_code) VALUES (1, 'Collège d''Été', '0750001A', '75');
        """

    private static func organisations(_ sort: Sort) -> String {
        """
        INSERT INTO platform.organisation_group (id, name, is_public)
            VALUES (\(sort.ministry), $t$\(sort.title)$t$, true);
        INSERT INTO platform.association (name, target_count) VALUES ($t$\(sort.title)$t$, 10);
        """
    }

    private static var people: String {
        """
        INSERT INTO platform.account (id, kind, email, first_name, last_name, department_code, ministry_id, school_id,
            role, confirmed_at)
        VALUES \(Person.all.map(\.row).joined(separator: ",\n"));
        """
    }

    private static func offer(_ id: Int, of owner: Person) -> String {
        """
        INSERT INTO platform.offer (id, title, owner_id, sector_id, group_id, is_public, track, department_code, academy,
            employer_name, first_date, last_date, published_at)
        VALUES (\(id), $t$\(owner.sort.title)$t$, \(owner.id), 1, \(owner.sort.ministry), true, 'troisieme_segpa',
            '\(owner.sort.department)', 'Paris', $t$\(owner.sort.title)$t$, '\(year)-10-04', '\(year)-10-08', now());
        """
    }

    /// An owner's offer with an application that waits, and one that the next sweep expires.
    private static func applications(_ owner: Person) -> String {
        let other = Sort.allCases[(owner.sort.rawValue + 1) % Sort.allCases.count]
        return """
            \(offer(owner.id, of: owner))
            INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at)
            VALUES (\(waiting(owner)), \(owner.id), \(Person(.student, other).id), 'submitted',
                    now() - interval '8 days'),
                (\(due(owner)), \(owner.id), \(Person(.student, owner.sort).id), 'submitted',
                    now() - interval '16 days');
            """
    }

    private static func decisions(_ sort: Sort) -> String {
        let message = sort.message.map { "$t$\($0)$t$" } ?? "NULL"
        let pupil = Person(.student, sort).id
        return """
            \(offer(approved(sort), of: Person(.employer, sort)))
            \(offer(rejected(sort), of: Person(.employer, sort)))
            INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at, approved_at, rejected_at,
                answer_message)
            VALUES (\(approved(sort)), \(approved(sort)), \(pupil), 'approved', now(), now(), NULL, \(message)),
                (\(rejected(sort)), \(rejected(sort)), \(pupil), 'rejected', now(), NULL, now(), \(message));
            """
    }

    private static func invitations(_ sort: Sort) -> String {
        let (departmental, central) = ("departmental_referent", "central_referent")
        return """
            INSERT INTO platform.referent_invitation (id, email, kind, department_code, ministry_id)
            VALUES (\(invitation(departmental, sort)), $t$\(invitedAddress(departmental, sort))$t$, '\(departmental)',
                    '\(sort.department)', NULL),
                (\(invitation(central, sort)), $t$\(invitedAddress(central, sort))$t$, '\(central)', NULL,
                    \(sort.ministry));
            """
    }

    /// More than 7 MiB of text, for each scope that a référent may have.
    private static let manyOffers = """
        INSERT INTO platform.offer (title, description, owner_id, sector_id, group_id, is_public, department_code,
            academy, employer_name, first_date, last_date, published_at)
        SELECT 'Stage ' || n, repeat('description ', 1000), \(Person(.employer, .plain).id), 1, 3, true, '973', 'Guyane',
            'Atelier', '\(largeYear)-10-03', '\(largeYear)-10-07', now()
        FROM generate_series(1, 700) n;
        """
}
