import Crypto

/// The secret from which tokens and signatures are made. All processes share it; whoever changes it invalidates
/// every link that is still in a mailbox.
package struct SigningSecret: Sendable, CustomStringConvertible, CustomReflectable {
    let key: SymmetricKey

    /// An HMAC is as strong as its key: fewer bytes than the hash has would be the weak point.
    package static let minimumBytes = 32

    /// - Throws: `SigningSecretError` when there are too few bytes.
    package init(_ bytes: some Sequence<UInt8>) throws {
        let bytes = Array(bytes)
        guard bytes.count >= Self.minimumBytes else { throw SigningSecretError(bytes: bytes.count) }
        key = SymmetricKey(data: bytes)
    }

    package var description: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The HMAC-SHA256 of a message whose parts the caller has made unambiguous.
    func code(for message: [UInt8]) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: message, using: key)
    }
}

/// A secret too short to be one.
package struct SigningSecretError: Error, CustomStringConvertible {
    let bytes: Int

    package var description: String {
        "expected a signing secret of at least \(SigningSecret.minimumBytes) bytes, got \(bytes); "
            + "make one with: openssl rand -hex 32"
    }
}
