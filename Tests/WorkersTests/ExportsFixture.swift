import Foundation
import Platform
import Testing

/// Offers with everything that once broke a file: dates at the edges of a year, missing things, text that programs
/// take for something else.
enum ExportsFixture {
    static let administrator: Int64 = 1
    static let referentOfParis: Int64 = 2
    static let referentOfMinistry: Int64 = 3
    static let employer: Int64 = 4
    static let withoutAddress: Int64 = 5
    static let ministry: Int64 = 1

    static func arguments(
        by account: Int64 = administrator,
        format: ExportFormat = .csv,
        year: Int = 2021,
        _ change: (inout OffersFilter) -> Void = { _ in }
    ) throws -> OffersExport {
        var filter = OffersFilter(schoolYear: try #require(SchoolYear(startingIn: year)))
        change(&filter)
        return OffersExport(filter: filter, requestedBy: account, format: format)
    }

    static let script = """
        INSERT INTO platform.department VALUES
            ('75', 'Paris', 'Académie de Paris'), ('2A', 'Corse-du-Sud', 'Académie de Corse'),
            ('974', 'La Réunion', 'Académie de La Réunion');
        INSERT INTO platform.week SELECT to_char(day, 'IYYY-"W"IW'), day, day + 6
            FROM (SELECT date '2020-08-31' + 7 * n AS day FROM generate_series(0, 120) n) days;
        INSERT INTO platform.organisation_group (id, name, is_public) VALUES
            (1, 'MINISTÈRE DE L''ÉCONOMIE', true), (2, 'La Poste', false);
        INSERT INTO platform.sector VALUES (1, 'Agriculture'), (2, 'Banque; "assurance"');
        INSERT INTO platform.school (id, name, department_code, city, zipcode) VALUES
            (1, 'Collège Évariste Galois', '75', 'Paris', '75013'), (2, 'Collège sans ville', '2A', NULL, NULL),
            (3, 'Collège sans code', '974', 'Saint-Denis', '');
        INSERT INTO platform.account (id, kind, email, phone, first_name, last_name, department_code, ministry_id) VALUES
            (1, 'administrator', ' admin@example.test ', NULL, 'Ada', 'A', NULL, NULL),
            (2, 'departmental_referent', 'paris@example.test', NULL, 'Bea', 'B', '75', NULL),
            (3, 'central_referent', 'ministere@example.test', NULL, 'Cyr', 'C', NULL, 1),
            (4, 'employer', 'employeur@example.test', NULL, 'Dia', 'D', NULL, NULL),
            (5, 'administrator', NULL, '+33600000000', 'Eva', 'E', NULL, NULL);
        INSERT INTO platform.account (id, kind, email, first_name, last_name)
            SELECT 100 + n, 'student', 'eleve' || n || '@example.test', 'F', 'F' FROM generate_series(1, 8) n;

        INSERT INTO platform.offer (id, title, description, max_candidates, owner_id, sector_id, group_id, is_public,
            school_id, track, department_code, academy, street, zipcode, city, employer_name, employer_website,
            employer_description, tutor_name, tutor_email, tutor_phone, permalink, first_date, last_date, published_at,
            discarded_at, view_count) VALUES
        (1, 'Étude', 'Une' || E'\\n' || 'deux' || E'\\r\\n' || 'trois', 1, 4, 1, 1, true, 1, 'troisieme_generale', '75',
            'Académie de Paris', '1 rue A', '75001', 'Paris', 'Mairie', 'https://a.example', 'Une "belle" mairie',
            'Tom', 'tom@example.test', '+33600000001', NULL, '2021-10-04', '2022-05-31',
            -- Already the next day in Paris.
            '2021-09-30 22:30:00Z', NULL, 12),
        (2, 'etudes', '=cmd|''/C calc''!A0', 6, 4, 2, NULL, false, NULL, 'troisieme_segpa', '75', 'Académie de Paris', NULL,
            '', NULL, '@employeur', NULL, '', '+Tom', '-tom', E'\\ttab', 'https://association.example/offre?x=1&y="2"',
            '2021-12-01', '2021-12-01', NULL, '2021-12-24 12:00:00+01', 0),
        (3, E'Contrôle \\x01\\x1f fin _x0041_', 'Emoji 👩‍🔬🎒 et عربي', 200, 4, 1, 2, false, 2, 'troisieme_prepa_metiers',
            '974', 'Académie de La Réunion', 'Lot 3', '97400', 'Saint-Denis', 'Ali', NULL, NULL, NULL, NULL, NULL, NULL,
            -- Two school years.
            '2021-06-01', '2021-09-01', '2021-06-01 10:00:00Z', NULL, 2147483647),
        (4, 'Avant', '', 1, 4, 1, NULL, true, NULL, 'bac_pro', '2A', 'Académie de Corse', NULL, NULL, NULL, 'X', NULL, NULL,
            NULL, NULL, NULL, NULL, '2021-08-31', '2021-08-31', '2021-01-01', NULL, 1),
        (5, 'Après', '', 1, 4, 1, NULL, true, 3, 'bac_pro', '2A', 'Académie de Corse', NULL, NULL, NULL, 'X', NULL, NULL,
            NULL, NULL, NULL, NULL, '2022-09-01', '2022-09-01', '2021-01-01', NULL, 1),
        (6, 'Dernier jour', repeat('é', 40000), 2, 4, 1, 1, true, 3, 'bac_pro', '2A', 'Académie de Corse', NULL, NULL, NULL,
            'X', NULL, NULL, NULL, NULL, NULL, NULL, '2022-08-31', '2022-08-31', '2021-01-01', NULL, 1),
        (7, 'Étude', 'Le même titre', 1, 4, 1, NULL, true, NULL, 'troisieme_generale', '75', 'Académie de Paris', NULL,
            NULL, NULL, 'X', NULL, NULL, NULL, NULL, NULL, NULL, '2021-10-04', '2021-10-10', '2021-10-01', NULL, 1);
        INSERT INTO platform.offer_week VALUES
            (1, '2022-W22'), (1, '2022-W01'), (1, '2021-W44'), (7, '2021-W40');
        INSERT INTO platform.application
            (offer_id, student_id, state, submitted_at, approved_at, rejected_at, canceled_at, expired_at, convention_signed_at)
        SELECT 1, 100 + n, (ARRAY['drafted', 'submitted', 'approved', 'rejected', 'expired', 'canceled_by_employer',
                'canceled_by_student', 'convention_signed'])[n], i, i, i, i, i, i
            FROM generate_series(1, 8) n, (VALUES (timestamptz '2021-10-10 10:00:00Z')) at(i);
        INSERT INTO platform.application (offer_id, student_id, state, submitted_at) VALUES (2, 101, 'submitted', now());

        -- Of each gender some were accepted; one pupil is gone, one has no school.
        UPDATE platform.account SET gender = (ARRAY['m', 'f', 'np'])[1 + id % 3] WHERE kind = 'student';
        UPDATE platform.account SET school_id = 1 + id % 2, confirmed_at = now()
            WHERE kind = 'student' AND id <> 108;
        UPDATE platform.account SET discarded_at = now() WHERE id = 103;
        UPDATE platform.school SET kind = 'rep_plus', code_uai = '0750001A', street = E'=1+1\\nescalier "B"'
            WHERE id = 1;
        UPDATE platform.school SET kind = 'qpv_proche' WHERE id = 2;
        INSERT INTO platform.school (id, name, department_code, kind, visible) VALUES
            (4, '=cmd|''/C calc''!A0', '75', 'rep', true), (5, E'Collège ; "عربي"\\n👩‍🔬', '75', 'qpv', true),
            (6, 'Invisible', '75', 'rep', false), (7, 'College sans accent', '75', NULL, true);
        INSERT INTO platform.school_week VALUES
            (1, '2021-W35'), (1, '2021-W45'), (1, '2022-W35'), (4, '2022-W01'), (5, '2020-W45');
        INSERT INTO platform.account
            (id, kind, role, email, first_name, last_name, school_id, confirmed_at, discarded_at) VALUES
            (201, 'school_staff', 'school_manager', 'a@example.test', 'A', 'A', 1, now(), NULL),
            (202, 'school_staff', 'school_manager', 'b@example.test', 'B', 'B', 4, NULL, NULL),
            (203, 'school_staff', 'school_manager', 'c@example.test', 'C', 'C', 5, now(), now()),
            (204, 'school_staff', 'school_manager', 'd@example.test', 'D', 'D', 3, now(), NULL),
            (205, 'school_staff', 'main_teacher', 'e@example.test', 'E', 'E', 1, NULL, NULL),
            (206, 'school_staff', 'main_teacher', 'f@example.test', 'F', 'F', 1, now(), now()),
            (207, 'school_staff', 'teacher', 'g@example.test', 'G', 'G', 1, now(), NULL);
        -- Accepted at the edges of a school year in Paris, which is not that of UTC.
        INSERT INTO platform.application (offer_id, student_id, state, submitted_at, approved_at)
            SELECT 3, 100 + n, 'approved', at, at FROM unnest(ARRAY[timestamptz '2021-08-31 21:59:59Z',
                '2021-08-31 22:00:00Z', '2022-08-31 21:59:59Z', '2022-08-31 22:00:00Z']) WITH ORDINALITY AS t(at, n);
        INSERT INTO platform.association (id, name, target_count) VALUES
            (1, 'Un stage et après !', 1200), (2, '+Énergie "jeunes"', 0), (3, E'أهلا\\n😀', 32), (4, 'etape', 5);
        INSERT INTO platform.off_platform_placement
            (association_id, is_public, group_id, department_code, type, seats, seats_used, week, updated_at) VALUES
            -- The weeks before the first, the first and the last of the year, and the one after.
            (1, true, 1, '75', 'on_site', 100, 64, '2021-W34', '2021-08-29 10:00Z'),
            (1, true, 1, '75', 'on_site', 5, 3, '2021-W35', '2021-08-30 22:30Z'),
            (1, false, 2, '2A', 'remote', 5, 4, '2022-W34', '2021-09-02 10:00Z'),
            (1, false, NULL, '75', 'hybrid', 5, 5, '2022-W01', '2021-09-01 10:00Z'),
            (1, true, NULL, '75', 'workshop', 50, 40, '2022-W01', '2021-12-31 23:30Z'),
            (1, true, NULL, '75', 'talk', 50, 50, '2022-W01', '2021-10-01 10:00Z'),
            (1, false, NULL, '75', 'remote', 128, 128, '2022-W35', '2022-09-02 10:00Z'),
            (3, true, NULL, '974', 'hybrid', 0, 0, '2021-W50', '2021-12-20 10:00Z');
        """
}
