import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Promises 2 and 9: the broker goes away, or forgets")
struct BrokerTroubleTests {
    @Test func intakeTakesJobsWhileTheBrokerIsDownAndAllDrainsAfterwards() async throws {
        try await PromiseWorld.run(pupils: 100) { world in
            let (proxy, url) = try TCPProxy.between(world.servers.brokerURL)
            defer { proxy.close() }
            let intake = try await world.startIntake(["RELAIS_BROKER_URL": url])
            let workers = try await world.startWorkers(["RELAIS_BROKER_URL": url])
            #expect(try await intake.enqueueNotice(1001).status == 202)
            try await world.waitUntilAllEnded(1)
            let clock = ContinuousClock()
            let began = clock.now
            proxy.refuse()
            for program in [workers, intake.program] {
                try await eventually("the program to miss the broker") { !program.complaints("Broker ").isEmpty }
            }
            for application in 1002...1100 {
                let answer = try await intake.enqueueNotice(application)
                #expect(answer.status == 202)
            }
            // The broker stays away for as long as it takes the workers to go without it.
            try await world.waitUntilAllEnded(2)
            proxy.restore()
            try await world.waitUntilAllEnded(100)
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

    @Test(.timeLimit(.minutes(15))) func aBrokerThatComesBackEmptyIsFilledAgain() async throws {
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
            try world.holdMails(after: 40)
            let producer = try await world.startProducer()
            let workers = try await world.startWorkers()
            try await world.enqueueNotices()
            try await world.waitForMails(40)
            try await world.waitUntilHeld()
            try await eventually("the broker to hold most of them") {
                try await world.count("SELECT count(*) FROM relais.job WHERE state = 'dispatched'") > 400
            }
            // Some more flow, so that the loss meets a consumer that consumes; most are still to come all the same.
            try world.holdMails(after: 100)
            try await world.waitForMails(60)
            try await loss(world)
            try world.mail.setRules([])
            try await world.waitUntilAllEnded(500)
            try await world.expectEachNoticeOnce(500)
            let codes = [await workers.stop(), await producer.stop()]
            #expect(codes == [0, 0])
        }
    }
}
