import ArgumentParser
import Bootstrap
import Foundation
import JobEngine
import Mail
import MailTemplates

/// `workers mails`
struct Mails: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mails",
        abstract: "Shows what the mails look like.",
        subcommands: [Preview.self]
    )

    /// `workers mails preview DIRECTORY`
    struct Preview: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes every mail with sample data, as .eml and .html; sends nothing and needs no settings.",
            discussion: """
                Each mail comes twice: with facts as they are, and (…-hostile) with what nobody wishes for in the place of
                all that people type. Files of an earlier preview are replaced.
                """
        )

        @Argument(help: "Where the files go; made if it does not exist.") var directory: String

        func run() async throws {
            let folder = URL(filePath: directory, directoryHint: .isDirectory)
            let samples = try SampleMails.all()
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                for sample in samples {
                    try Self.write(sample, to: folder)
                }
            } catch let error as CocoaError {
                let words = "expected a directory that takes files, got: \(error.localizedDescription)"
                FileHandle.standardError.write(Data("workers: \(words)\n".utf8))
                throw ArgumentParser.ExitCode(Bootstrap.ExitCode.usage.rawValue)
            }
            print("\(samples.count) mails, as .eml and .html, in \(folder.path)")
        }

        private static func write(_ sample: SampleMails.Sample, to folder: URL) throws {
            let content = try sample.mail.content()
            let file = folder.appending(path: sample.description)
            try Data(content.html.utf8).write(to: file.appendingPathExtension("html"))
            try Data(message(content).bytes()).write(to: file.appendingPathExtension("eml"))
        }

        /// The same at every call, so that two previews can be compared.
        private static func message(_ content: MailContent) throws -> MailMessage {
            let envelope = MailEnvelope(
                sender: try MailAddress(address: "ne-pas-repondre@example.test", name: MailEnvelope.senderName),
                replyTo: nil,
                domain: "example.test"
            )
            return try envelope.message(
                content,
                to: try MailAddress(address: "destinataire@example.test"),
                attachment: nil,
                job: JobID(UUID(uuid: (1, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0))),
                date: SampleMails.instant
            )
        }
    }
}
