import ArgumentParser

/// Relais as the harness of the peer systems drives it: the same no-op job, the same four commands, the same log of
/// executions, so that systems can be measured beside each other in one run.
///
/// Environment: `AMQP_URL` (amqp://user:password@host:port), `RABBITMQ_API` (http://user:password@host:port), libpq's
/// own variables, `BENCH_LOG`.
@main
struct Peer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relais-peer",
        abstract: "Measures Relais with the harness of the peer systems.",
        subcommands: [Reset.self, Workers.self, Produce.self, Latency.self, Work.self, Dispatch.self]
    )
}
