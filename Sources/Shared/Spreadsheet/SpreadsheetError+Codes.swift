import CXLSXWriter
import Foundation

extension SpreadsheetError {
    /// The one place where a code of libxlsxwriter becomes an error.
    static func check(_ status: lxw_error, _ operation: String) throws {
        guard status != LXW_NO_ERROR else { return }
        throw library(status, operation)
    }

    static func library(_ status: lxw_error, _ operation: String) -> SpreadsheetError {
        let words = lxw_strerror(status).map { String(cString: $0) } ?? "unknown error"
        return .library(code: status.rawValue, message: words, during: operation)
    }

    /// The calling thread's `errno`, with the system's words.
    static func system(_ operation: String) -> SpreadsheetError {
        let code = errno
        return .system(errno: code, message: String(cString: strerror(code)), during: operation)
    }
}
