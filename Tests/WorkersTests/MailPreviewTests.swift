import Foundation
import MailTemplates
import TestSupport
import Testing

@testable import workers

/// `workers mails preview`: every mail, as files.
@Suite struct MailPreviewTests {
    private func withDirectory(_ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "preview-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory)
    }

    @Test func everyMailIsWrittenAsItWouldBeSent() async throws {
        try await withDirectory { directory in
            let target = directory.appending(path: "deep/mails")
            // Nothing is set: a designer has no servers.
            let program = try await Program.workers(["mails", "preview", target.path], [:])
            #expect(program.status == 0 && program.errors == "", "\(program.errors)")
            let samples = try SampleMails.all()
            #expect(program.output.hasPrefix("\(samples.count) mails"))
            let names = samples.flatMap { ["\($0.description).eml", "\($0.description).html"] }
            #expect(Set(names).count == 2 * samples.count, "two samples have one name")
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: target.path)) == Set(names))
            for sample in samples {
                let file = target.appending(path: sample.description)
                let content = try sample.mail.content()
                let page = try String(contentsOf: file.appendingPathExtension("html"), encoding: .utf8)
                #expect(page == content.html)
            }
            let hostile = try await ReceivedMail.parse(target.appending(path: "rejected-long-hostile.eml"))
            #expect(hostile.defects == [] && !hostile.hasBareLineEnds && hostile.isASCII)
            #expect(hostile.headers["subject"] == "Une de vos candidatures n'a pas été retenue")
            #expect(!hostile.names.contains { $0.lowercased() == "bcc" })
            let content = try #require(samples.first { $0.description == "rejected-long-hostile" }).mail.content()
            #expect(hostile.text == content.text && hostile.html == content.html)
            // A second preview replaces the first, byte by byte the same.
            let before = try Data(contentsOf: target.appending(path: "reminder.eml"))
            #expect(try await Program.workers(["mails", "preview", target.path], [:]).status == 0)
            #expect(try Data(contentsOf: target.appending(path: "reminder.eml")) == before)
        }
    }

    @Test func aPlaceThatTakesNoFilesIsNamed() async throws {
        try await withDirectory { directory in
            try Data().write(to: directory)
            let program = try await Program.workers(["mails", "preview", directory.path], [:])
            #expect(program.status == 64 && program.errors.contains("expected a directory that takes files"))
            let none = try await Program.workers(["mails", "preview"], [:])
            #expect(none.status == 64 && none.errors.contains("directory"))
        }
    }
}
