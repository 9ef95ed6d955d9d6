import Postgres

/// Statements about what operators did.
enum AuditSQL {
    static func insert(_ entry: AuditEntry, detail: JSON) -> SQL {
        """
        INSERT INTO relais.audit (actor, action, target, reason, detail)
        VALUES (\(entry.actor), \(entry.action), \(entry.target), \(entry.reason), \(detail))
        """
    }

    static func list(target: String?, before number: Int64?, limit: Int) -> SQL {
        """
        SELECT id, at, actor, action, target, reason, detail FROM relais.audit
        WHERE (\(target)::text IS NULL OR target = \(target)) AND (\(number)::bigint IS NULL OR id < \(number))
        ORDER BY id DESC LIMIT \(limit)
        """
    }
}
