import AMQP
import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Messages that no relay sent")
struct ForeignMessageTests {
    private static func bodies(of id: JobID, in otherQueue: JobID) -> [[UInt8]] {
        let unknown = UUID().uuidString.lowercased()
        return [
            [],
            [0x00, 0xFF, 0xFE, 0x80],
            Array("no JSON".utf8),
            Array(#"{"id":"not an id","kind":"test.work","batch":1}"#.utf8),
            Array(#"{"id":"\#(unknown)","kind":"test.work","batch":1}"#.utf8),
            Array(#"{"id":"\#(unknown)","kind":"test\u0000work","batch":1}"#.utf8),
            Array(#"{"id":"\#(unknown)","kind":"test.work","batch":99999999999999999999}"#.utf8),
            Array(repeating: UInt8(ascii: "["), count: 100_000),
            JobMessage(id: id, kind: "test.brief", batch: 1).body,
            JobMessage(id: otherQueue, kind: "test.urgent", batch: 1).body,
        ]
    }

    @Test func goToTheDeadLetterQueueAndTheirQueueGoesOn() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer()
            let later = Date(timeIntervalSinceNow: 3600)
            let known = try await world.enqueue(Work(), runAt: later)
            let elsewhere = try await world.enqueue(Urgent(), runAt: later)
            let bodies = Self.bodies(of: known, in: elsewhere)
            try await producer.publish(bodies, to: "work")
            try await world.enqueue(20, of: Work.self)
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.waitUntil(20, are: .done)
            try await eventually("the dead letters") {
                try await producer.messages(in: BrokerTopology.deadLetterQueue) == bodies.count
            }
            let untouched = try await world.count(
                "SELECT count(*) FROM relais.job WHERE state = 'pending' AND attempt = 0"
            )
            #expect(untouched == 2)
        }
    }

    @Test(arguments: [
        "", "null", "[]", "{}", #"{"id":"x","kind":"a.b","batch":1}"#,
        #"{"id":"0197a1de-0000-7000-8000-000000000000","kind":"","batch":1}"#,
        #"{"id":"0197a1de-0000-7000-8000-000000000000","kind":"A.B","batch":1}"#,
        #"{"id":"0197a1de-0000-7000-8000-000000000000","kind":"a b","batch":1}"#,
        #"{"id":"0197a1de-0000-7000-8000-000000000000","kind":"a\u0000.b","batch":1}"#,
        #"{"id":"0197a1de-0000-7000-8000-000000000000","kind":"a.b","batch":"1"}"#,
        #"{"id":"0197a1de-0000-7000-8000-000000000000","kind":"a.b","batch":1.5}"#,
        #"{"id":"0197a1de-0000-7000-8000-000000000000","kind":"a.b","batch":9223372036854775808}"#,
        #"{"id":"0197a1de-0000-7000-8000-000000000000","kind":"a.b"}"#,
    ])
    func areNotReadAsJobs(_ text: String) {
        #expect(JobMessage(body: Array(text.utf8)) == nil)
    }

    @Test func tooLongOrNoTextAtAllAreNotReadAsJobs() {
        #expect(JobMessage(body: [0xC3, 0x28, 0xFF]) == nil)
        let padding = String(repeating: " ", count: 5000)
        let id = UUID().uuidString
        #expect(JobMessage(body: Array((#"{"id":"\#(id)","kind":"a.b","batch":1}"# + padding).utf8)) == nil)
    }

    @Test func ownMessageIsReadAsItWasWritten() {
        let message = JobMessage(id: JobID(UUID()), kind: "export.offers-all", batch: .max)
        #expect(JobMessage(body: message.body) == message)
    }

    @Test func traceparentTravelsOnlyInItsShape() {
        let message = JobMessage(id: JobID(UUID()), kind: "a.b", batch: 1)
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        #expect(message.outgoing(to: "work", traceparent: good).headers == ["traceparent": good])
        for bad in ["", "x", String(repeating: "a", count: 40_000), good.uppercased(), good + "0"] {
            #expect(message.outgoing(to: "work", traceparent: bad).headers.isEmpty)
        }
    }
}
