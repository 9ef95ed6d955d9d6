import HTTPTypes

/// The part of a file that a request asks for (RFC 9110, 14): how a broken download goes on where it stopped.
enum ByteRange: Equatable {
    /// The whole file: no range was asked for, or none that is served.
    case whole
    case part(ClosedRange<Int>)
    /// It begins after the file's end.
    case outside

    /// Reads the header `Range` of a request for a file of `size` bytes. One range is served; several, other units and
    /// what is malformed are answered with the whole file, as the RFC allows.
    /// - Parameter tag: the file's ETag; with `If-Range` of another one the part would not fit what the client has.
    init(_ headers: HTTPFields, size: Int, tag: String) {
        self = .whole
        guard let value = headers[.range], value.hasPrefix("bytes="), headers[.ifRange] ?? tag == tag else { return }
        let bounds = value.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2 else { return }
        switch (Self.number(bounds[0]), Self.number(bounds[1])) {
        case (nil, let count?) where bounds[0].isEmpty:
            self = count > 0 && size > 0 ? .part(max(size - count, 0)...(size - 1)) : .outside
        case (let first?, nil) where bounds[1].isEmpty:
            self = first < size ? .part(first...(size - 1)) : .outside
        case (let first?, let last?) where first <= last:
            self = first < size ? .part(first...min(last, size - 1)) : .outside
        default: return
        }
    }

    /// Digits only: `Int` would take a sign.
    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
    }
}
