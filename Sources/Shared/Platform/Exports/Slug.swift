import Foundation

/// Text as it stands in a file name: lower case, no accents, words joined by hyphens.
enum Slug {
    /// A file name has 255 bytes at most on every system that will hold it; no part may use them up.
    private static let maxLength = 100

    static func make(_ text: String) -> String {
        // Ligatures have no decomposition: without this line "œuvre" becomes "uvre".
        let plain = text.lowercased()
            .replacingOccurrences(of: "œ", with: "oe")
            .replacingOccurrences(of: "æ", with: "ae")
        // After the decomposition an accent is a scalar of its own, and is left out.
        var slug = ""
        for scalar in plain.decomposedStringWithCanonicalMapping.unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9": slug.unicodeScalars.append(scalar)
            case _ where scalar.properties.generalCategory == .nonspacingMark: continue
            default: if !slug.isEmpty, slug.last != "-" { slug.append("-") }
            }
        }
        slug = String(slug.prefix(maxLength))
        while slug.last == "-" { slug.removeLast() }
        return slug
    }
}
