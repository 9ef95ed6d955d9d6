/// The name of an exported file, made of its parts: lower case, no accents, joined by hyphens.
enum ExportName {
    /// - Parameter parts: nil and what has no letter or digit is left out.
    static func make(_ parts: [String?], _ format: ExportFormat) -> String {
        let slugs = parts.compactMap(\.self).map(Slug.make).filter { !$0.isEmpty }
        // The column that keeps it takes 200 characters, and a ministry's name may be as long as it likes.
        return slugs.joined(separator: "-").prefix(190) + "." + format.rawValue
    }
}
