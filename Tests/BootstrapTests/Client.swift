import Foundation

@testable import Bootstrap

/// A client on a real socket. It blocks, so it runs on a Dispatch thread.
enum Client {
    /// Sends a request and returns all that comes until the server closes.
    static func exchange(
        _ port: Int,
        _ request: String,
        pieces: Int = 1,
        closesItsSide: Bool = false
    ) async throws -> String {
        try await withCheckedThrowingContinuation { done in
            DispatchQueue.global().async {
                done.resume(with: Result { try talk(port, Array(request.utf8), pieces, closesItsSide) })
            }
        }
    }

    private static func talk(_ port: Int, _ request: [UInt8], _ pieces: Int, _ closesItsSide: Bool) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw SocketError("connect") }
        for piece in 0..<pieces {
            let part = request[request.count * piece / pieces..<request.count * (piece + 1) / pieces]
            _ = part.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
        if closesItsSide { shutdown(descriptor, Int32(SHUT_WR)) }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count >= 0 else { throw SocketError("receive") }
            if count == 0 { return String(decoding: answer, as: UTF8.self) }
            answer.append(contentsOf: chunk.prefix(count))
        }
    }
}
