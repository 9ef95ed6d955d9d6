import CCurl

/// One HTTP request under way.
final class HTTPTransfer: CurlTransfer, @unchecked Sendable {
    // Its state is touched by the executor's thread alone, and read by the awaiting task after `finish`.
    private let request: HTTPRequest
    private let deadline: ContinuousClock.Instant
    private var sent = 0
    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []
    private var isCancelled = false
    private var isTooLarge = false
    private(set) var outcome: Result<HTTPResponse, any Error> = .failure(CancellationError())

    init(_ request: HTTPRequest) {
        self.request = request
        deadline = .now + request.timeout
    }

    func prepare(_ handle: CurlHandle) throws {
        try handle.set(CURLOPT_PROTOCOLS_STR, "http,https", "allow HTTP only")
        try handle.set(CURLOPT_URL, request.url, "set the URL")
        if request.method == "HEAD" {
            try handle.set(CURLOPT_NOBODY, 1, "expect no body")
        } else if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            try handle.set(CURLOPT_POST, 1, "send a body")
            try handle.set(CURLOPT_POSTFIELDSIZE, request.body.count, "set the length of the body")
        }
        try handle.set(CURLOPT_CUSTOMREQUEST, request.method, "set the method")
        // Without the empty Expect libcurl waits a second for a 100 that many gateways never send.
        let lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        try handle.set(CURLOPT_HTTPHEADER, ["Expect:"] + lines, "set the headers")
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> CurlRead {
        if isCancelled { return .abort }
        let count = min(buffer.count, request.body.count - sent)
        if count == 0 { return .end }
        buffer.copyBytes(from: request.body[sent..<sent + count])
        sent += count
        return .bytes(count)
    }

    func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
        isTooLarge = body.count + bytes.count > request.largestResponse
        if isTooLarge { return false }
        body.append(contentsOf: bytes)
        return true
    }

    func receive(header bytes: UnsafeRawBufferPointer) -> Bool {
        let line = String(decoding: bytes, as: UTF8.self)
        // A status line begins a new answer: what came before was a provisional one.
        if line.hasPrefix("HTTP/") {
            headers = []
            return true
        }
        guard let colon = line.firstIndex(of: ":") else { return true }
        let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
        let end = value.lastIndex { !$0.isWhitespace }.map(value.index(after:)) ?? value.startIndex
        headers.append((line[..<colon].lowercased(), String(value[..<end])))
        return true
    }

    func mayContinue() -> Bool { !isCancelled && ContinuousClock.now < deadline }

    func cancel() { isCancelled = true }

    func finish(_ handle: CurlHandle, result: CURLcode) {
        let status = handle.number(CURLINFO_RESPONSE_CODE)
        outcome =
            if result == CURLE_OK {
                .success(HTTPResponse(status: status, headers: headers, body: body))
            } else if isTooLarge {
                .failure(HTTPError.responseTooLarge(limit: request.largestResponse))
            } else if isCancelled {
                .failure(CancellationError())
            } else if ContinuousClock.now >= deadline {
                .failure(HTTPError.timedOut(request.timeout))
            } else {
                .failure(HTTPError.failed(CurlError(result, during: "\(request.method) request")))
            }
    }
}
