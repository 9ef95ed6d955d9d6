package import JobEngine
import Postgres

/// Sends a file of offers to the account that asked for it.
package struct OffersExport: ExportArguments {
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

    package static let definition = KindDefinition.export("export.offers", defaults: JSON(#"{"format": "xlsx"}"#))

    package static let fields = OffersFilter.fields + ArgumentField.export
}

extension OffersExport {
    package var ministry: Int64? { filter.ministry }

    package func decision(for account: AccountFacts?) -> AccountScope.Decision<OffersExport> {
        AccountScope.offers(filter, askedBy: account).map {
            OffersExport(filter: $0, requestedBy: requestedBy, format: format)
        }
    }

    package func filename(ministryName: String?) -> String {
        OffersExportName.make(filter: filter, ministryName: ministryName, format: format)
    }
}
