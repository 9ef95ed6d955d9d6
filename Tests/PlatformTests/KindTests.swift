import Foundation
import JobEngine
import Platform
import Testing

@Suite struct KindTests {
    @Test func everyKindHasAQueueAndANameOfItsOwn() {
        let catalogue = PlatformCatalogue.jobs
        let queues = Set(catalogue.queues.map(\.name))
        #expect(queues.count == catalogue.queues.count)
        #expect(Set(catalogue.kindNames).count == catalogue.kinds.count)
        for kind in catalogue.kinds {
            #expect(queues.contains(kind.definition.queue), "\(kind.definition.name) stands in no known queue")
        }
        for queue in queues {
            #expect(catalogue.kinds.contains { $0.definition.queue == queue }, "\(queue) has no kind: nothing fills it")
        }
    }

    /// A client that gives up sooner than RFC 5321 allows sends twice what the server had accepted.
    @Test(arguments: [
        "account.activation", "account.password-reset", "application.submitted-notice", "application.decision-notice",
        "application.expired-notice", "application.reminder", "export.offers", "export.offer-statistics",
        "export.schools", "export.associations", "export.resend", "export.not-prepared-notice",
    ])
    func aMailHasTheTimeToBeAnswered(_ name: String) throws {
        let kind = try #require(PlatformCatalogue.jobs.arguments(of: name))
        #expect(kind.definition.runLimit > .seconds(10 * 60))
        #expect(kind.definition.maxFailures <= 8)
    }

