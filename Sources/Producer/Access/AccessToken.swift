import Crypto

/// A bearer token: 32 random bytes, of which only the SHA-256 is kept.
struct AccessToken: Sendable {
    /// As the caller sends it. Shown once, to whoever makes it; never logged, never stored.
    let text: String

    /// Tells scanners of source code and logs what they have found.
    private static let prefix = "relais_"
    /// Longer texts are no tokens of ours, and are not even hashed.
    private static let length = prefix.utf8.count + 64

    /// Makes a new one.
    init() {
        // The system's generator is cryptographically secure (getrandom).
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        text = Self.prefix + bytes.map { Self.hex($0) }.joined()
    }

    /// Reads the value of an `Authorization` header; nil unless it can be a bearer token of ours.
    init?(authorization: String) {
        // The scheme is case-insensitive (RFC 9110 11.1).
        let parts = authorization.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        guard parts[1].utf8.count == Self.length, parts[1].hasPrefix(Self.prefix) else { return nil }
        text = String(parts[1])
    }

    /// What is stored, and looked up when the token comes in.
    var digest: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}
