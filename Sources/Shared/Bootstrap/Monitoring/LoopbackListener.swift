import Foundation

/// Opens sockets that only this machine can reach: monitoring has no login, so it never listens elsewhere.
enum LoopbackListener {
    /// A non-blocking listening socket on 127.0.0.1, and the port it got (the system chooses one for 0).
    static func open(port: Int) throws(SocketError) -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError("open a socket") }
        do {
            return (descriptor, try listen(descriptor, port))
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func listen(_ descriptor: Int32, _ port: Int) throws(SocketError) -> Int {
        // Not inherited by a child, which would keep the port after our end.
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw SocketError("prepare the monitoring socket") }
        var yes: Int32 = 1
        // Without it a restarted worker waits a minute for connections of its predecessor to be forgotten.
        guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw SocketError("prepare the monitoring socket")
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(clamping: port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard bound == 0, Foundation.listen(descriptor, 16) == 0 else {
            throw SocketError("listen on 127.0.0.1:\(port) for monitoring")
        }
        let named = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard named == 0 else { throw SocketError("name the monitoring socket") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
