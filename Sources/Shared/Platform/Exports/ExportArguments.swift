package import JobEngine
import Postgres

/// What every export is asked for with: by whom, in which format, and the filters of its kind.
package protocol ExportArguments: JobArguments, Hashable {
    /// The account that asked, and that gets the mail.
    var requestedBy: Int64 { get }
    var format: ExportFormat { get }
    /// The ministry that the file is limited to, for kinds that have such a filter: its name stands in the mail.
    var ministry: Int64? { get }

    /// Decides who may have what. The arguments that are granted make the file, not those that were asked for.
    /// - Parameter account: nil when there is no such account.
    func decision(for account: AccountFacts?) -> AccountScope.Decision<Self>

    /// The name of the file: lower case, digits and hyphens, at most 200 characters.
    /// - Parameter ministryName: the name of ``ministry``.
    func filename(ministryName: String?) -> String
}

extension ExportArguments {
    package var ministry: Int64? { nil }
}

extension KindDefinition {
    /// The same request twice while one waits or runs is one file: each click would send another.
    ///
    /// Five failures, because each costs a whole file; half an hour covers the largest one and the mail server's ten
    /// minutes for its answer.
    /// - Parameter defaults: what arguments mean that are left out, as a JSON object.
    static func export(_ name: String, defaults: JSON) -> KindDefinition {
        KindDefinition(
            name: name,
            queue: PlatformCatalogue.Queue.export.name,
            maxFailures: 5,
            runLimit: .seconds(30 * 60),
            unique: UniqueRule(.untilFinished, defaults: defaults)
        )
    }
}

extension ArgumentField {
    /// The fields that every export has beside its filters.
    static let export = [
        ArgumentField("requested_by", .id, required: true),
        ArgumentField("format", .oneOf(ExportFormat.allCases.map(\.rawValue), named: "a file format")),
    ]

    /// The school year is required: a request for "all years" once became a request for year 0, and an empty file.
    static let schoolYear = ArgumentField("school_year", .integer(SchoolYear.known), required: true)
    static let department = ArgumentField(
        "department",
        .oneOf(Department.all.map(\.code), named: "a department's code, such as 75 or 2A")
    )
}
