import CXLSXWriter
import Foundation

/// Owns libxlsxwriter's handles: one workbook with one sheet. Exactly one of ``close()`` and ``discard()`` frees them.
final class XLSXBook {
    private let book: UnsafeMutablePointer<lxw_workbook>
    private let sheet: UnsafeMutablePointer<lxw_worksheet>
    private let plain: Formats
    private let bold: Formats

    init(path: String, sheet name: String, temporaryDirectory: String) throws {
        let opened = temporaryDirectory.withCString { directory in
            // The library copies the name of the directory before it returns.
            var options = lxw_workbook_options(
                constant_memory: 1,
                tmpdir: UnsafeMutablePointer(mutating: directory),
                // Without it a sheet of more than 4 GiB fails at the very end.
                use_zip64: 1
            )
            return workbook_new_opt(path, &options)
        }
        guard let opened else { throw SpreadsheetError.library(LXW_ERROR_MEMORY_MALLOC_FAILED, "open a workbook") }
        book = opened
        do {
            try SpreadsheetError.check(workbook_validate_sheet_name(opened, name), "name the sheet")
            guard let added = workbook_add_worksheet(opened, name) else {
                throw SpreadsheetError.library(LXW_ERROR_CREATING_TMPFILE, "add the sheet")
            }
            sheet = added
            plain = try Formats(of: opened, bold: false)
            bold = try Formats(of: opened, bold: true)
        } catch {
            lxw_workbook_free(opened)
            throw error
        }
    }

    /// Headings in a first row that stays in sight, and widths.
    func layOut(_ columns: [Column]) throws {
        for (index, column) in columns.enumerated() {
            let number = lxw_col_t(clamping: index)
            try SpreadsheetError.check(
                worksheet_set_column(sheet, number, number, column.width, nil),
                "set the width of column \(index + 1)"
            )
            _ = try write(.text(column.title), row: 0, column: index, bold: true)
        }
        worksheet_freeze_panes(sheet, 1, 0)
    }

    /// The caller has checked that a date is one: the numbers fit their C types.
    ///
    /// - Returns: how the cell differs from what was to be written; nil: not at all.
    func write(_ cell: Cell, row: Int, column: Int, bold isBold: Bool) throws -> CellChange? {
        let row = lxw_row_t(clamping: row)
        let column = lxw_col_t(clamping: column)
        let formats = isBold ? bold : plain
        let status: lxw_error
        var change: CellChange?
        switch cell.countedFrom1900 {
        case .empty:
            return nil
        case .text(let text):
            let fitted = CellText.forXLSX(text)
            change = fitted.change
            status = worksheet_write_string(sheet, row, column, fitted.text, formats.text)
        case .unknownDate(let words):
            change = .date
            status = worksheet_write_string(sheet, row, column, words, formats.text)
        case .integer(let number):
            status = worksheet_write_number(sheet, row, column, Double(number), formats.integer)
        case .decimal(let number):
            let value = NSDecimalNumber(decimal: number).doubleValue
            // The file format has no NaN and no infinity; a decimal that is no number is nothing to show.
            guard value.isFinite else { return nil }
            status = worksheet_write_number(sheet, row, column, value, formats.text)
        case .date(let year, let month, let day):
            status = write(datetime(year, month, day), row, column, formats.date)
        case .dateTime(let year, let month, let day, let hour, let minute, let second):
            status = write(datetime(year, month, day, hour, minute, second), row, column, formats.dateTime)
        }
        try SpreadsheetError.check(status, "write a cell")
        return change
    }

    /// A filter over headings and rows; `lastRow` counts the headings as row 0.
    func filter(columns: Int, lastRow: Int) throws {
        guard columns > 0 else { return }
        try SpreadsheetError.check(
            worksheet_autofilter(sheet, 0, 0, lxw_row_t(clamping: lastRow), lxw_col_t(clamping: columns - 1)),
            "set the filter"
        )
    }

    /// Bytes in the library's temporary file.
    var storedBytes: Int { sheet.pointee.optimize_tmpfile.map { max(0, ftell($0)) } ?? 0 }

    /// The library ignores the answers of its own writes, so a full disk shows only here.
    func checkRows() throws {
        guard let file = sheet.pointee.optimize_tmpfile else { return }
        guard fflush(file) == 0, ferror(file) == 0 else {
            throw SpreadsheetError.system("store rows in the temporary directory")
        }
    }

    /// Writes the file and frees the handles, also when it throws.
    func close() throws {
        try SpreadsheetError.check(workbook_close(book), "complete the file")
    }

    /// Frees the handles without writing a file.
    func discard() {
        // lxw_workbook_free forgets this one: without the line each abandoned export keeps a descriptor and its disk space.
        if let file = sheet.pointee.optimize_tmpfile { fclose(file) }
        lxw_workbook_free(book)
    }

    private func datetime(
        _ year: Int,
        _ month: Int,
        _ day: Int,
        _ hour: Int = 0,
        _ minute: Int = 0,
        _ second: Int = 0
    ) -> lxw_datetime {
        lxw_datetime(
            year: Int32(clamping: year),
            month: Int32(clamping: month),
            day: Int32(clamping: day),
            hour: Int32(clamping: hour),
            min: Int32(clamping: minute),
            sec: Double(second)
        )
    }

    private func write(
        _ date: lxw_datetime,
        _ row: lxw_row_t,
        _ column: lxw_col_t,
        _ format: UnsafeMutablePointer<lxw_format>
    ) -> lxw_error {
        var date = date
        return worksheet_write_datetime(sheet, row, column, &date, format)
    }
}

extension Cell {
    /// Spreadsheets begin to count days in 1900: an earlier day is kept as text, not turned into a negative number.
    fileprivate var countedFrom1900: Cell {
        switch self {
        case .date(let year, let month, let day) where year < 1900:
            .unknownDate(CalendarDay.text(year: year, month: month, day: day))
        case .dateTime(let year, let month, let day, let hour, let minute, second: _) where year < 1900:
            .unknownDate(
                CalendarDay.text(year: year, month: month, day: day)
                    + " " + CalendarDay.text(hour: hour, minute: minute)
            )
        default: self
        }
    }
}
