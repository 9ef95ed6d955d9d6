import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Promises 2 and 9: the broker goes away, or forgets")
struct BrokerTroubleTests {
    /// 500 notices, slowed so that something can happen in their middle.
    private static let slowly: [ScriptedSMTPServer.Rule] = [.init("accepted", delay: 100)]

    @Test func intakeTakesJobsWhileTheBrokerIsDownAndAllDrainsAfterwards() async throws {
        try await PromiseWorld.run(pupils: 100) { world in
            let (proxy, url) = try TCPProxy.between(world.servers.brokerURL)
            defer { proxy.close() }
            let intake = try await world.startIntake(["RELAIS_BROKER_URL": url])
            let workers = try await world.startWorkers(["RELAIS_BROKER_URL": url])
            #expect(try await intake.enqueueNotice(1001).status == 202)
            try await world.waitUntilAllEnded(1)
            proxy.refuse()
            let clock = ContinuousClock()
            let began = clock.now
            for application in 1002...1100 {
                let answer = try await intake.enqueueNotice(application)
                #expect(answer.status == 202)
                try await Task.sleep(for: .milliseconds(100))
            }
            proxy.restore()
            try await world.waitUntilAllEnded(100, within: .seconds(60))
            try await world.expectEachNoticeOnce(100)
            let spans = 1 + Int((clock.now - began) / .seconds(10))
            for program in [workers, intake.program] {
                let lines = program.complaints("Broker ")
                #expect((1...spans + 1).contains(lines.count), "\(lines.joined(separator: "\n"))")
                #expect(!program.hasEnded)
            }
        }
    }

    @Test func aPurgedQueueIsFilledAgain() async throws {
        try await losing { world in
            try await world.servers.host?.purgeQueue("notice")
        }
    }

    @Test func aDeletedQueueIsDeclaredAndFilledAgain() async throws {
        try await losing { world in
            try await world.servers.host?.deleteQueue("notice")
        }
    }

    @Test(.timeLimit(.minutes(4))) func aBrokerThatComesBackEmptyIsFilledAgain() async throws {
        try await losing(own: .rabbitmq) { world in
            let stack = try #require(world.servers.stack)
            try await stack.run("kill", "rabbitmq")
            try FileManager.default.removeItem(at: stack.directory.appending(path: "rabbitmq/data"))
            try await stack.run("start", "rabbitmq")
        }
    }

    /// Does something in the middle of 500 jobs that makes the broker forget those that it holds.
    private func losing(
        own: PromiseServers.Own = .nothing,
        _ loss: (PromiseWorld) async throws -> Void
    ) async throws {
        try await PromiseWorld.run(pupils: 500, own: own) { world in
            try world.mail.setRules(Self.slowly)
            let producer = try await world.startProducer()
            let workers = try await world.startWorkers()
            try await world.enqueueNotices()
            try await world.waitForMails(40)
            let waiting = try await world.count("SELECT count(*) FROM relais.job WHERE state = 'dispatched'")
            #expect(waiting > 50, "the broker must hold messages for this test to mean anything")
            try await loss(world)
            try world.mail.setRules([])
            try await world.waitUntilAllEnded(500, within: .seconds(120))
            try await world.expectEachNoticeOnce(500)
            let codes = [await workers.stop(), await producer.stop()]
            #expect(codes == [0, 0])
        }
    }
}
