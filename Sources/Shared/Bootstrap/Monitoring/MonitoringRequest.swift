/// What may come in over the monitoring port: the head of one GET request.
enum MonitoringRequest: Equatable {
    case get(path: String)
    case otherMethod
    case malformed

    /// Longer heads are refused; monitors send some hundred bytes.
    static let maximumBytes = 8 * 1024

    /// nil while the head is not complete.
    static func parse(_ bytes: [UInt8]) -> MonitoringRequest? {
        guard bytes.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]) != nil else { return nil }
        let line = bytes.prefix { $0 != 0x0D }
        // RFC 9112, 3: method SP request-target SP HTTP-version.
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard parts.count == 3, parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0" else { return .malformed }
        guard !parts[0].isEmpty, parts[0].allSatisfy({ $0.isASCII && $0.isLetter }) else { return .malformed }
        guard parts[1].hasPrefix("/") else { return .malformed }
        return parts[0] == "GET" ? .get(path: String(parts[1].prefix { $0 != "?" })) : .otherMethod
    }
}
