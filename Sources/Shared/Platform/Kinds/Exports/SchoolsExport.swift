package import JobEngine
import Postgres

/// Sends the list of schools to the account that asked for it.
package struct SchoolsExport: ExportArguments {
    /// Which schools; a school is registered once it has a confirmed head teacher.
    package enum Registered: String, Sendable, Hashable, CaseIterable, Codable {
        case all
        case yes = "true"
        case no = "false"
    }

    /// The year whose accepted applications and weeks are shown.
    package let schoolYear: SchoolYear
    package let department: Department?
    package let registered: Registered
    package let requestedBy: Int64
    package let format: ExportFormat

    package init(
        schoolYear: SchoolYear,
        department: Department? = nil,
        registered: Registered = .all,
        requestedBy: Int64,
        format: ExportFormat = .xlsx
    ) {
        self.schoolYear = schoolYear
        self.department = department
        self.registered = registered
        self.requestedBy = requestedBy
        self.format = format
    }

    enum CodingKeys: String, CodingKey {
        case department, registered, format
        case schoolYear = "school_year"
        case requestedBy = "requested_by"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        schoolYear = try values.decode(SchoolYear.self, forKey: .schoolYear)
        department = try values.decodeIfPresent(Department.self, forKey: .department)
        registered = try values.decodeIfPresent(Registered.self, forKey: .registered) ?? .all
        requestedBy = try values.decode(Int64.self, forKey: .requestedBy)
        format = try values.decodeIfPresent(ExportFormat.self, forKey: .format) ?? .xlsx
    }

    package static let definition = KindDefinition.export(
        "export.schools",
        defaults: JSON(#"{"format": "xlsx", "registered": "all"}"#)
    )

    package static let fields =
        [
            ArgumentField.schoolYear, ArgumentField.department,
            ArgumentField("registered", .oneOf(Registered.allCases.map(\.rawValue), named: "all, true or false")),
        ] + ArgumentField.export
}

extension SchoolsExport {
    package func decision(for account: AccountFacts?) -> AccountScope.Decision<SchoolsExport> {
        AccountScope.department(department, askedBy: account).map { department in
            SchoolsExport(
                schoolYear: schoolYear,
                department: department,
                registered: registered,
                requestedBy: requestedBy,
                format: format
            )
        }
    }

    /// `etablissements-75.xlsx`, nationally `etablissements.xlsx`.
    package func filename(ministryName: String?) -> String {
        ExportName.make(["établissements", department?.code], format)
    }
}
