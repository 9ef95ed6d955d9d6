import Foundation

extension SampleMails {
    private static let day: TimeInterval = 86_400
    private static let page = "https://www.example.test/candidatures?etat=en-attente&tri=date"

    static func applicationMails(_ words: Words) throws -> [Variant] {
        try noticeMails(words) + reminderMails(words)
    }

    private static func noticeMails(_ words: Words) throws -> [Variant] {
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
                employerName: words.employer,
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
                    pupilName: words.pupilName,
                    offerTitle: words.title,
                    employerName: words.employer,
                    approvedAt: instant
                ), []
            ),
            (
                "expired-notice",
                ExpiredNoticeMail(
                    firstName: words.firstName,
                    offerTitle: words.title,
                    employerName: words.employer,
                    submittedAt: instant
                ), []
            ),
        ]
    }

    private static func reminderMails(_ words: Words) throws -> [Variant] {
        func list(_ number: Int, of total: Int? = nil) -> ReminderMail.List {
            let entries = (0..<number).map { index in
                ReminderMail.Entry(
                    offerTitle: words.title,
                    submittedAt: instant.addingTimeInterval(Double(index) * day),
                    expiresAt: instant.addingTimeInterval(Double(16 + index) * day)
                )
            }
            return ReminderMail.List(entries: entries, total: total ?? number)
        }
        func reminder(_ waiting: ReminderMail.List, _ expired: ReminderMail.List, _ page: URL?) throws -> ReminderMail {
            let mail = ReminderMail(firstName: words.firstName, waiting: waiting, expired: expired, page: page)
            guard let mail else { throw Fault(description: "expected a reminder with something to say") }
            return mail
        }
        return [
            ("reminder", try reminder(list(3), list(1), try url(page)), [page]),
            ("reminder-waiting", try reminder(list(1), list(0), nil), []),
            ("reminder-long", try reminder(list(5, of: 1_234), list(0), nil), []),
            ("reminder-expired", try reminder(list(0), list(2), nil), []),
        ]
    }
}
