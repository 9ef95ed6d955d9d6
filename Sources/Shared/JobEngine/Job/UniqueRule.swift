package import Postgres

/// How long a job holds its unique key: a second request for a held key gets the same job.
package enum UniqueSpan: String, Sendable, Hashable {
    /// While one waits. Once it runs, the next request is a job of its own: what it asks for may have changed since.
    case untilClaimed = "until-claimed"
    /// While one waits or runs.
    case untilFinished = "until-finished"
}

/// Which requests of a kind are the same.
package struct UniqueRule: Sendable, Hashable {
    package let span: UniqueSpan
    /// The arguments that make the key; nil: all.
    package let names: [String]?
    /// A JSON object of what arguments mean that are left out, so that one written out makes the same key.
    package let defaults: JSON

    package init(_ span: UniqueSpan, by names: [String]? = nil, defaults: JSON = JSON("{}")) {
        self.span = span
        self.names = names
        self.defaults = defaults
    }
}
