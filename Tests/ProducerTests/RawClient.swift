import Foundation

/// A caller that writes bytes to a socket as it likes. It blocks, so it runs on a Dispatch thread.
enum RawClient {
    /// Sends the pieces with pauses between them, and returns all that comes until the server closes.
    static func exchange(_ port: Int, _ pieces: [String], pause: Duration = .zero) async throws -> String {
        try await withCheckedThrowingContinuation { done in
            DispatchQueue.global().async {
                done.resume(with: Result { try talk(port, pieces, pause) })
            }
        }
    }

    private static func talk(_ port: Int, _ pieces: [String], _ pause: Duration) throws -> String {
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
        for piece in pieces {
            let sent = Array(piece.utf8).withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // The server has closed: what it said before stands in the socket.
            if sent < 0 { break }
            usleep(UInt32(pause / .microseconds(1)))
        }
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
