/// A message in the making: announced by a method, described by a header, filled by bodies.
struct IncomingContent {
    enum Announcement {
        case delivery(tag: UInt64, redelivered: Bool)
        case returned(code: Int, text: String)
    }

    /// A larger body is read and dropped, and the message rejected: one stray giant must not take the memory.
    static let largestBody = 16 * 1_024 * 1_024

    let announcement: Announcement
    private(set) var properties = MessageProperties()
    private(set) var body: [UInt8] = []
    private(set) var isOversized = false
    private var expected: UInt64?
    private var received: UInt64 = 0

    init(_ announcement: Announcement) { self.announcement = announcement }

    var isComplete: Bool { received == expected }

    /// - Returns: false when a header was not due.
    mutating func open(size: UInt64, _ properties: MessageProperties) -> Bool {
        guard expected == nil else { return false }
        expected = size
        isOversized = size > UInt64(Self.largestBody)
        self.properties = properties
        return true
    }

    /// - Returns: false when no body or a shorter one was due.
    mutating func append(_ part: [UInt8]) -> Bool {
        guard let expected, UInt64(part.count) <= expected - received else { return false }
        received += UInt64(part.count)
        if isOversized { return true }
        if body.isEmpty { body = part } else { body += part }
        return true
    }
}
