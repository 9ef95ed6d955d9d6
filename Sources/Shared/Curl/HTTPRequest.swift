/// One HTTP request, checked when it is made: a value that could smuggle a second header in cannot be expressed.
package struct HTTPRequest: Sendable {
    package let method: String
    package let url: String
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// From the first packet to the last byte of the answer.
    package let timeout: Duration
    /// The most bytes of an answer's body; a longer one fails the request.
    package let largestResponse: Int

    /// - Throws: `HTTPError.invalidRequest` for a method, URL or header with a control character or a wrong form.
    package init(
        method: String = "GET",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30),
        largestResponse: Int = 1 << 20
    ) throws(HTTPError) {
        guard !method.isEmpty, method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw .invalidRequest("method: expected capital letters such as POST")
        }
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .invalidRequest("url: expected http:// or https:// and no spaces or control characters") }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else {
                throw .invalidRequest("header name: expected letters, digits and hyphens")
            }
            guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F || $0 == "\t" }) else {
                throw .invalidRequest("header \(name): control characters are not allowed")
            }
        }
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.largestResponse = largestResponse
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }
}
