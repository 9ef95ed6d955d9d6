/// The keys under which this target logs.
enum LogKey {
    static let peer = "peer"
    static let error = "error"
    static let queue = "queue"
}
