import Bootstrap
import Crypto
import Foundation
import Platform

/// The secret that producers and workers share: links are signed with it, and bodies are remembered by it.
struct SharedSecret: Sendable {
    private let text: String

    init(_ reader: SettingsReader) {
        text = reader.value(CommonSettings.signingSecret)
        reader.require(
            text.isEmpty || text.utf8.count >= SigningSecret.minimumBytes,
            of: CommonSettings.signingSecret,
            "expected at least \(SigningSecret.minimumBytes) bytes, got \(text.utf8.count); "
                + "make one with: openssl rand -hex 32"
        )
    }

    init(text: String) {
        self.text = text
    }

    func links() throws -> SignedLink {
        SignedLink(secret: try signing())
    }

    /// What tokens and codes are made with.
    func signing() throws -> SigningSecret {
        try SigningSecret(text.utf8)
    }

    /// A code of a request that says whether another one is the same, and nothing else: a plain hash of a short body
    /// could be undone by trying every address.
    func code(ofRequest parts: [[UInt8]]) -> [UInt8] {
        var code = HMAC<SHA256>(key: SymmetricKey(data: Array(text.utf8)))
        // The word in front keeps these codes apart from links and tokens; the lengths keep the parts apart.
        code.update(data: Array("idempotency".utf8))
        for part in parts {
            code.update(data: withUnsafeBytes(of: UInt64(part.count).bigEndian) { Array($0) })
            code.update(data: part)
        }
        return Array(code.finalize())
    }
}
