package import JobEngine
import Postgres

/// Sends a file of offers to the account that asked for it.
package struct OffersExport: JobArguments, Hashable {
    package let filter: OffersFilter
    /// The account that asked, and that gets the mail.
    package let requestedBy: Int64
    package let format: ExportFormat

    package init(filter: OffersFilter, requestedBy: Int64, format: ExportFormat = .xlsx) {
        self.filter = filter
        self.requestedBy = requestedBy
        self.format = format
    }

    enum CodingKeys: String, CodingKey {
        case requestedBy = "requested_by"
        case format
    }

    /// The filters stand beside the other arguments, not below a name of their own.
    package init(from decoder: any Decoder) throws {
        filter = try OffersFilter(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        requestedBy = try values.decode(Int64.self, forKey: .requestedBy)
        format = try values.decodeIfPresent(ExportFormat.self, forKey: .format) ?? .xlsx
    }

    package func encode(to encoder: any Encoder) throws {
        try filter.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(requestedBy, forKey: .requestedBy)
        try values.encode(format, forKey: .format)
    }

    /// The same request twice while one waits or runs is one file: each click would send another.
    ///
    /// Five failures, because each costs a whole file; half an hour covers the largest one and the mail server's ten
    /// minutes for its answer.
    package static let definition = KindDefinition(
        name: "export.offers",
        queue: PlatformCatalogue.Queue.export.name,
        maxFailures: 5,
        runLimit: .seconds(30 * 60),
        unique: UniqueRule(.untilFinished, defaults: JSON(#"{"format": "xlsx"}"#))
    )

    package static let fields =
        OffersFilter.fields + [
            ArgumentField("requested_by", .id, required: true),
            ArgumentField("format", .oneOf(ExportFormat.allCases.map(\.rawValue), named: "a file format")),
        ]
}
