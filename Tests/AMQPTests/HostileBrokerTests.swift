import TestSupport
import Testing

@testable import AMQP

@Suite struct HostileBrokerTests {
    @Test(arguments: 1...12) func randomBytesAtAnyStageOfTheLoginGiveAnError(_ seed: Int) async throws {
        let broker = try FakeBroker { peer in
            var random = SplitMix(seed: UInt64(seed))
            _ = try peer.read(8)
            if seed % 4 > 0 {
                try peer.send(.start)
                _ = try peer.readFrame()
            }
            if seed % 4 > 1 {
                try peer.send(.tune(frameMax: 131_072, heartbeat: 0))
                _ = try peer.readFrame()
                _ = try peer.readFrame()
            }
            if seed % 4 > 2 { try peer.send(.openOK) }
            try peer.send((0..<4_096).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        let error = try await withConnection(broker.url) { await $0.nextFailure() }
        #expect(error != nil)
        #expect(error?.isTransient == true)
    }

    /// Buffers cut to what such a peer asks for could not hold the next frame.
    @Test(arguments: [UInt32(1), 100, 4_095])
    func aFrameSizeBelowTheProtocolsMinimumIsTakenForTheMinimum(_ size: UInt32) async throws {
        let broker = try FakeBroker { peer in
            try peer.handshake(frameMax: size)
            try peer.serve()
        }
        try await withConnection(broker.url) { connection in
            let publisher = connection.makePublisher()
            try await publisher.waitUntilReady()
            let large = OutgoingMessage(exchange: "", routingKey: "work", body: Array(repeating: 1, count: 50_000))
            #expect(try await publisher.publish([large], timeout: .zero) == [.unconfirmed])
            #expect(connection.isConnected)
        }
    }

    /// Each is well-formed and out of place.
    static let misplaced: [Frame] = [
        Frame(channel: 9, method: 0x003C_003C, Frame.short("t") + Frame.big(0, 8) + [0, 0, 0]),
        Frame(channel: 0, method: 0x003C_0050, Frame.big(0, 4) + Frame.big(1, 4) + [0]),
        Frame(channel: 1, method: 0x003C_0050, Frame.big(0, 4) + Frame.big(99, 4) + [1]),
        Frame(channel: 1, method: 0x003C_001E, Frame.short("t") + [0]),
        Frame(channel: 1, method: 0x0055_000B),
        Frame(channel: 1, method: 0x000A_0033),
        Frame(channel: 0, method: 0x0014_000B, Frame.big(0, 4)),
        Frame(channel: 1, method: 0xFFFF_FFFF),
        Frame(type: 1, channel: 1, payload: []),
        Frame(type: 1, channel: 1, payload: [0, 60]),
        Frame(type: 2, channel: 1, payload: Frame.big(0x003C_0000, 4) + Frame.big(0, 8) + [0, 0]),
        Frame(type: 2, channel: 1, payload: [0, 60]),
        Frame(type: 2, channel: 77, payload: Frame.big(0x003C_0000, 4) + Frame.big(0, 8) + [0, 0]),
        Frame(type: 3, channel: 1, payload: [1, 2, 3]),
        Frame(type: 3, channel: 0, payload: []),
        Frame(channel: 0, method: 0x000A_0032, Frame.big(320, 2) + Frame.short("bye") + Frame.big(0, 4)),
    ]

    @Test(arguments: misplaced.indices) func aMisplacedFrameEndsTheConnectionAndNotTheProcess(_ index: Int) async throws
    {
        let broker = try FakeBroker { peer in
            try peer.handshake()
            try peer.serve(until: Frame.confirmSelect)
            try peer.send(Frame(channel: 1, method: 0x0055_000B))
            try peer.send(Self.misplaced[index])
            try peer.waitForEnd()
        }
        try await withConnection(broker.url) { connection in
            let publisher = connection.makePublisher()
            let error = await connection.nextFailure()
            #expect(error?.isTransient == true)
            #expect(!publisher.isReady)
        }
    }

    @Test func aBodyLargerThanAnnouncedIsAnError() async throws {
        let broker = try FakeBroker { peer in
            try peer.handshake()
            try peer.serve(until: Frame.consume)
            try peer.send(
                Frame(channel: 1, method: 0x003C_0015, Frame.short("t")),
                Frame(
                    channel: 1,
                    method: 0x003C_003C,
                    Frame.short("t") + Frame.big(0, 4) + Frame.big(1, 4) + [0, 0, 0]
                ),
                Frame(
                    type: 2,
                    channel: 1,
                    payload: Frame.big(0x003C_0000, 4) + Frame.big(0, 4) + Frame.big(2, 4) + [0, 0]
                ),
                Frame(type: 3, channel: 1, payload: [1, 2, 3])
            )
            try peer.waitForEnd()
        }
        try await withConnection(broker.url) { connection in
            _ = connection.makeConsumer(queue: "work", prefetch: 1)
            #expect(await connection.nextFailure()?.kind == .protocolViolation)
        }
    }

    /// It says nothing as long as the test lasts: who did not give it up would wait until the limit.
    @Test(.timeLimit(.minutes(2)))
    func aSilentBrokerIsGivenUp() async throws {
        let broker = try FakeBroker { peer in
            try peer.handshake(heartbeat: 1)
            try peer.waitForEnd()
        }
        try await withConnection(broker.url + "?heartbeat=1") { connection in
            #expect(await connection.nextFailure()?.kind == .connection)
        }
    }

    @Test func aBrokerThatNeverAnswersTheLoginIsGivenUp() async throws {
        let broker = try FakeBroker { try $0.waitForEnd() }
        let error = try await withConnection(broker.url + "?connection_timeout=300") { await $0.nextFailure() }
        #expect(error?.during == "log in to 127.0.0.1:\(broker.port)")
    }

    @Test func messagesWithoutAConfirmAreUnconfirmedAfterTheTimeout() async throws {
        let broker = try FakeBroker { peer in
            try peer.handshake()
            try peer.serve()
        }
        try await withConnection(broker.url) { connection in
            let publisher = connection.makePublisher()
            try await publisher.waitUntilReady()
            let outcomes = try await publisher.publish(messages(1...3), timeout: .milliseconds(200))
            #expect(outcomes == [.unconfirmed, .unconfirmed, .unconfirmed])
        }
    }

    @Test func nothingIsPublishedWhileTheBrokerBlocks() async throws {
        let broker = try FakeBroker { peer in
            try peer.handshake()
            try peer.serve(until: Frame.confirmSelect)
            try peer.send(Frame(channel: 1, method: 0x0055_000B), .blocked("low on memory"))
            // An opened channel is the test's sign to go on.
            try peer.serve(until: Frame.channelOpen)
            try peer.send(.unblocked)
            try peer.serve()
        }
        try await withConnection(broker.url) { connection in
            var events = connection.events().makeAsyncIterator()
            let publisher = connection.makePublisher()
            guard case .connected = await events.next() else { throw TimedOut(waitingFor: "connection") }
            guard case .blocked(let reason) = await events.next() else { throw TimedOut(waitingFor: "block") }
            #expect(reason == "low on memory")
            #expect(connection.isBlocked)
            #expect(!publisher.isReady)
            // The block may be known before the channel is.
            try await eventually("refusal that names the block") {
                do {
                    _ = try await publisher.publish(messages(1...1))
                    return false
                } catch let error as AMQPError {
                    return error.text.contains("low on memory")
                }
            }
            let asking = Task { try await connection.messageCount(queue: "work") }
            guard case .unblocked = await events.next() else { throw TimedOut(waitingFor: "end of the block") }
            try await publisher.waitUntilReady()
            asking.cancel()
        }
    }
}
