/// A platform as small as the jobs allow: one employer, one offer of the school year 2021 (id 1), and no pupil.
enum PlatformFixture {
    static let script = """
        INSERT INTO platform.department VALUES ('75', 'Paris', 'Paris');
        INSERT INTO platform.sector (id, name) VALUES (1, 'Sport');
        INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
            VALUES (1, 'employer', 'accueil@atelier.example', 'Dominique', 'Petit', now());
        \(offer(1))
        DELETE FROM statistics.stale;
        """

    static func offer(
        _ id: Int,
        owner: Int = 1,
        title: String = "Stage",
        published: Bool = true,
        more: String = ""
    )
        -> String
    {
        """
        INSERT INTO platform.offer (id, title, owner_id, sector_id, is_public, department_code, academy,
            employer_name, first_date, last_date, published_at)
        VALUES (\(id), $$\(title)$$, \(owner), 1, false, '75', 'Paris', 'Atelier du Nord', '2021-10-04',
            '2021-10-08', \(published ? "now()" : "NULL"));
        \(more)
        """
    }

    /// Pupils `first` to `last`, each with a confirmed address and an application of the same number to an offer.
    static func waiting(_ pupils: ClosedRange<Int>, submitted: String, offer: Int = 1) -> String {
        """
        INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
        SELECT n, 'student', 'eleve' || n || '@college.example', 'Camille', 'Martin', now()
        FROM generate_series(\(pupils.lowerBound), \(pupils.upperBound)) n;
        INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at)
        SELECT n, \(offer), n, 'submitted', \(submitted)
        FROM generate_series(\(pupils.lowerBound), \(pupils.upperBound)) n;
        """
    }

    /// One account with nothing but what a test is about.
    static func account(
        _ id: Int,
        email: String?,
        phone: String? = nil,
        confirmed: Bool = false,
        discarded: Bool = false,
        created: String = "now()"
    ) -> String {
        """
        INSERT INTO platform.account (id, kind, email, phone, first_name, last_name, confirmed_at, discarded_at,
            created_at)
        VALUES (\(id), 'student', \(email.map { "$$\($0)$$" } ?? "NULL"), \(phone.map { "'\($0)'" } ?? "NULL"),
            'Zoé', 'Durand', \(confirmed ? "now()" : "NULL"), \(discarded ? "now()" : "NULL"), \(created));
        """
    }
}
