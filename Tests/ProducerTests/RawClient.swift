import Foundation

/// A caller that writes bytes to a socket as it likes. It blocks, so it runs on a Dispatch thread.
enum RawClient {
    /// Sends the pieces with pauses between them, and returns all that comes until the server closes.
    static func exchange(_ port: Int, _ pieces: [String], pause: Duration = .zero) async throws -> String {
        try await withCheckedThrowingContinuation { done in
            DispatchQueue.global().async {
                done.resume(
                    with: Result {
                        try connected(port) { descriptor in
                            say(pieces, pause, to: descriptor)
                            return try answer(from: descriptor)
                        }
                    }
                )
            }
        }
    }

    /// Sends a text and goes away without waiting for an answer.
    static func leave(_ port: Int, _ text: String) async throws {
        try await withCheckedThrowingContinuation { done in
            DispatchQueue.global().async {
                done.resume(with: Result { try connected(port) { say([text], .zero, to: $0) } })
            }
        }
    }

    private static func connected<R>(_ port: Int, _ body: (Int32) throws -> R) throws -> R {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        // Longer than any promise here, shorter than the idle timeout.
        var limit = timeval(tv_sec: 50, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Unexpected(what: "no connection: errno \(errno)") }
        return try body(descriptor)
    }

    private static func say(_ pieces: [String], _ pause: Duration, to descriptor: Int32) {
        for piece in pieces {
            let sent = Array(piece.utf8).withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // The server has closed: what it said before stands in the socket.
            if sent < 0 { break }
            usleep(UInt32(pause / .microseconds(1)))
        }
    }

    private static func answer(from descriptor: Int32) throws -> String {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 && errno == ECONNRESET { return String(decoding: answer, as: UTF8.self) }
            guard count >= 0 else { throw Unexpected(what: "no end within 50 s: errno \(errno)") }
            if count == 0 { return String(decoding: answer, as: UTF8.self) }
            answer.append(contentsOf: chunk.prefix(count))
        }
    }
}
