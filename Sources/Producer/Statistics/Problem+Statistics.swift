import HTTPTypes
import Hummingbird
import JobEngine

/// Problems of the figures.
extension Problem {
    static let unknownDepartment = Problem(
        status: .notFound,
        slug: "unknown-department",
        title: "Unknown department",
        detail: "Expected the code of a département in the path, such as 75 or 2A."
    )

    static let unknownMinistry = Problem(
        status: .notFound,
        slug: "unknown-ministry",
        title: "Unknown ministry",
        detail: "No public group has this id. Companies' groups have no page of their own."
    )

    /// The query names what no figures are of.
    static func noSuchFigures(field: String, expected: String) -> Problem {
        Problem(
            status: .unprocessableContent,
            slug: "no-such-figures",
            title: "No such figures",
            detail: "Nothing is counted of what the query names, see errors.",
            errors: [ArgumentField.Fault(field: field, expected: expected, got: "another one")]
        )
    }

    /// Not zero, and not wrong: a new year comes with a tick of the schedule, within ten minutes.
    static func notComputed(_ year: Int) -> Problem {
        Problem(
            status: .serviceUnavailable,
            slug: "figures-not-computed",
            title: "Figures not computed yet",
            detail:
                "The figures of this school year have not been computed yet. Repeat the request: they come with the next "
                + "job statistics.refresh, which the schedule statistics enqueues every ten minutes.",
            headers: [.retryAfter: "60"],
            more: ["school_year": .integer(Int64(year))]
        )
    }
}
