/// An académie, the region of the school administration. It has no code: its full name identifies it, here as in
/// `platform.offer.academy`.
package struct Academy: Sendable, Hashable {
    /// With the word in front: `Académie de Paris`.
    package let name: String

    /// Every académie, by name, read from the departments so that the two lists cannot disagree.
    package static let all: [Academy] = Set(Department.all.map(\.academy)).sorted { $0.name < $1.name }

    private static let known = Set(all)

    init(listed name: String) {
        self.name = name
    }

    /// nil: there is no such académie.
    package init?(name: String) {
        guard Self.known.contains(Academy(listed: name)) else { return nil }
        self.name = name
    }
}

extension Academy: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let known = Academy(name: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected the name of an académie, such as Académie de Paris"
            )
        }
        self = known
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
