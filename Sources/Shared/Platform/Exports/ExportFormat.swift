/// The file format of an export.
package enum ExportFormat: String, Sendable, Hashable, CaseIterable, Codable {
    case xlsx, csv

    package var contentType: String {
        switch self {
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        case .csv: "text/csv; charset=utf-8"
        }
    }
}
