import Foundation
import MailTemplates
import Platform
import Testing

@Suite struct MailTests {
    static let samples: [SampleMails.Sample] = (try? SampleMails.all()) ?? []

    @Test func everyVariantIsSampled() throws {
        #expect(try SampleMails.all().count == 56)
    }

    /// The subjects that the platform announces, word for word.
    @Test func subjectsAreThoseThatWereAgreed() {
        #expect(
            Set(Self.samples.map(\.mail.subject)) == [
                "Plus qu'une étape pour activer votre compte", "Réinitialisation de votre mot de passe",
                "Ouverture de votre accès référent départemental", "Ouverture de votre accès référent central",
                "Une candidature vous attend, veuillez y répondre", "Une de vos candidatures a été acceptée",
                "Une de vos candidatures n'a pas été retenue", "Une convention de stage à remplir vous attend",
                "Candidatures en attente, veuillez y répondre", "Des candidatures ont expiré sans votre réponse",
                "Une de vos candidatures a expiré sans réponse", "Votre export des offres de stage est prêt",
                "Votre export n'a pas pu être préparé", "Vos statistiques des offres de stage sont prêtes",
                "Votre export des établissements est prêt", "Votre export des associations est prêt",
            ]
        )
    }

    @Test(arguments: samples) func aSubjectFitsOnAPhone(_ sample: SampleMails.Sample) {
        #expect((36...48).contains(sample.mail.subject.count))
    }

    @Test(arguments: samples) func bothPartsSayTheSame(_ sample: SampleMails.Sample) throws {
        let content = try sample.mail.content()
        // Somebody's words stand behind a mark.
        let text = Self.words(content.text.replacing(/\n> ?/, with: "\n"))
        let html = Self.words(Self.visibleText(content.html))
        for block in sample.mail.blocks {
            let pieces: [String] =
                switch block {
                case .paragraph(let paragraph): [paragraph]
                case .link(let label, let url): [label, url.absoluteString]
                case .facts(let facts): facts.flatMap { [$0.label, $0.value] }
                case .quotation(let quotation): quotation.lines.filter { !$0.isEmpty }
                }
            for piece in pieces {
                // Direction overrides are left out of both parts.
                let words = Self.words(piece.replacing("\u{202E}", with: ""))
                #expect(text.contains(words), "the text part lacks: \(words)")
                #expect(html.contains(words), "the HTML part lacks: \(words)")
            }
        }
        for link in sample.links {
            #expect(content.text.split(separator: "\n").contains(Substring(link)), "the link stands alone on its line")
            #expect(content.html.contains("href=\"\(link.replacing("&", with: "&amp;"))\""))
        }
    }

    @Test(arguments: samples) func nothingThatPeopleTypedIsMarkup(_ sample: SampleMails.Sample) throws {
        let content = try sample.mail.content()
        #expect(!content.html.contains("<script"))
        #expect(!content.text.contains("\r") && !content.text.contains("\nBcc:"))
        #expect(!(content.text + content.html).unicodeScalars.contains("\u{202E}"))
        if sample.isHostile { #expect(content.html.contains("&lt;script&gt;")) }
    }

    /// No picture, no script, no style sheet, no form: opening a mail must tell nobody anything.
    @Test(arguments: samples) func openingAMailLoadsNothing(_ sample: SampleMails.Sample) throws {
        let html = try sample.mail.content().html
        let tags = html.matches(of: /<([a-z0-9]+)/).map { String($0.output.1) }
        let allowed: Set = [
            "html", "head", "meta", "title", "style", "body", "div", "header", "main", "footer", "h1", "p", "a", "br",
            "dl", "dt", "dd", "blockquote",
        ]
        #expect(Set(tags).isSubset(of: allowed), "\(Set(tags).subtracting(allowed))")
        for word in ["src=", "url(", "@import", "@font-face", "background=", "srcset"] {
            #expect(!html.contains(word), "\(word) may load something")
        }
        #expect(!html.contains(/<[^>]* on[a-z]+=/), "an event attribute runs a script")
        let links = Set(html.matches(of: /https?:[^"<\s]+/).map { String($0.output).replacing("&amp;", with: "&") })
        #expect(links == Set(sample.links))
    }

    @Test(arguments: samples) func spacesAreThoseOfFrench(_ sample: SampleMails.Sample) throws {
        let content = try sample.mail.content()
        for part in [content.text, Self.visibleText(content.html)] {
            #expect(!part.contains(/[ \n][:;?!»]/), "a plain space stands before a double sign")
            #expect(!part.contains(/«[ \n]/))
            #expect(!part.contains(/stage de[ \n]3e/), "the service's name is not broken")
            if !sample.isHostile {
                #expect(!part.contains(/\p{L}[:;?!»](?:\s|$)/), "a space is missing before a double sign")
                #expect(!part.contains("’"), "apostrophes are straight, as in the subjects")
                #expect(!part.contains(/[0-9] (?:jours|heures|offres|lignes|établissements|h)\b/))
            }
        }
    }

    @Test(arguments: samples) func linesOfTextAreShort(_ sample: SampleMails.Sample) throws {
        for line in try sample.mail.content().text.split(separator: "\n") where !line.hasPrefix("https://") {
            #expect(line.count <= 72, "\(line)")
            #expect(line == line.trimmingPrefix(" "))
        }
    }

    @Test(arguments: samples) func thePageIsReadAloudInOrder(_ sample: SampleMails.Sample) throws {
        let html = try sample.mail.content().html
        #expect(html.hasPrefix("<!doctype html>\n<html lang=\"fr\">"))
        #expect(html.matches(of: /<h1>/).count == 1 && html.matches(of: /<main>/).count == 1)
        #expect(!html.contains("{{"))
        #expect(!html.contains("Optional("))
        #expect(html.matches(of: /<dt>/).count == html.matches(of: /<dd>/).count)
        // A width in pixels would be wider than some telephone.
        #expect(!html.contains(/[^-]width: *[0-9]+px/))
    }

    @Test func anExportSaysWhatItIsAndHowMuch() throws {
        let texts = try Dictionary(
            Self.samples.filter { !$0.isHostile }.map { ($0.description, Self.words(try $0.mail.content().text)) },
            uniquingKeysWith: { first, _ in first }
        )
        let attached = try #require(texts["export-attached"])
        for said in [
            "contient 30 121 offres", "Paris (75)", "Académie de Paris", "Privé", "3e SEGPA", "2021-2022",
            "Ministère de l'Économie", "export-des-offres-2021-2022.xlsx", "pièce jointe",
        ] {
            #expect(attached.contains(said), "\(said) is missing")
        }
        #expect(!attached.contains("modifiée"))
        let changed = try #require(texts["export-changed"])
        #expect(
            changed.contains(
                "1 210 cellules ont été modifiées : 1 date que les tableurs ne connaissent pas, écrite en texte ; "
                    + "2 textes coupés à 32 767 caractères, le maximum d'une cellule ; "
                    + "3 textes dont les caractères invisibles non admis ont été retirés ; "
                    + "1 204 textes précédés d'une apostrophe pour ne pas être exécutés comme des formules."
            )
        )
        let once = try #require(texts["export-changed-once"])
        #expect(once.contains("1 cellule a été modifiée : 1 date que"))
        let schools = try #require(texts["export-of-schools"])
        #expect(schools.contains("contient 1 197 établissements") && schools.contains("non inscrits"))
        let statistics = try #require(texts["export-of-statistics"])
        #expect(statistics.contains("12 lignes, sans compter le total") && statistics.contains("groupe ou institution"))
        let link = try #require(texts["export-by-link"])
        #expect(link.contains("contient une offre.") && link.contains("30 novembre 2021 à 14 h 05"))
        #expect(link.contains("aucun, toute la France"))
        let empty = try #require(texts["export-empty"])
        #expect(empty.contains("Aucune offre ne correspond") && empty.contains("Nombre d'offres : 0"))
    }

    @Test func aMinistryWithoutEndEnds() throws {
        let ministry = String(repeating: "x", count: 10_000)
        let year = try #require(SchoolYear(startingIn: 2021))
        let mails: [any MailTemplate] = [
            ReferentWelcomeMail(
                role: .central(ministry: ministry),
                email: "a@b.example",
                schoolYear: year,
                signUp: nil
            ),
            ExportNotPreparedMail(
                firstName: nil,
                export: OffersExport(filter: OffersFilter(schoolYear: year, ministry: 1), requestedBy: 1),
                ministryName: ministry,
                reason: .failed
            ),
        ]
        for mail in mails { #expect(try mail.content().text.utf8.count < 1500) }
    }

    @Test func whoHasNoNameIsGreetedAllTheSame() throws {
        let link = try #require(URL(string: "https://example.test/"))
        for name in [nil, "", "  \n"] {
            #expect(try ActivationMail(firstName: name, link: link).content().text.hasPrefix("Bonjour,\n"))
        }
    }

    /// Whoever opens an account at somebody else's address writes the greeting of the mail that it gets.
    @Test(arguments: [
        "GAGNEZ http://spam.example", "www.spam.example", "WWW.Spam.example", "ana@spam.example",
        "h\u{200B}ttp:/\u{200B}/x",
        "w\u{AD}ww.spam.example", "http://\u{301}spam.example", "Zoé\nGagnez", "Zoé\r\nGagnez", "Zoé\u{2028}Gagnez",
        String(repeating: "a", count: 61),
        String(repeating: "Gagnez ", count: 1700), "Z" + String(repeating: "\u{301}", count: 60),
    ])
    func whatIsNoFirstNameIsNotGreeted(_ name: String) throws {
        for sample in try SampleMails.all(firstName: name) {
            let content = try sample.mail.content()
            #expect(content.text.hasPrefix("Bonjour,\n"), "\(sample)")
            #expect(!content.text.contains("Gagnez") && !content.html.contains("spam.example"), "\(sample)")
        }
    }

    @Test(arguments: [
        "Zoé", "Marie-Hélène", "Anne Laure", "N'Golo", "Jean-Baptiste W.", String(repeating: "é", count: 60),
    ])
    func aFirstNameIsGreeted(_ name: String) throws {
        for sample in try SampleMails.all(firstName: name) {
            #expect(try sample.mail.content().text.hasPrefix("Bonjour \(name),\n"), "\(sample)")
        }
    }

    /// A URL whose quote ended the attribute would add attributes of a stranger's choice.
    @Test func aLinkStaysInsideItsAttribute() throws {
        let address = "https://example.test/" + "\"" + "\u{301} onclick=x"
        let url = try #require(URL(string: address))
        let html = try ActivationMail(firstName: nil, link: url).content().html
        #expect(!html.contains("\" onclick") && !html.contains("\"\u{301}"))
        for href in html.matches(of: /href="([^"]*)"/) {
            #expect(href.output.1.unicodeScalars.allSatisfy { $0.isASCII && $0 != " " })
        }
    }

    @Test func whoIsGoneGetsNoRefusal() {
        #expect(ExportNotPreparedMail.Reason(.requesterGone) == nil)
        #expect(ExportNotPreparedMail.Reason(.otherDepartment) == .outOfScope)
    }

    /// Any blank is one plain space: what is compared is the words.
    private static func words(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func visibleText(_ html: String) -> String {
        let body = html.split(separator: "<body>", maxSplits: 1).last.map(String.init) ?? ""
        return body.replacing(/<[^>]*>/, with: "\n")
            .replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    }
}
