/// Settings that more than one program of the project reads: one env file serves them all, and each means the same
/// everywhere.
package enum CommonSettings {
    package static let databaseURL = Setting<String>.string(
        "database.url",
        secret: true,
        expected: "a PostgreSQL connection string or URI",
        doc: "PostgreSQL, as libpq takes it: several hosts and TLS live in it."
    )
    package static let databasePoolSize = Setting<Int>.int(
        "database.poolSize",
        in: 2...200,
        default: 8,
        doc: "Connections whose commits are flushed; four more are for marks and claims, and two are the process's own."
    )
    package static let brokerURL = Setting<String>.url(
        "broker.url",
        schemes: ["amqp", "amqps"],
        secret: true,
        doc: "RabbitMQ: amqp://user:password@host,host2/vhost."
    )
    package static let signingSecret = Setting<String>.string(
        "signing.secret",
        secret: true,
        expected: "a secret of at least 32 bytes (openssl rand -hex 32)",
        doc: "Shared by all processes; changing it invalidates every link in a mailbox."
    )

    /// Every name that some program or script of the project reads. In another program's environment they are no
    /// mistake; anything else that begins with `RELAIS_` is. Secrets may also come by `…_FILE`. A program cannot ask
    /// the other for its settings, so the list is written down, and `SettingNameTests` compares it with all readers.
    package static let knownNames: Set<String> = [
        "RELAIS_ACTIVATION_URL", "RELAIS_APPLICATIONS_URL",
        "RELAIS_BROKER_API_URL", "RELAIS_BROKER_METRICS_URL", "RELAIS_BROKER_URL",
        "RELAIS_BROKER_TLS_URL", "RELAIS_BROKER_URL_FILE", "RELAIS_DATABASE_POOL_SIZE", "RELAIS_DATABASE_TLS_URL",
        "RELAIS_DATABASE_URL", "RELAIS_DATABASE_URL_FILE",
        "RELAIS_EXPIRY_DAYS", "RELAIS_HTTP_HOST", "RELAIS_HTTP_MAX_CONNECTIONS", "RELAIS_HTTP_PORT",
        "RELAIS_KEEP_AUDIT", "RELAIS_KEEP_DEAD", "RELAIS_KEEP_ENQUEUE_ANSWERS", "RELAIS_KEEP_FAILURES",
        "RELAIS_KEEP_FILES", "RELAIS_KEEP_FINISHED", "RELAIS_KEEP_IDEMPOTENCY", "RELAIS_KEEP_MAIL_MARKS",
        "RELAIS_KEEP_TOKENS",
        "RELAIS_LOG_FORMAT", "RELAIS_LOG_LEVEL", "RELAIS_MAIL_REPLY_TO", "RELAIS_MAIL_SENDER",
        "RELAIS_MAX_WAITING", "RELAIS_PORT_BASE",
        "RELAIS_PUBLIC_URL", "RELAIS_RESET_URL", "RELAIS_SIGNING_SECRET", "RELAIS_SIGNING_SECRET_FILE",
        "RELAIS_SIGN_UP_URL", "RELAIS_SMS_BODY", "RELAIS_SMS_CONNECTIONS", "RELAIS_SMS_HEADER",
        "RELAIS_SMS_HEADER_FILE",
        "RELAIS_SMS_SENDER", "RELAIS_SMS_TIMEOUT", "RELAIS_SMS_URL",
        "RELAIS_SMTP_CONNECTIONS", "RELAIS_SMTP_PASSWORD", "RELAIS_SMTP_PASSWORD_FILE", "RELAIS_SMTP_START_TLS",
        "RELAIS_SMTP_URL", "RELAIS_SMTP_USER", "RELAIS_STACK", "RELAIS_STACK_AUTHORITY", "RELAIS_STACK_DIRECTORY",
        "RELAIS_STACK_FAST",
        "RELAIS_STACK_FREE_PORT", "RELAIS_TEST_ENDS", "RELAIS_TEST_WIDTH", "RELAIS_WORKERS_GRACE",
        "RELAIS_WORKERS_PORT",
    ]
}
