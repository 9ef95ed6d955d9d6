/// The answer to an HTTP request, whatever its status.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// In the order received, names in lower case.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    /// The first value of a header; the name in lower case.
    package subscript(header name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}

/// Why there is no answer.
package enum HTTPError: Error, CustomStringConvertible {
    /// The request cannot be sent as written; the text says what was expected.
    case invalidRequest(String)
    /// The answer was longer than the request allows, in bytes.
    case responseTooLarge(limit: Int)
    /// The time limit passed.
    case timedOut(Duration)
    /// The transfer failed on the way.
    case failed(CurlError)

    package var description: String {
        switch self {
        case .invalidRequest(let reason): "HTTP request refused: \(reason)"
        case .responseTooLarge(let limit): "HTTP answer longer than \(limit) bytes: raise the limit or ask for less"
        case .timedOut(let limit): "HTTP request timed out after \(limit)"
        case .failed(let error): "HTTP request failed: \(error)"
        }
    }
}
