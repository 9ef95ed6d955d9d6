/// The two kinds of file.
package enum SpreadsheetFormat: String, Sendable, CaseIterable {
    case xlsx
    case csv

    /// Rows below the headings that a file can hold; nil where only the disk decides.
    package var maximumRows: Int? {
        switch self {
        // 2^20 rows in all, the headings being one (ECMA-376 and Excel's published limits).
        case .xlsx: 1_048_575
        case .csv: nil
        }
    }

    /// The media type for a mail or an HTTP answer.
    package var contentType: String {
        switch self {
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        case .csv: "text/csv; charset=utf-8"
        }
    }
}
