import Foundation
import TestSupport

/// What the platform of a test holds.
enum PromiseData {
    /// An employer, an offer and `pupils` expired applications, numbered from 1,001.
    static func pupils(_ count: Int) -> String {
        """
        INSERT INTO platform.department VALUES ('75', 'Paris', 'Paris');
        INSERT INTO platform.sector (id, name) VALUES (1, 'Sport');
        INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
            VALUES (1, 'employer', 'accueil@atelier.example', 'Dominique', 'Petit', now());
        INSERT INTO platform.offer (id, title, owner_id, sector_id, is_public, department_code, academy,
            employer_name, first_date, last_date, published_at)
        VALUES (1, 'Stage', 1, 1, false, '75', 'Paris', 'Atelier du Nord', '2021-10-04', '2021-10-08', now());
        INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
        SELECT 1000 + n, 'student', 'eleve' || n || '@college.example', 'Camille', 'Martin', now()
        FROM generate_series(1, \(count)) n;
        INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at, expired_at)
        SELECT 1000 + n, 1, 1000 + n, 'expired', now() - interval '20 days', now()
        FROM generate_series(1, \(count)) n;
        """
    }

    /// Notes the end of each job and each refreshed row of figures, in the transaction that writes it. Without a
    /// unique constraint, so that what happens twice is there twice.
    static let effects = """
        CREATE TABLE public.effect (what text NOT NULL, job text);
        CREATE FUNCTION public.note_end() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO public.effect VALUES ('end', NEW.id::text);
            RETURN NEW;
        END $$;
        CREATE TRIGGER note_end AFTER INSERT ON relais.job_finished FOR EACH ROW EXECUTE FUNCTION public.note_end();
        """

    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: repository.appending(path: path), encoding: .utf8)
    }
}
