import Foundation

extension SampleMails {
    private static let day: TimeInterval = 86_400
    private static let page = "https://www.example.test/candidatures?etat=en-attente&tri=date"

    static func applicationMails(_ words: Words) throws -> [Variant] {
        func submitted(_ page: URL?) -> SubmittedNoticeMail {
            SubmittedNoticeMail(
                firstName: words.firstName,
                offerTitle: words.title,
                submittedAt: instant,
                expiresAt: instant.addingTimeInterval(16 * day),
                page: page
            )
        }
        func decision(_ decision: DecisionMail.Decision, _ message: String?) -> DecisionMail {
            DecisionMail(
                decision: decision,
                firstName: words.firstName,
                offerTitle: words.title,
                employerName: words.title,
                message: Quotation(message)
            )
        }
        return [
            ("submitted-notice", submitted(try url(page)), [page]),
            ("submitted-notice-no-page", submitted(nil), []),
            ("approved", decision(.approved, "Bonjour,\n\nÀ lundi !\n\(words.title)"), []),
            ("rejected", decision(.rejected, nil), []),
            ("rejected-long", decision(.rejected, String(repeating: "Merci. \(words.title)\n", count: 200)), []),
            (
                "convention",
                ConventionMail(
                    firstName: words.firstName,
                    pupilName: "\(words.firstName) Martin",
                    offerTitle: words.title,
                    employerName: words.title,
                    approvedAt: instant
                ), []
            ),
            (
                "expired-notice",
                ExpiredNoticeMail(
                    firstName: words.firstName,
                    offerTitle: words.title,
                    employerName: words.title,
                    submittedAt: instant
                ), []
            ),
        ]
    }
}
