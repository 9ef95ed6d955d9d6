import ArgumentParser

/// What the holder of a token may do.
enum Scope: String, Sendable, Hashable, CaseIterable, ExpressibleByArgument {
    /// Enqueue jobs and ask what became of them: the web application.
    case platform
    /// Watch and act: operators.
    case `operator`
    /// See what operators see, and change nothing.
    case viewer
    /// Read `/metrics`.
    case metrics
}
