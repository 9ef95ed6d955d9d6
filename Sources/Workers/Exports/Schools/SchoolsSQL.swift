import Platform
import Postgres

/// The statements that read a file of schools. There is no limit: the list of the platform once ended with the
/// hundredth school.
enum SchoolsSQL {
    static func count(_ export: SchoolsExport) -> SQL {
        "SELECT count(*) AS rows FROM platform.school s WHERE \(fragment: conditions(export))"
    }

    /// Pupils, teachers, applications and weeks are counted once for all schools. Those who are discarded count no
    /// more; an application that was accepted does, whoever left since.
    static func rows(_ export: SchoolsExport) -> SQL {
        let year = export.schoolYear.interval
        let first = Int32(export.schoolYear.start)
        return """
            WITH member AS (
                SELECT a.school_id, count(*) FILTER (WHERE a.kind = 'student') AS pupils,
                    count(*) FILTER (WHERE a.role = 'main_teacher') AS teachers
                FROM platform.account a WHERE a.school_id IS NOT NULL AND a.discarded_at IS NULL GROUP BY a.school_id
            ), answer AS (
                SELECT p.school_id, count(*) AS accepted
                FROM platform.application a JOIN platform.account p ON p.id = a.student_id
                WHERE statistics.is_accepted(a.state)
                    AND a.submitted_at >= \(year.lowerBound) AND a.submitted_at < \(year.upperBound)
                GROUP BY p.school_id
            ), calendar AS (
                SELECT w.school_id, count(*) AS weeks, min(k.first_day) AS first_day, max(k.last_day) AS last_day
                FROM platform.school_week w JOIN platform.week k ON k.week = w.week
                WHERE statistics.overlaps(\(first), k.first_day, k.last_day)
                GROUP BY w.school_id
            )
            SELECT s.name, coalesce(d.name, s.department_code) AS department, s.code_uai, s.kind,
                coalesce(member.pupils, 0) AS pupils, coalesce(member.teachers, 0) AS teachers,
                coalesce(answer.accepted, 0) AS accepted, \(fragment: isRegistered) AS is_registered,
                s.street, s.zipcode, s.city, coalesce(calendar.weeks, 0) AS weeks, calendar.first_day,
                calendar.last_day
            FROM platform.school s
            LEFT JOIN platform.department d ON d.code = s.department_code
            LEFT JOIN member ON member.school_id = s.id
            LEFT JOIN answer ON answer.school_id = s.id
            LEFT JOIN calendar ON calendar.school_id = s.id
            WHERE \(fragment: conditions(export))
            ORDER BY s.name COLLATE "fr-x-icu", s.id
            """
    }

    /// A filter that is not set leaves no condition behind.
    private static func conditions(_ export: SchoolsExport) -> SQL {
        var conditions: SQL = "s.visible"
        if let department = export.department {
            conditions = "\(fragment: conditions) AND s.department_code = \(department.code)"
        }
        switch export.registered {
        case .all: break
        case .yes: conditions = "\(fragment: conditions) AND \(fragment: isRegistered)"
        case .no: conditions = "\(fragment: conditions) AND NOT \(fragment: isRegistered)"
        }
        return conditions
    }

    private static let isRegistered: SQL = """
        (s.id IN (SELECT h.school_id FROM platform.account h WHERE h.role = 'school_manager'
            AND h.school_id IS NOT NULL AND statistics.is_active(h.confirmed_at, h.discarded_at)))
        """
}
