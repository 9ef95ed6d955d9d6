/// The frame of every HTML part. It loads nothing: no picture, no font, no style sheet, and so no way to learn who
/// opened a mail. Without its style, which some mail programs drop, it is still a readable page in the right order.
enum Layout {
    static let html = """
        <!doctype html>
        <html lang="fr">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="supported-color-schemes" content="light dark">
        <title>{{subject}}</title>
        <style>
        \(base)
        \(colours(.light))
        @media (prefers-color-scheme: dark) {
        \(colours(.dark))
        }
        </style>
        </head>
        <body>
        <div style="display:none;max-height:0;overflow:hidden">{{preheader}}</div>
        <div class="page">
        <header><p>{{service}}</p></header>
        <main>
        <h1>{{heading}}</h1>
        {{#blocks}}
        {{#paragraph}}
        <p>{{.}}</p>
        {{/paragraph}}
        {{#link}}
        <p><a class="button" href="{{url}}">{{label}}</a></p>
        <p class="muted">{{fallback}}<br><a href="{{url}}">{{url}}</a></p>
        {{/link}}
        {{#facts}}
        <dl>
        {{#entries}}
        <dt>{{label}}</dt>
        <dd>{{value}}</dd>
        {{/entries}}
        </dl>
        {{/facts}}
        {{#quotation}}
        <blockquote><p>{{first}}{{#others}}<br>{{line}}{{/others}}</p></blockquote>
        {{/quotation}}
        {{/blocks}}
        </main>
        <footer>
        <p>{{signature}}</p>
        <p class="muted">{{footer}}</p>
        </footer>
        </div>
        </body>
        </html>

        """

    /// Relative sizes and one column: nothing is wider than a telephone of 320 pixels, and a link breaks anywhere.
    private static let base = """
        body { margin: 0; font-family: -apple-system, "Segoe UI", Roboto, Arial, sans-serif; font-size: 1rem; line-height: 1.5; }
        .page { max-width: 36rem; margin: 0 auto; padding: 1rem; }
        main { padding: 1rem; border-radius: 0.25rem; overflow-wrap: anywhere; }
        h1 { margin: 0 0 1rem; font-size: 1.375rem; line-height: 1.3; }
        p, dl, blockquote { margin: 0 0 1rem; }
        blockquote { padding-left: 1rem; border-left: 0.25rem solid; }
        blockquote p { margin: 0; }
        dt { font-weight: bold; }
        dd { margin: 0 0 0.5rem; }
        main > :last-child { margin-bottom: 0; }
        header p { padding: 0 1rem; font-weight: bold; }
        footer { padding: 1rem; }
        .button { display: inline-block; padding: 0.75rem 1.25rem; border-radius: 0.25rem; font-weight: bold; text-decoration: none; }
        .muted { font-size: 0.875rem; }
        """

    private static func colours(_ palette: Palette) -> String {
        """
        body { background: \(palette.page); color: \(palette.text); }
        main { background: \(palette.card); }
        a { color: \(palette.accent); }
        a.button { background: \(palette.accent); color: \(palette.onAccent); }
        footer .muted { color: \(palette.muted); }
        """
    }
}
