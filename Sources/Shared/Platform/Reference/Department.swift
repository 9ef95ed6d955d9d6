/// A French department. Requests name it by its code everywhere; the name appears only in cells, mails and pages.
package struct Department: Sendable, Hashable {
    /// INSEE code: `01` … `95`, `2A`, `2B`, `971` … `976`.
    package let code: String
    package let name: String
    package let academy: Academy

    init(code: String, name: String, academy: String) {
        self.code = code
        self.name = name
        self.academy = Academy(listed: academy)
    }

    private static let byCode = Dictionary(all.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })

    /// nil: no department has this code. Such a request is refused, and never answered with an empty file.
    package init?(code: String) {
        guard let known = Self.byCode[code] else { return nil }
        self = known
    }
}

extension Department: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let known = Department(code: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected the code of a department, such as 75 or 2A"
            )
        }
        self = known
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}
