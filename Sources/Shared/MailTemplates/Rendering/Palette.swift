/// The colours of a mail, by day and in dark mode. Each pair that is read together has a contrast of 4.5 at least
/// (WCAG 2.1, AA); a test computes them.
struct Palette: Sendable {
    let page: String
    let card: String
    let text: String
    let muted: String
    let accent: String
    /// On the accent, as the button's label.
    let onAccent: String

    static let light = Palette(
        page: "#f6f6f6",
        card: "#ffffff",
        text: "#161616",
        muted: "#585858",
        accent: "#000091",
        onAccent: "#ffffff"
    )
    static let dark = Palette(
        page: "#161616",
        card: "#1e1e1e",
        text: "#eeeeee",
        muted: "#b4b4b4",
        accent: "#a9a9ff",
        onAccent: "#161616"
    )

    /// What is read on what.
    var readablePairs: [(foreground: String, background: String)] {
        [(text, card), (text, page), (muted, page), (accent, card), (accent, page), (onAccent, accent)]
    }
}
