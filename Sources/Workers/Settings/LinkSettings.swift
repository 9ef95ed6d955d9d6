import Bootstrap
import Foundation
import Platform

/// Where the links in mails lead.
struct LinkSettings: Sendable {
    let activation: String
    let reset: String
    /// The page on which a référent signs up; nil: a mail names none.
    let signUp: URL?
    /// The page on which owners of offers answer applications; nil: a mail names none.
    let applications: URL?
    /// The address under which référents reach the producer, without a slash at its end.
    let publicURL: String

    static let activationURL = Setting<String>.url(
        "activation.url",
        schemes: ["http", "https"],
        doc: "Page of the platform that activates an account, with {token} where the token goes."
    )
    static let resetURL = Setting<String>.url(
        "reset.url",
        schemes: ["http", "https"],
        doc: "Page of the platform that sets a new password, with {token} where the token goes."
    )
    static let signUpURL = Setting<String?>.optionalString(
        "signUp.url",
        expected: "a URL that starts with http:// or https://",
        doc: "Page of the platform on which an invited référent signs up."
    )
    static let applicationsURL = Setting<String?>.optionalString(
        "applications.url",
        expected: "a URL that starts with http:// or https://",
        doc: "Page of the platform on which owners of offers answer applications."
    )
    static let publicURLSetting = Setting<String>.url(
        "public.url",
        schemes: ["http", "https"],
        doc: "Address under which référents reach the producer: links to large exports begin with it."
    )

    init(_ reader: SettingsReader) {
        activation = reader.value(Self.activationURL)
        reset = reader.value(Self.resetURL)
        signUp = Self.page(Self.signUpURL, reader, example: "https://example.org/inscription")
        applications = Self.page(Self.applicationsURL, reader, example: "https://example.org/candidatures")
        let address = reader.value(Self.publicURLSetting)
        publicURL = address.hasSuffix("/") ? String(address.dropLast()) : address
        reader.require(
            address.isEmpty || Self.isPublic(address),
            of: Self.publicURLSetting,
            "expected an address such as https://relais.example.org, without user, password, query and fragment: "
                + "every link begins with it"
        )
        reader.require(
            activation.isEmpty || (try? LinkTemplate(activation)) != nil,
            of: Self.activationURL,
            "expected a link such as https://example.org/activation?jeton={token}"
        )
        reader.require(
            reset.isEmpty || (try? LinkTemplate(reset)) != nil,
            of: Self.resetURL,
            "expected a link such as https://example.org/mot-de-passe?jeton={token}"
        )
    }

    private static func page(_ setting: Setting<String?>, _ reader: SettingsReader, example: String) -> URL? {
        let text = reader.value(setting)
        let page = text.flatMap { URL(string: $0) }
        reader.require(
            text == nil || ["http", "https"].contains(page?.scheme?.lowercased()) && page?.host()?.isEmpty == false,
            of: setting,
            "expected a URL such as \(example)"
        )
        return page
    }

    /// What more stands in it would stand in every mail, or make every link a dead one.
    private static func isPublic(_ address: String) -> Bool {
        guard let url = URLComponents(string: address), let host = url.host, !host.isEmpty else { return false }
        return url.user == nil && url.password == nil && url.query == nil && url.fragment == nil
    }
}
