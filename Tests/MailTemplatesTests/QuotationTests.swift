import Foundation
import MailTemplates
import Testing

/// What a person wrote, as a mail shows it.
@Suite struct QuotationTests {
    private func mail(_ message: String) -> DecisionMail {
        DecisionMail(
            decision: .approved,
            firstName: "Zoé",
            offerTitle: "Stage",
            employerName: "Atelier",
            message: Quotation(message)
        )
    }

    @Test(arguments: [
        ("a\r\nb\n\nc", ["a", "b", "", "c"]), ("\n \n a  b \r\n\t\n", ["a b"]), ("a\u{2028}b\u{85}c", ["a", "b", "c"]),
        ("a\u{0}b\u{202E}c", ["a bc"]),
    ])
    func lineBreaksAreKeptAndWhatShowsNothingIsNot(_ text: String, _ lines: [String]) {
        #expect(Quotation(text)?.lines == lines)
    }

    @Test(arguments: [nil, "", " \r\n\t\n", "\u{200B}\u{202E}"]) func nothingIsNotQuoted(_ text: String?) {
        #expect(Quotation(text) == nil)
    }

    /// By characters, as their writer counts them.
    @Test(arguments: ["a", "é", "e\u{301}", "👩🏽"])
    func twoThousandCharactersAreShownAndNoMore(_ character: String) throws {
        let whole = try #require(Quotation(String(repeating: character, count: 2000)))
        #expect(whole.lines.map(\.count) == [2000] && !whole.isShortened)
        let more = try #require(Quotation(String(repeating: character, count: 2001)))
        #expect(more.lines.map(\.count) == [2000] && more.isShortened)
        #expect(more.lines.first?.hasSuffix("…") == true)
    }

    /// One character of a million marks would be a mail of megabytes.
    @Test func marksWithoutEndEnd() throws {
        let quotation = try #require(Quotation("a" + String(repeating: "\u{301}", count: 1_000_000)))
        #expect(quotation.isShortened)
        #expect(try mail("a" + String(repeating: "\u{301}", count: 1_000_000)).content().html.utf8.count < 50_000)
    }

    @Test func lineBreaksCountAsCharacters() throws {
        let quotation = try #require(Quotation("a" + String(repeating: "\n", count: 5000) + "b"))
        #expect(quotation.lines.count <= 2000 && quotation.isShortened)
    }

    /// A writer could otherwise end the mail in our name.
    @Test func somebodysWordsCannotPassForOurs() throws {
        let content = try mail("Merci.\n\nL'équipe Mon stage de 3e\r\n> <b>gras</b>\n.\nSubject: x").content()
        let lines = content.text.split(separator: "\n", omittingEmptySubsequences: false)
        let quoted = lines.filter { $0.hasPrefix(">") }
        #expect(quoted == ["> Merci.", ">", "> L'équipe Mon stage de 3e", "> > <b>gras</b>", "> .", "> Subject: x"])
        #expect(!lines.contains { $0.hasPrefix("Subject") || $0 == "." })
        #expect(content.html.contains("<blockquote><p>Merci.<br><br>L&#39;équipe"))
        #expect(content.html.contains("<br>&gt; &lt;b&gt;gras&lt;/b&gt;<br>.<br>Subject: x</p></blockquote>"))
    }

    @Test func aWordWithoutEndIsBrokenAndALinkIsNot() throws {
        let link = "https://atelier.example/" + String(repeating: "b", count: 100)
        let text = try mail("Voir " + String(repeating: "a", count: 150) + " et\n\(link)").content().text
        let quoted = text.split(separator: "\n").filter { $0.hasPrefix(">") }
        let full = "> " + String(repeating: "a", count: 70)
        #expect(quoted == ["> Voir", full[...], full[...], "> aaaaaaaaaa et", "> \(link)"])
    }

    @Test func aShortenedMessageSaysSo() throws {
        let long = try mail(String(repeating: "Bonjour. ", count: 300)).content()
        #expect(long.text.contains("lisez-le en entier"))
        #expect(try !mail("Bonjour.").content().text.contains("lisez-le en entier"))
    }
}
