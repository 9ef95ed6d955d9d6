import Foundation
import Glibc
import Synchronization

/// A hop between a client and the broker that a test can cut, as a router does: neither side says goodbye to the other.
final class CuttableLink: Sendable {
    let port: Int
    private let listener: Int32
    private let open = Mutex<Set<Int32>>([])

    /// - Parameter target: port of loopback that connections are handed on to.
    init(to target: Int) throws {
        (listener, port) = try FakeBroker.listen()
        let listener = listener
        let thread = Thread { [weak self] in
            while true {
                let near = accept(listener, nil, nil)
                guard near >= 0, let self else {
                    close(listener)
                    return
                }
                self.carry(near, to: target)
            }
        }
        thread.start()
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Ends every connection; new ones are carried again.
    func cut() {
        open.withLock { $0.forEach { shutdown($0, Int32(SHUT_RDWR)) } }
    }

    private func carry(_ near: Int32, to target: Int) {
        guard let far = Self.connection(to: target) else {
            close(near)
            return
        }
        open.withLock { $0.formUnion([near, far]) }
        let ended = DispatchGroup()
        for (from, to) in [(near, far), (far, near)] {
            ended.enter()
            let thread = Thread {
                Self.pump(from, to)
                shutdown(from, Int32(SHUT_RDWR))
                shutdown(to, Int32(SHUT_RDWR))
                ended.leave()
            }
            thread.start()
        }
        // Under the lock: a number that was closed may belong to somebody else when it is cut.
        ended.notify(queue: .global()) {
            self.open.withLock {
                $0.subtract([near, far])
                close(near)
                close(far)
            }
        }
    }

    private static func pump(_ from: Int32, _ to: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(from, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            var sent = 0
            while sent < count {
                let taken = buffer[sent..<count].withUnsafeBytes {
                    send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard taken > 0 else { return }
                sent += taken
            }
        }
    }

    private static func connection(to port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
