/// So many jobs in a second, a minute or an hour: the quota of a mail provider.
package struct Rate: Sendable, Hashable, CustomStringConvertible {
    package enum Period: String, Sendable, CaseIterable {
        case second, minute, hour

        var seconds: Int {
            switch self {
            case .second: 1
            case .minute: 60
            case .hour: 3600
            }
        }
    }

    package let jobs: Int
    package let period: Period

    /// The most jobs of a rate.
    package static let limit = 1_000_000
    /// How rates are written.
    package static let form = "jobs per second, minute or hour, such as 100/minute"

    /// The pace of a replay unless told otherwise: fast enough for an evening, slow enough to be stopped.
    package static let tenPerSecond = Rate(checked: 10, per: .second)

    private init(checked jobs: Int, per period: Period) {
        self.jobs = jobs
        self.period = period
    }

    package init?(_ jobs: Int, per period: Period) {
        guard (1...Self.limit).contains(jobs) else { return nil }
        self.init(checked: jobs, per: period)
    }

    /// Reads `100/minute`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let jobs = Int(parts[0]), let period = Period(rawValue: String(parts[1])) else {
            return nil
        }
        self.init(jobs, per: period)
    }

    /// As the ledger keeps it; nil when a column is empty or says what this binary does not know.
    init?(jobs: Int?, seconds: Int?) {
        guard let jobs, let period = Period.allCases.first(where: { $0.seconds == seconds }) else { return nil }
        self.init(jobs, per: period)
    }

    package var description: String { "\(jobs)/\(period.rawValue)" }
}
