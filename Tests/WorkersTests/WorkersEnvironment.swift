/// The environment of a worker process.
enum WorkersEnvironment {
    static let secret = "0123456789abcdef0123456789abcdef"

    /// Everything that has no default, and a mail server without TLS.
    static let complete = [
        "RELAIS_DATABASE_URL": "postgresql://relais@127.0.0.1/relais",
        "RELAIS_BROKER_URL": "amqp://relais:relais@127.0.0.1/relais",
        "RELAIS_SIGNING_SECRET": secret,
        "RELAIS_SMTP_URL": "smtp://127.0.0.1:2525",
        "RELAIS_SMTP_START_TLS": "none",
        "RELAIS_MAIL_SENDER": "ne-pas-repondre@relais.test",
        "RELAIS_ACTIVATION_URL": "https://platform.test/activation?jeton={token}&source=mail",
        "RELAIS_RESET_URL": "https://platform.test/mot-de-passe/{token}",
        "RELAIS_PUBLIC_URL": "https://relais.test",
    ]
}
