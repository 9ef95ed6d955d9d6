/// Texts that go into the ledger: PostgreSQL refuses NUL in text, and a reason of megabytes would be kept for ever.
enum LedgerText {
    /// 2 KiB, the longest text kept with a job.
    static let limit = 2048

    /// The text without NUL and cut to the limit, on a character boundary.
    static func fitted(_ text: String) -> String {
        var fitted = ""
        var bytes = 0
        for scalar in text.unicodeScalars where scalar != "\0" {
            bytes += UTF8.width(scalar)
            if bytes > limit { break }
            fitted.unicodeScalars.append(scalar)
        }
        return fitted
    }
}
