/// The metadata keys of this target, in one place, so that a search for a key finds every line that has it.
enum LogKey {
    static let count = "count"
    static let error = "error"
    static let exitCode = "exit_code"
    static let port = "port"
    static let signal = "signal"
}
