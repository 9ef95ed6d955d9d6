import Foundation
import Glibc

/// A TCP peer that plays a broker badly: a thread of its own runs `script` for each connection, one after the other.
final class FakeBroker: Sendable {
    let port: Int
    private let listener: Int32

    init(_ script: @escaping @Sendable (FakePeer) throws -> Void) throws {
        (listener, port) = try Self.listen()
        let listener = listener
        let thread = Thread {
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else {
                    close(listener)
                    return
                }
                try? script(FakePeer(descriptor: descriptor))
                // Told to the other side even if a program that another test has started just now has the descriptor too.
                shutdown(descriptor, Int32(SHUT_RDWR))
                close(descriptor)
            }
        }
        thread.start()
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    var url: String { "amqp://guest:guest@127.0.0.1:\(port)/" }

    /// A socket that listens on a free port of loopback.
    static func listen() throws -> (descriptor: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && Glibc.listen(listener, 8) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound else { throw FakePeer.Gone() }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }
}

/// One accepted connection of a ``FakeBroker``.
struct FakePeer: Sendable {
    struct Gone: Error {}

    let descriptor: Int32

    func send(_ bytes: [UInt8]) throws {
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Gone()
        }
    }

    func send(_ frames: Frame...) throws { try send(frames.flatMap(\.bytes)) }

    func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes[filled...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard got > 0 else { throw Gone() }
            filled += got
        }
        return bytes
    }

    func readFrame() throws -> Frame {
        let header = try read(7)
        let size = header[3...6].reduce(0) { $0 << 8 | Int($1) }
        let payload = try read(size + 1).dropLast()
        return Frame(type: header[0], channel: UInt16(header[1]) << 8 | UInt16(header[2]), payload: Array(payload))
    }

    /// Keeps the connection until the other side closes it.
    func waitForEnd() throws { while true { _ = try readFrame() } }

    /// The login as a broker does it.
    func handshake(frameMax: UInt32 = 131_072, heartbeat: UInt8 = 0) throws {
        _ = try read(8)
        try send(.start)
        _ = try readFrame()
        try send(.tune(frameMax: frameMax, heartbeat: heartbeat))
        _ = try readFrame()
        _ = try readFrame()
        try send(.openOK)
    }

    /// Answers requests until the client sends method `until` or goes; publishes and unknown methods go unanswered.
    func serve(until last: UInt32? = nil) throws {
        while true {
            let frame = try readFrame()
            guard frame.type == 1, let method = frame.method else { continue }
            if method == last { return }
            if let answer = Frame.answers[method] {
                try send(Frame(channel: frame.channel, method: answer.0, answer.1))
            }
        }
    }
}

/// A frame as it goes over the wire.
struct Frame: Sendable {
    var type: UInt8
    var channel: UInt16
    var payload: [UInt8]

    init(type: UInt8, channel: UInt16, payload: [UInt8]) {
        self.type = type
        self.channel = channel
        self.payload = payload
    }

    init(channel: UInt16, method: UInt32, _ arguments: [UInt8] = []) {
        self.init(type: 1, channel: channel, payload: Self.big(method, 4) + arguments)
    }

    var bytes: [UInt8] { [type] + Self.big(UInt32(channel), 2) + Self.big(UInt32(payload.count), 4) + payload + [0xCE] }

    var method: UInt32? { payload.count < 4 ? nil : payload[0..<4].reduce(0) { $0 << 8 | UInt32($1) } }

    static func big(_ value: UInt32, _ size: Int) -> [UInt8] {
        (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }

    static func short(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + text.utf8 }
    static func long(_ text: String) -> [UInt8] { big(UInt32(text.utf8.count), 4) + text.utf8 }

    static let start = Frame(channel: 0, method: 0x000A_000A, [0, 9] + big(0, 4) + long("PLAIN") + long("en_US"))
    static let openOK = Frame(channel: 0, method: 0x000A_0029, [0])
    static func tune(frameMax: UInt32, heartbeat: UInt8) -> Frame {
        Frame(channel: 0, method: 0x000A_001E, big(2_047, 2) + big(frameMax, 4) + [0, heartbeat])
    }
    static func blocked(_ reason: String) -> Frame { Frame(channel: 0, method: 0x000A_003C, short(reason)) }
    static let unblocked = Frame(channel: 0, method: 0x000A_003D)

    static let channelOpen: UInt32 = 0x0014_000A
    static let publish: UInt32 = 0x003C_0028
    static let consume: UInt32 = 0x003C_0014
    static let confirmSelect: UInt32 = 0x0055_000A

    /// Request → answer and its arguments.
    static let answers: [UInt32: (UInt32, [UInt8])] = [
        channelOpen: (0x0014_000B, big(0, 4)),
        0x0014_0028: (0x0014_0029, []),
        0x0032_000A: (0x0032_000B, [0] + big(0, 4) + big(0, 4)),
        0x003C_000A: (0x003C_000B, []),
        consume: (0x003C_0015, short("tag")),
        0x003C_001E: (0x003C_001F, short("tag")),
        confirmSelect: (0x0055_000B, []),
        0x000A_0032: (0x000A_0033, []),
    ]
}
