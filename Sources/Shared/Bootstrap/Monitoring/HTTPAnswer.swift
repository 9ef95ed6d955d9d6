/// The bytes of an HTTP/1.1 answer after which the connection closes.
enum HTTPAnswer {
    static func bytes(_ answer: MonitoringEndpoints.Answer) -> [UInt8] {
        bytes(answer.status, answer.contentType, answer.body)
    }

    static func refusal(_ status: Int) -> [UInt8] {
        let advice = status == 404 ? "expected /metrics, /health/live or /health/ready" : "expected a short GET request"
        return bytes(status, "text/plain; charset=utf-8", "\(reasons[status, default: "Error"]): \(advice)\n")
    }

    private static func bytes(_ status: Int, _ contentType: String, _ body: String) -> [UInt8] {
        let head = [
            "HTTP/1.1 \(status) \(reasons[status, default: "Error"])",
            "Content-Type: \(contentType)",
            "Content-Length: \(body.utf8.count)",
            "Cache-Control: no-store",
            "Connection: close",
        ]
        // RFC 9110, 15.5.6: a 405 names what is allowed.
        let allow = status == 405 ? ["Allow: GET"] : []
        return Array(((head + allow).joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    private static let reasons = [
        200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
        431: "Request Header Fields Too Large", 503: "Service Unavailable",
    ]
}
