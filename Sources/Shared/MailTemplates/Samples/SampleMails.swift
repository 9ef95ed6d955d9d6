package import Foundation
import Platform

/// Every mail in every variant, for whoever wants to look at them (`workers mails preview`) and for the tests: once with
/// facts as they are, and once with what nobody wishes for in the place of everything that people type.
package enum SampleMails {
    package struct Sample: Sendable, CustomStringConvertible {
        /// Words joined by hyphens: also the name of its files.
        package let description: String
        package let mail: any MailTemplate
        /// All that the mail leads to.
        package let links: [String]
        package let isHostile: Bool
    }

    package static let hostile = "<script>alert(\"1\")</script> & 'Zoé'\r\nBcc: x@example.test\u{202E}"
    /// As hostile as a text that is greeted can be.
    private static let hostileName = "<script>alert(\"1\")</script> & 'Zoé'\u{202E}"
    /// When the samples are written.
    package static let instant = Date(timeIntervalSince1970: 1_638_277_500)

    /// - Throws: ``Fault`` when a sample is wrong.
    package static func all() throws -> [Sample] {
        try sorts.flatMap { words, isHostile in try samples(words, isHostile: isHostile) }
    }

    /// The mails that greet their reader by his first name.
    /// - Throws: ``Fault`` when a sample is wrong.
    package static func all(firstName: String) throws -> [Sample] {
        let words = Words(
            firstName: firstName,
            pupilName: "Zoé Martin",
            title: "Stage",
            employer: "Atelier",
            ministry: "Ministère",
            email: "zoe.martin@example.test"
        )
        return try samples(words, isHostile: false).filter { !$0.description.hasPrefix("welcome") }
    }

    private static func samples(_ words: Words, isHostile: Bool) throws -> [Sample] {
        try mails(words).map { name, mail, links in
            Sample(description: isHostile ? "\(name)-hostile" : name, mail: mail, links: links, isHostile: isHostile)
        }
    }

    /// A sample that is none.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    typealias Variant = (name: String, mail: any MailTemplate, links: [String])

    /// What people type.
    struct Words {
        let firstName: String
        let pupilName: String
        let title: String
        let employer: String
        let ministry: String
        let email: String
    }

    private static let sorts = [
        (
            Words(
                firstName: "Zoé",
                pupilName: "Zoé Martin",
                title: "Découverte de l'atelier : bois & métal",
                employer: "Ébénisterie Lefèvre & fils",
                ministry: "Ministère de l'Économie",
                email: "camille.verdier@example.test"
            ), false
        ),
        (
            Words(
                firstName: hostileName,
                pupilName: hostile,
                title: hostile,
                employer: hostile,
                ministry: hostile,
                email: hostile
            ), true
        ),
    ]

    private static func mails(_ words: Words) throws -> [Variant] {
        try accountMails(words) + applicationMails(words) + exportMails(words)
    }

    static func url(_ text: String) throws -> URL {
        guard let url = URL(string: text) else { throw Fault(description: "expected a URL, got \(text)") }
        return url
    }

    /// The school year of the samples.
    static func schoolYear() throws -> SchoolYear {
        guard let year = SchoolYear(startingIn: 2021) else { throw Fault(description: "expected 2021 to be known") }
        return year
    }

    private static func accountMails(_ words: Words) throws -> [Variant] {
        let page = "https://www.example.test/inscription?type=referent&annee=2021"
        let token = "https://www.example.test/compte/activation?jeton=" + String(repeating: "aB3-_", count: 9)
        guard let department = Department(code: "2A") else { throw Fault(description: "expected 2A to be known") }
        func welcome(_ role: ReferentWelcomeMail.Role, _ page: String?) throws -> ReferentWelcomeMail {
            ReferentWelcomeMail(
                role: role,
                email: words.email,
                schoolYear: try schoolYear(),
                signUp: try page.map(url)
            )
        }
        return [
            ("activation", ActivationMail(firstName: words.firstName, link: try url(token)), [token]),
            ("password-reset", PasswordResetMail(firstName: words.firstName, link: try url(token)), [token]),
            ("welcome-central", try welcome(.central(ministry: words.ministry), page), [page]),
            ("welcome-departmental", try welcome(.departmental(department), page), [page]),
            ("welcome-no-page", try welcome(.central(ministry: words.title), nil), []),
        ]
    }
}
