import CPostgres

/// What libpq reads in a connection string: the options that stand in it.
enum ConnectionOptions {
    /// nil when libpq cannot read it; its words are not repeated, they may quote the password.
    static func parse(_ conninfo: String) -> [String: String]? {
        guard let parsed = PQconninfoParse(conninfo, nil) else { return nil }
        defer { PQconninfoFree(parsed) }
        var options: [String: String] = [:]
        var option = parsed
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return options
    }
}

extension PostgresConfiguration {
    /// What libpq reads as any text and refuses only when it connects.
    private static let words = [
        "sslmode": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        "target_session_attrs": ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
    ]

    /// What is wrong with a connection string, as far as that shows without connecting; nil when nothing is. The sentence
    /// quotes nothing of it: any part may be the password.
    package static func fault(in conninfo: String) -> String? {
        guard let options = ConnectionOptions.parse(conninfo) else {
            return "expected key=value pairs or postgresql://user:password@host:port/database with special characters "
                + "percent-encoded, got something else (hidden, it is a secret)"
        }
        let ports = options["port", default: ""].split(separator: ",")
        guard ports.allSatisfy({ (1...65_535).contains(Int($0) ?? 0) }) else {
            return "expected a port from 1 to 65535 for each host, got something else (hidden, it is a secret)"
        }
        for (option, known) in words.sorted(by: { $0.key < $1.key }) {
            if let value = options[option], !known.contains(value) {
                return "\(option): expected one of \(known.joined(separator: ", ")), got another word"
            }
        }
        return nil
    }
}
