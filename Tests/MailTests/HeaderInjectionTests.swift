import Foundation
import Mail
import Testing

/// A value that would add a header, end the headers or add a recipient cannot be made.
@Suite struct HeaderInjectionTests {
    private static let breaks = [
        "\r\nBcc: x@x.example", "\nBcc: x", "\r", "\u{0}", "\u{B}", "\u{85}", "\u{2028}", "\u{1B}[2J",
    ]

    @Test(arguments: breaks) func noTextOfAHeaderMayBreakTheLine(_ evil: String) throws {
        #expect(throws: MailFieldError.self) { try HeaderText("Bonjour" + evil) }
        #expect(throws: MailFieldError.self) { try MailAddress(address: "a@b.example", name: "Nom" + evil) }
        #expect(throws: MailFieldError.self) { try MailAddress(address: "a\(evil)@b.example") }
        #expect(throws: MailFieldError.self) { try MailAddress(address: "a@b.example" + evil) }
        #expect(throws: MailFieldError.self) { try MessageID(local: "id" + evil, domain: "b.example") }
        let file = URL(filePath: "/nowhere")
        #expect(throws: MailFieldError.self) { try Attachment(file: file, filename: "a" + evil, contentType: "a/b") }
        #expect(throws: MailFieldError.self) { try Attachment(file: file, filename: "a", contentType: "a/b" + evil) }
        #expect(throws: MailFieldError.self) { try SMTPConfiguration(url: "smtp://h:25", heloName: "h" + evil) }
        #expect(throws: MailFieldError.self) { try SMTPConfiguration(url: "smtp://h:25" + evil, heloName: "h") }
    }

    @Test(arguments: [
        "", "a", "@b.example", "a@", "a@b@c.example", "a b@c.example", "<a@b.example>", "a@b.example,c@d.example",
        "é@b.example", "a@bé\u{0}x.example", "a@b\u{2028}é.example", "a@b\u{FF20}é.example", "a@é\u{FF0F}.example",
        "a..b@c.example", ".a@c.example", "a@-b.example", "a@[127.0.0.1]",
        "a@b..example", "a@é..example", "a@\(String(repeating: "é", count: 63)).example",
        "a@b.example ORCPT=x", String(repeating: "a", count: 65) + "@b.example",
    ])
    func whatIsNoSingleAddressIsRefusedWithoutQuotingIt(_ address: String) throws {
        let error = try #require(throws: MailFieldError.self) { try MailAddress(address: address) }
        #expect(address.count < 3 || !error.description.contains(address))
    }

    @Test(arguments: ["a@b.example", "o'brien+stage@sous.domaine.example", "A.B@localhost", "x@xn--bcher-kva.example"])
    func ordinaryAddressesAreTaken(_ address: String) throws {
        #expect(try MailAddress(address: address).address == address)
    }

    /// Vectors as other programs convert them (IDNA 2008; `ß` is a letter of its own and not `ss`).
    @Test(arguments: [
        ("camille@collège.example", "camille@xn--collge-6ua.example"),
        ("Camille@COLLÈGE.Example", "Camille@xn--collge-6ua.example"),
        ("camille@colle\u{300}ge.example", "camille@xn--collge-6ua.example"),
        ("a@bücher.example", "a@xn--bcher-kva.example"), ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@教育\u{3002}example", "a@xn--wcvs22d.example"), ("a@sous.été.example", "a@sous.xn--t-9fab.example"),
    ])
    func anInternationalisedDomainIsWrittenInASCII(_ address: String, _ ascii: String) throws {
        #expect(try MailAddress(address: address).address == ascii)
    }

    @Test(arguments: [
        ("smtp://mail.test", "smtp://mail.test:587"), ("smtps://mail.test/", "smtps://mail.test:465"),
        ("smtp://[::1]", "smtp://[::1]:587"), ("smtp://[::1]:25", "smtp://[::1]:25"),
    ])
    func theServersPortIsCompleted(_ given: String, _ completed: String) throws {
        #expect(try SMTPConfiguration(url: given, heloName: "relais.test").url == completed)
    }

    @Test(arguments: ["mail.test", "http://mail.test", "smtp://", "smtp://u:p@mail.test", "smtp://mail.test/path"])
    func aWrongServerIsRefused(_ url: String) {
        #expect(throws: MailFieldError.self) { try SMTPConfiguration(url: url, heloName: "relais.test") }
    }
}
