/// Answers the three questions a monitor asks: what `/metrics`, `/health/live` and `/health/ready` say, in whichever
/// server they are served.
package struct MonitoringEndpoints: Sendable {
    /// A complete answer.
    package struct Answer: Sendable, Equatable {
        /// HTTP status.
        package let status: Int
        /// Media type.
        package let contentType: String
        /// UTF-8 text.
        package let body: String
    }

    private let metrics: MetricsRegistry
    private let health: HealthChecks

    /// Endpoints over the process's metrics and checks.
    package init(metrics: MetricsRegistry, health: HealthChecks) {
        self.metrics = metrics
        self.health = health
    }

    /// The answer for a path; nil for any other.
    package func answer(to path: String) async -> Answer? {
        switch path {
        case "/metrics":
            return Answer(status: 200, contentType: MetricsRegistry.contentType, body: metrics.exposition())
        case "/health/live":
            return Self.answer(HealthChecks.Report(findings: []))
        case "/health/ready":
            return Self.answer(await health.ready())
        default:
            return nil
        }
    }

    /// 503 tells load balancers and Kubernetes to wait.
    private static func answer(_ report: HealthChecks.Report) -> Answer {
        let checks = report.findings.map { finding in
            let status = if case .failing(let why) = finding.status { why } else { "ok" }
            return "\(quoted(finding.name)):\(quoted(status))"
        }
        let status = report.isOK ? "ok" : "failing"
        return Answer(
            status: report.isOK ? 200 : 503,
            contentType: "application/json",
            body: "{\"status\":\"\(status)\",\"checks\":{\(checks.joined(separator: ","))}}\n"
        )
    }

    private static func quoted(_ text: String) -> String {
        var line = LogLine()
        line.appendQuoted(text)
        return String(decoding: line.bytes, as: UTF8.self)
    }
}
