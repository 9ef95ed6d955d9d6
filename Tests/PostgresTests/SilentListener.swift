import Foundation

/// A TCP port of its own that takes connections and never says anything.
struct SilentListener {
    let port: UInt16
    private let descriptor: CInt

    struct NotListening: Error {}

    init() throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, size) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, raw, &size) == 0
            }
        }
        guard isListening else { throw NotListening() }
        port = UInt16(bigEndian: address.sin_port)
    }

    func close() {
        Foundation.close(descriptor)
    }
}
