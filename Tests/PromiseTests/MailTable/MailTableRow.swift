import Foundation
import JobEngine
import Platform

/// One line of the table: a mail, for whom it is, and the job that sends it.
struct MailTableRow: Sendable, Encodable {
    let mail: String
    let recipient: String
    let address: String
    /// The job's kind; what it is given is for the request only.
    let kind: String
    let arguments: String
    var job: String?

    private enum CodingKeys: String, CodingKey {
        case mail, recipient, address, job
    }

    typealias Person = MailTablePerson
    typealias Sort = MailTablePerson.Sort
    private typealias Data = MailTableData

    init(_ kind: String, _ arguments: String = "{}", to person: Person, as mail: String? = nil, job: JobID? = nil) {
        self.mail = mail ?? kind
        recipient = person.name
        address = person.address
        self.kind = kind
        self.arguments = arguments
        self.job = job?.description
    }

    private init(invitation kind: String, _ sort: Sort) {
        mail = "referent.welcome"
        recipient = "\(kind), \(sort), invited"
        address = Data.invitedAddress(kind, sort)
        self.kind = mail
        arguments = #"{"invitation_id": \#(Data.invitation(kind, sort))}"#
    }

    /// All mails that somebody asks for; others are made by sweeps, and by the ends of exports.
    static var asked: [MailTableRow] { accounts + notices + exports }

    private static var accounts: [MailTableRow] {
        Person.all.filter(\.isNew).map {
            MailTableRow("account.activation", #"{"account_id": \#($0.id)}"#, to: $0)
        }
            + Person.active.map { MailTableRow("account.password-reset", #"{"account_id": \#($0.id)}"#, to: $0) }
            + ["departmental_referent", "central_referent"].flatMap { kind in
                Sort.allCases.map { MailTableRow(invitation: kind, $0) }
            }
    }

    private static var notices: [MailTableRow] {
        Person.owners.map {
            MailTableRow("application.submitted-notice", #"{"application_id": \#(Data.waiting($0))}"#, to: $0)
        }
            + Sort.allCases.flatMap { sort in
                [
                    decision(Data.approved(sort), to: Person(.student, sort), "approved"),
                    decision(Data.rejected(sort), to: Person(.student, sort), "rejected"),
                    decision(Data.approved(sort), to: Person(.schoolStaff, sort), "convention"),
                ]
            }
    }

    private static func decision(_ application: Int, to person: Person, _ name: String) -> MailTableRow {
        let arguments = #"{"application_id": \#(application), "recipient_id": \#(person.id)}"#
        return MailTableRow(
            "application.decision-notice",
            arguments,
            to: person,
            as: "application.decision-notice, \(name)"
        )
    }

    // MARK: - Exports

    /// Each export for everybody: whoever may not have it is told so.
    private static var exports: [MailTableRow] {
        let entitled: [(kind: String, to: Set<AccountKind>)] = [
            ("export.offers", [.departmentalReferent, .centralReferent, .administrator]),
            ("export.offer-statistics", [.departmentalReferent, .administrator]),
            ("export.schools", [.departmentalReferent, .administrator]),
            ("export.associations", [.administrator]),
        ]
        return entitled.flatMap { kind, entitled in
            Person.active.map { person in
                let isEntitled = entitled.contains(person.kind)
                let arguments = arguments(kind, person)
                return MailTableRow(kind, arguments, to: person, as: isEntitled ? kind : "\(kind), refused")
            }
        }
    }

    /// The awkward narrow what can be narrowed; the bare ask for the year that is too large to be attached.
    private static func arguments(_ kind: String, _ person: Person) -> String {
        let year = person.sort == .bare ? Data.largeYear : Data.year
        let format = person.sort == .plain ? "xlsx" : "csv"
        let filters =
            switch kind {
            case "export.offers", "export.offer-statistics":
                #", "is_public": true, "track": "troisieme_segpa", "academy": "Académie de Paris""#
            default: ""
            }
        return """
            {"school_year": \(year), "requested_by": \(person.id), "format": "\(format)"\
            \(person.sort == .awkward ? filters : "")}
            """
    }

    /// One that waits for a time that will not come.
    static var cancelled: [MailTableRow] {
        let entitled: Set<AccountKind> = [.departmentalReferent, .centralReferent, .administrator]
        return Person.active.filter { entitled.contains($0.kind) }.map { person in
            let arguments = #"{"school_year": 2020, "requested_by": \#(person.id)}"#
            return MailTableRow("export.offers", arguments, to: person)
        }
    }
}
