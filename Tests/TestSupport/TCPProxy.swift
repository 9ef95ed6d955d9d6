import Foundation
import Glibc
import Synchronization

/// Stands between two peers on loopback and breaks what is between them on request.
///
/// A mute proxy is a network that drops everything: both peers keep a connection that looks whole, in which nothing
/// arrives in either direction, and new connections are not answered.
package final class TCPProxy: Sendable {
    private enum Line: Equatable { case open, mute, refusing }

    /// How the two ends of one connection are known, to shut them both from any thread.
    private struct Pair {
        let id: Int
        let ends: [Int32]
    }

    private struct State {
        var line = Line.open
        var pairs: [Pair] = []
        var lastID = 0
        var accepted = 0
        var isClosed = false
    }

    package struct NotListening: Error {}

    /// Where it listens.
    package let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Mutex(State())

    /// Listens on a free port of 127.0.0.1 and passes connections on to `target`, another port there.
    package init(to target: Int) throws {
        self.target = target
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw NotListening() }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { self.acceptAll() }
    }

    /// The same URL with this proxy in the server's place.
    package static func between(_ url: String) throws -> (proxy: TCPProxy, url: String) {
        guard var components = URLComponents(string: url), let port = components.port else { throw NotListening() }
        let proxy = try TCPProxy(to: port)
        components.port = proxy.port
        guard let own = components.string else { throw NotListening() }
        return (proxy, own)
    }

    /// Connections taken so far.
    package var connections: Int { state.withLock { $0.accepted } }

    /// Drops everything in both directions, of old connections and of new ones, and tells nobody.
    package func mute() { state.withLock { $0.line = .mute } }

    /// Resets what is open, and whoever comes.
    package func refuse() {
        state.withLock { state in
            state.line = .refusing
            Self.reset(state.pairs)
        }
    }

    /// Takes connections again. Those from before are reset, as by a peer that no longer knows them.
    package func restore() {
        state.withLock { state in
            Self.reset(state.pairs)
            state.line = .open
        }
    }

    /// Ends everything.
    package func close() {
        state.withLock { state in
            state.isClosed = true
            Self.reset(state.pairs)
        }
        // Wakes the thread that accepts, which closes the socket.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    // MARK: - Connections

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            guard client >= 0, !state.withLock({ $0.isClosed }) else {
                if client >= 0 { Glibc.close(client) }
                Glibc.close(listener)
                return
            }
            take(client)
        }
    }

    private func take(_ client: Int32) {
        guard state.withLock({ $0.line }) != .refusing else { return Self.reset(client) }
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(server, F_SETFD, FD_CLOEXEC)
        var address = Self.loopback(port: target)
        let isConnected = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            Glibc.close(server)
            return Self.reset(client)
        }
        let id = state.withLock { state -> Int? in
            // Asked again: who was let in before the line was closed, and is known only after it, would stay.
            guard state.line != .refusing, !state.isClosed else { return nil }
            state.accepted += 1
            state.lastID += 1
            state.pairs.append(Pair(id: state.lastID, ends: [client, server]))
            return state.lastID
        }
        guard let id else {
            Glibc.close(server)
            return Self.reset(client)
        }
        Thread.detachNewThread {
            self.pump(client, server)
            self.end(id)
        }
    }

    /// Both directions, until either end closes; what arrives on a mute line is thrown away.
    private func pump(_ client: Int32, _ server: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var ends = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var isMute = false
        while true {
            guard poll(&ends, 2, -1) >= 0 || errno == EINTR else { return }
            for (from, to) in [(0, server), (1, client)] where ends[from].revents != 0 {
                let count = recv(ends[from].fd, &buffer, buffer.count, 0)
                // Once a byte was dropped the rest would make no sense to the peer.
                isMute = isMute || state.withLock { $0.line } == .mute
                if isMute {
                    // An end is not told either: the other peer goes on believing.
                    if count <= 0 { ends[from].fd = -1 }
                    if ends.allSatisfy({ $0.fd < 0 }) { return }
                    continue
                }
                guard count > 0 else { return }
                var sent = 0
                while sent < count {
                    let written = buffer[sent..<count].withUnsafeBytes {
                        send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    guard written > 0 else { return }
                    sent += written
                }
            }
        }
    }

    private func end(_ id: Int) {
        let pair = state.withLock { state in
            state.pairs.firstIndex { $0.id == id }.map { state.pairs.remove(at: $0) }
        }
        pair?.ends.forEach { end in
            // Told to the other side even if a program that was started between `accept` and its mark has the descriptor too.
            shutdown(end, Int32(SHUT_RDWR))
            Glibc.close(end)
        }
    }

    /// Call it under the lock: a descriptor that its thread closes meanwhile could be another's by now.
    private static func reset(_ pairs: [Pair]) {
        for end in pairs.flatMap(\.ends) {
            linger(end)
            shutdown(end, Int32(SHUT_RDWR))
        }
    }

    private static func reset(_ descriptor: Int32) {
        linger(descriptor)
        Glibc.close(descriptor)
    }

    /// Closing then resets instead of saying goodbye.
    private static func linger(_ descriptor: Int32) {
        var at = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
