/// The layering of the README as a table: which modules the files of a target may import.
///
/// The compiler does not enforce it: a target that declares JobEngine may import everything JobEngine stands on,
/// the C modules included, and then nobody knows any more who owns a connection.
enum Layers {
    /// Part of the toolchain and without a rule of its own. FoundationNetworking is left out on purpose: HTTP is
    /// Curl's, which has time-outs and bounds.
    static let toolchain: Set<String> = ["Dispatch", "Foundation", "FoundationEssentials", "Synchronization"]

    /// One row per target: our own modules first, then those of other packages and of the system.
    static let allowed: [String: Set<String>] = [
        "AMQP": ["CRabbitMQ", "Glibc", "Logging", "ServiceLifecycle"],
        "Postgres": ["CPostgres", "DequeModule", "Glibc", "Logging", "ServiceLifecycle"],
        "Curl": ["CCurl", "Glibc", "Logging"],
        "Mail": ["CCurl", "CIDN", "Curl", "Glibc", "Logging"],
        "Spreadsheet": ["CXLSXWriter", "Glibc"],
        "JobEngine": ["AMQP", "Postgres", "CoreMetrics", "DequeModule", "Logging", "Metrics", "ServiceLifecycle"],
        "Platform": ["JobEngine", "Postgres", "Crypto"],
        "MailTemplates": ["Platform", "Mustache"],
        "Bootstrap": [
            "Curl", "Configuration", "CoreMetrics", "Glibc", "Logging", "Metrics", "ServiceLifecycle", "UnixSignals",
        ],
        "producer": [
            "AMQP", "Bootstrap", "JobEngine", "MailTemplates", "Platform", "Postgres",
            "ArgumentParser", "Configuration", "CoreMetrics", "Crypto", "HTTPTypes", "Hummingbird", "HummingbirdCore",
            "Logging", "Metrics", "Mustache", "NIOCore", "NIOHTTP1", "NIOHTTPTypes", "ServiceLifecycle",
        ],
        "workers": [
            "AMQP", "Bootstrap", "Curl", "JobEngine", "Mail", "MailTemplates", "Platform", "Postgres", "Spreadsheet",
            "ArgumentParser", "Configuration", "CoreMetrics", "Crypto", "Logging", "Metrics", "ServiceLifecycle",
        ],
    ]

    /// The target that compiles the file at this path, or nil if the layout has no such place.
    static func target(of path: String) -> String? {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count > 2, parts[0] == "Sources" else { return nil }
        switch parts[1] {
        case "Producer": return "producer"
        case "Workers": return "workers"
        case "Shared": return parts.count > 3 && allowed[parts[2]] != nil ? parts[2] : nil
        default: return nil
        }
    }
}
