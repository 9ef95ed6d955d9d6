import CRabbitMQ

extension AMQPError {
    /// What went wrong when a connection was to be encrypted: the library's own words name neither the expectation nor
    /// the remedy. `nil` for a status that is not about TLS.
    init?(tlsStatus status: Int32, _ tls: AMQPConfiguration.TLS, _ host: AMQPConfiguration.Host, during: String) {
        let kind: Kind
        let text: String
        switch status {
        case AMQP_STATUS_SSL_PEER_VERIFY_FAILED.rawValue:
            kind = .untrusted
            text =
                "expected a valid certificate from an authority in \(tls.authorities), got another one. "
                + "Name the broker's authority with ?cacertfile=… in the broker URL"
        case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED.rawValue:
            kind = .untrusted
            text =
                "expected a certificate for the name \(host.name), got one for another. "
                + "Use the name that stands in the certificate; an address in digits never matches"
        case AMQP_STATUS_SSL_CONNECTION_FAILED.rawValue, AMQP_STATUS_SSL_ERROR.rawValue:
            kind = .connection
            text =
                "expected a TLS 1.2 or 1.3 handshake, got something else or nothing. "
                + "Check that \(host.port) is the broker's TLS port; a plain one needs amqp://"
        default:
            return nil
        }
        self.init(kind, code: Int(status), text: text, during: during)
    }

    /// For a plain login that broke off: a TLS port ends it with any error but one that says so.
    func wonderingAboutTLS(at host: AMQPConfiguration.Host) -> AMQPError {
        AMQPError(
            kind,
            code: code,
            text: "\(text). If \(host.port) is the broker's TLS port, use amqps://",
            during: during
        )
    }
}
