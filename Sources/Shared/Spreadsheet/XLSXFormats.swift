import CXLSXWriter

extension XLSXBook {
    /// How each type is shown. The formats belong to the workbook, which frees them.
    struct Formats {
        let text: UnsafeMutablePointer<lxw_format>?
        let integer: UnsafeMutablePointer<lxw_format>
        let date: UnsafeMutablePointer<lxw_format>
        let dateTime: UnsafeMutablePointer<lxw_format>

        init(of book: UnsafeMutablePointer<lxw_workbook>, bold: Bool) throws {
            func format(_ number: String?) throws -> UnsafeMutablePointer<lxw_format> {
                guard let format = workbook_add_format(book) else {
                    throw SpreadsheetError.library(LXW_ERROR_MEMORY_MALLOC_FAILED, "add a format")
                }
                if let number { format_set_num_format(format, number) }
                if bold { format_set_bold(format) }
                return format
            }
            // The default format costs no bytes per cell, so plain text and decimals go without one.
            text = bold ? try format(nil) : nil
            // "General" would show 123456789012 as 1.23457E+11.
            integer = try format("0")
            date = try format("dd/mm/yyyy")
            dateTime = try format("dd/mm/yyyy hh:mm")
        }
    }
}
