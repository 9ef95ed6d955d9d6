package import JobEngine
import Postgres

/// Sends what each association has filled off the platform in a school year to the administrator who asked for it.
package struct AssociationsExport: ExportArguments {
    package let schoolYear: SchoolYear
    package let requestedBy: Int64
    package let format: ExportFormat

    package init(schoolYear: SchoolYear, requestedBy: Int64, format: ExportFormat = .xlsx) {
        self.schoolYear = schoolYear
        self.requestedBy = requestedBy
        self.format = format
    }

    enum CodingKeys: String, CodingKey {
        case format
        case schoolYear = "school_year"
        case requestedBy = "requested_by"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        schoolYear = try values.decode(SchoolYear.self, forKey: .schoolYear)
        requestedBy = try values.decode(Int64.self, forKey: .requestedBy)
        format = try values.decodeIfPresent(ExportFormat.self, forKey: .format) ?? .xlsx
    }

    package static let definition = KindDefinition.export(
        "export.associations",
        defaults: JSON(#"{"format": "xlsx"}"#)
    )

    package static let fields = [ArgumentField.schoolYear] + ArgumentField.export
}

extension AssociationsExport {
    package func decision(for account: AccountFacts?) -> AccountScope.Decision<AssociationsExport> {
        AccountScope.administration(self, askedBy: account)
    }

    /// `associations-2021-2022.xlsx`
    package func filename(ministryName: String?) -> String {
        ExportName.make(["associations", schoolYear.label], format)
    }
}
