import Foundation

/// Creating and removing the file that a writer owns. Only the owner may read it: exports hold personal data.
enum OutputFile {
    static func create(_ path: String) throws {
        close(try open(path))
    }

    /// A descriptor of an empty file.
    static func open(_ path: String) throws -> Int32 {
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { throw SpreadsheetError.system("create the file") }
        return descriptor
    }

    static func remove(_ path: String) {
        unlink(path)
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var offset = 0
        while offset < bytes.count {
            let written = bytes[offset...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written >= 0 else { throw SpreadsheetError.system("write the file") }
            offset += written
        }
    }
}
