/// What the engine must know of a kind of job to run it.
package struct KindDefinition: Sendable, Hashable {
    /// `noun.verb-or-thing`, for example `account.activation`.
    package let name: String
    package let queue: String
    /// Failures after which the job is dead. Crashes and snoozes do not count.
    package let maxFailures: Int
    package let backoff: Backoff
    /// How long one attempt may take; past it the attempt is cancelled and counts as a failure.
    package let runLimit: Duration
    /// The SQL function that replaces identifiers in the arguments by ids, when the kind has one.
    package let resolver: String?
    /// Which requests are the same job; nil: each is a job of its own, unless its caller gives a key, which is then held
    /// until the job has finished.
    package let unique: UniqueRule?
    /// The arguments whose values name what only one job at a time may work at; the next one waits in `pending`. nil:
    /// any number may run.
    package let exclusiveBy: [String]?

    package init(
        name: String,
        queue: String,
        maxFailures: Int = 20,
        backoff: Backoff = .standard,
        runLimit: Duration = .seconds(60),
        resolver: String? = nil,
        unique: UniqueRule? = nil,
        exclusiveBy: [String]? = nil
    ) {
        self.name = name
        self.queue = queue
        self.maxFailures = maxFailures
        self.backoff = backoff
        self.runLimit = runLimit
        self.resolver = resolver
        self.unique = unique
        self.exclusiveBy = exclusiveBy
    }
}
