import Foundation
import JobEngine
import Spreadsheet

/// Why the disk did not take an export, in words that name no path: a path may hold a job's id, never a person, but the
/// file's name has the filters in it.
struct ExportDiskError: RecordableError, CustomStringConvertible {
    /// The system's words.
    let words: String

    var errorClass: String { "disk" }
    var record: String { description }
    var description: String {
        "the directory for exports (TMPDIR, else /tmp) does not take files: \(words); it must exist, be writable for this "
            + "user and have room for the largest export three times over"
    }

    /// An error of Foundation's files; it quotes paths, so only what the system said of it is kept.
    init(_ error: any Error) {
        if let code = (error as? POSIXError)?.code ?? ((error as? CocoaError)?.underlying as? POSIXError)?.code {
            words = String(cString: strerror(code.rawValue))
        } else {
            words = "error \((error as NSError).code) of \((error as NSError).domain)"
        }
    }
}

/// Never quotes a cell.
extension SpreadsheetError: RecordableError {
    package var errorClass: String {
        switch self {
        case .system, .noRoom: "disk"
        default: "spreadsheet"
        }
    }

    package var record: String {
        switch self {
        case .system: "\(self); look at the directory for exports (TMPDIR, else /tmp): its room and who may write"
        default: description
        }
    }
}