    @Test(arguments: [
        (#"{"account_id": 7}"#, true), (#"{"identifier": "ana@example.test"}"#, true),
        (#"{"account_id": 7, "identifier": null}"#, true),
        (#"{"account_id": 7, "identifier": "ana@example.test"}"#, false), ("{}", false),
        (#"{"account_id": null}"#, false), (#"{"account_id": 0}"#, false), (#"{"identifier": ""}"#, false),
        (#"{"identifier": "a\nb"}"#, false), (#"{"account_id": 7, "name": "Ana"}"#, false),
        (#"{"identifier": "\tana@example.test\u00a0\r\n"}"#, true), (#"{"identifier": "\u200b\ta\tb"}"#, false),
    ])
    func anAccountIsNamedInExactlyOneWay(_ json: String, _ isRight: Bool) throws {
        let arguments = try JSONDecoder().decode([String: JSONValue].self, from: Data(json.utf8))
        #expect(AccountActivation.faults(in: arguments).isEmpty == isRight)
        #expect(PasswordReset.faults(in: arguments).isEmpty == isRight)
    }

    @Test func aFaultNeverRepeatsTheAddress() throws {
        let faults = AccountActivation.faults(in: [
            "account_id": .string("ana@example.test"), "identifier": .array([.string("ana@example.test")]),
        ])
        #expect(faults.count == 2)
        #expect(!"\(faults)".contains("ana"))
    }

    @Test(arguments: [
        #"{"school_year": 2021}"#, #"{"school_year": 2018}"#, #"{"school_year": 0}"#, #"{}"#,
        #"{"school_year": 2021, "department": "20"}"#, #"{"school_year": 2021, "academy": "Paris"}"#,
        #"{"school_year": 2021, "track": "cm2"}"#, #"{"school_year": 2021, "format": "pdf"}"#,
        #"{"school_year": 2021, "department": null, "academy": "Académie de Paris", "is_public": false}"#,
        #"{"school_year": 2021, "department": "2A", "track": "troisieme_segpa", "ministry": 3, "format": "csv"}"#,
    ])
    func intakeAndWorkerAgreeOnWhatAnExportMayBe(_ json: String) throws {
        var arguments = try JSONDecoder().decode([String: JSONValue].self, from: Data(json.utf8))
        arguments["requested_by"] = .integer(5)
        let isAccepted = OffersExport.faults(in: arguments).isEmpty
        let export = try? JSONDecoder().decode(OffersExport.self, from: JSONEncoder().encode(arguments))
        #expect(isAccepted == (export != nil))
        if let export {
            // What a Swift caller enqueues must pass where an HTTP caller's arguments do.
            let encoded = try JSONDecoder().decode([String: JSONValue].self, from: JSONEncoder().encode(export))
            #expect(OffersExport.faults(in: encoded).isEmpty)
            let again = try JSONDecoder().decode(OffersExport.self, from: JSONEncoder().encode(encoded))
            #expect(again == export)
        }
    }

    /// What intake accepts the worker can read, and what the worker writes intake accepts.
    @Test(arguments: [
        ("export.offer-statistics", #"{"dimension": "group", "department": "2A", "track": "troisieme_segpa"}"#, true),
        ("export.offer-statistics", #"{"dimension": null, "format": "csv"}"#, true),
        ("export.offer-statistics", #"{"dimension": "city"}"#, false),
        ("export.schools", #"{"registered": "false", "department": "75"}"#, true),
        ("export.schools", "{}", true), ("export.schools", #"{"registered": "no"}"#, false),
        ("export.schools", #"{"academy": "Académie de Paris"}"#, false),
        ("export.associations", #"{"format": "csv"}"#, true), ("export.associations", #"{"format": "ods"}"#, false),
    ])
    func intakeAndWorkerAgreeOnTheOtherExports(_ name: String, _ json: String, _ isRight: Bool) throws {
        let kind = try #require(PlatformCatalogue.jobs.arguments(of: name) as? any ExportArguments.Type)
        var arguments = try JSONDecoder().decode([String: JSONValue].self, from: Data(json.utf8))
        arguments["requested_by"] = .integer(5)
        #expect(!kind.faults(in: arguments).isEmpty, "a school year is required")
        arguments["school_year"] = .integer(2021)
        #expect(kind.faults(in: arguments).isEmpty == isRight)
        guard isRight else { return }
        try expectAgain(kind, arguments)
    }

    private func expectAgain<Export: ExportArguments>(_ kind: Export.Type, _ given: [String: JSONValue]) throws {
        let export = try JSONDecoder().decode(kind, from: JSONEncoder().encode(given))
        let encoded = try JSONDecoder().decode([String: JSONValue].self, from: JSONEncoder().encode(export))
        #expect(kind.faults(in: encoded).isEmpty)
        #expect(try JSONDecoder().decode(kind, from: JSONEncoder().encode(encoded)) == export)
        #expect(export.requestedBy == 5)
    }

    @Test(arguments: [
        (#"{"file_id": "0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70"}"#, true), (#"{"file_id": "0190b6a2"}"#, false),
        (#"{"file_id": 7}"#, false), ("{}", false),
    ])
    func aFileIsNamedByItsID(_ json: String, _ isRight: Bool) throws {
        let arguments = try JSONDecoder().decode([String: JSONValue].self, from: Data(json.utf8))
        #expect(ExportResend.faults(in: arguments).isEmpty == isRight)
        #expect(((try? JSONDecoder().decode(ExportResend.self, from: Data(json.utf8))) != nil) == isRight)
    }

    @Test func exportedFiltersStandBesideTheOtherArguments() throws {
        let json = #"{"school_year":2021,"department":"75","is_public":true,"requested_by":5}"#
        let export = try JSONDecoder().decode(OffersExport.self, from: Data(json.utf8))
        #expect(export.filter.department?.name == "Paris")
        #expect(export.filter.isPublic == true)
        #expect(export.format == .xlsx)
        #expect(export.requestedBy == 5)
    }

    @Test func absentArgumentsOfASweepMeanNoAndAll() throws {
        #expect(try JSONDecoder().decode(ExpirySweep.self, from: Data("{}".utf8)) == ExpirySweep())
        let sweep = try JSONDecoder().decode(ExpirySweep.self, from: Data(#"{"dry_run":true,"limit":10}"#.utf8))
        #expect(sweep == ExpirySweep(dryRun: true, limit: 10))
    }
}
