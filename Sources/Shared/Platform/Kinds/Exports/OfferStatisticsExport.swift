package import JobEngine
import Postgres

/// Sends a file of offers and applications, added up by sector or by group, to the account that asked for it.
package struct OfferStatisticsExport: ExportArguments {
    /// What one row of the file stands for.
    package enum Dimension: String, Sendable, Hashable, CaseIterable, Codable {
        case sector
        /// Company group, ministry or administration.
        case group
    }

    package let filter: OffersFilter
    package let dimension: Dimension
    package let requestedBy: Int64
    package let format: ExportFormat

    package init(
        filter: OffersFilter,
        dimension: Dimension = .sector,
        requestedBy: Int64,
        format: ExportFormat = .xlsx
    ) {
        self.filter = filter
        self.dimension = dimension
        self.requestedBy = requestedBy
        self.format = format
    }

    enum CodingKeys: String, CodingKey {
        case dimension, format
        case requestedBy = "requested_by"
    }

    /// The filters stand beside the other arguments, not below a name of their own.
    package init(from decoder: any Decoder) throws {
        filter = try OffersFilter(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        dimension = try values.decodeIfPresent(Dimension.self, forKey: .dimension) ?? .sector
        requestedBy = try values.decode(Int64.self, forKey: .requestedBy)
        format = try values.decodeIfPresent(ExportFormat.self, forKey: .format) ?? .xlsx
    }

    package func encode(to encoder: any Encoder) throws {
        try filter.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(dimension, forKey: .dimension)
        try values.encode(requestedBy, forKey: .requestedBy)
        try values.encode(format, forKey: .format)
    }

    package static let definition = KindDefinition.export(
        "export.offer-statistics",
        defaults: JSON(#"{"format": "xlsx", "dimension": "sector"}"#)
    )

    package static let fields =
        OffersFilter.fields + [
            ArgumentField("dimension", .oneOf(Dimension.allCases.map(\.rawValue), named: "a dimension"))
        ] + ArgumentField.export
}

extension OfferStatisticsExport {
    package var ministry: Int64? { filter.ministry }

    package func decision(for account: AccountFacts?) -> AccountScope.Decision<OfferStatisticsExport> {
        AccountScope.department(filter.department, askedBy: account).map { department in
            var filter = filter
            filter.department = department
            return OfferStatisticsExport(
                filter: filter,
                dimension: dimension,
                requestedBy: requestedBy,
                format: format
            )
        }
    }

    /// `offres-75.xlsx`, nationally `offres.xlsx`.
    package func filename(ministryName: String?) -> String {
        ExportName.make(["offres", filter.department?.code], format)
    }
}
