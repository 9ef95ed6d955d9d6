import Crypto
import Foundation
import JobEngine
import Platform
import Testing

@Suite struct LinkTests {
    private let secret: SigningSecret
    private let job: JobID

    init() throws {
        secret = try SigningSecret(Array(0..<32))
        job = try #require(JobID("0193a1b2-0000-7000-8000-000000000001"))
    }

    /// Computed with `openssl dgst -sha256 -mac HMAC`: a link in somebody's mailbox must survive every release.
    @Test func aTokenNeverChangesBetweenReleases() {
        let token = AccountToken(.activation, job: job, secret: secret)
        #expect(token.text == "AXidBUULujOIUsM1M54wXHW_-vr3UBDnjpceR9UVtyA")
    }

    @Test func everyAttemptOfAJobHasTheSameTokenAndNoOtherJobHasIt() throws {
        let other = try #require(JobID("0193a1b2-0000-7000-8000-000000000002"))
        let otherSecret = try SigningSecret(Array(1...32))
        let tokens = [
            AccountToken(.activation, job: job, secret: secret), AccountToken(.passwordReset, job: job, secret: secret),
            AccountToken(.activation, job: other, secret: secret),
            AccountToken(.activation, job: job, secret: otherSecret),
        ]
        #expect(Set(tokens.map(\.text)).count == tokens.count)
        #expect(AccountToken(.activation, job: job, secret: secret) == tokens[0])
    }

    @Test func onlyTheHashOfATokenIsKept() {
        let token = AccountToken(.passwordReset, job: job, secret: secret)
        #expect(token.digest == Array(SHA256.hash(data: Data(token.text.utf8))))
        #expect(AccountToken.digest(of: token.text) == token.digest)
        #expect(token.text.wholeMatch(of: /[A-Za-z0-9_-]{43}/) != nil)
        #expect(!"\(token)".contains(token.text))
    }

    @Test func aSecretIsLongEnoughAndNeverPrinted() throws {
        #expect(throws: SigningSecretError.self) { try SigningSecret(Array(repeating: 7, count: 31)) }
        #expect("\(secret) \(String(reflecting: secret))" == "(secret) (secret)")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("SymmetricKey"))
    }

    @Test(arguments: [
        ("https://example.test/activation?jeton={token}", true), ("http://localhost:3000/a/{token}/b", true),
        ("https://example.test/activation", false), ("https://example.test/{token}/{token}", false),
        ("https://{token}.example.test/", false), ("https://example.test{token}", false), ("{token}", false),
        ("javascript:alert({token})", false), ("ftp://example.test/{token}", false), ("https:///{token}", false),
    ])
    func aTemplateMakesALinkOrIsRefusedAtTheStart(_ text: String, _ isRight: Bool) throws {
        let token = AccountToken(.activation, job: job, secret: secret)
        let template = try? LinkTemplate(text)
        #expect((template != nil) == isRight)
        if let template {
            #expect(try template.link(token).absoluteString == text.replacing("{token}", with: token.text))
        }
    }

    private func query(_ path: String) throws -> (expires: String, signature: String) {
        let items = try #require(URLComponents(string: path)?.queryItems)
        let expires = try #require(items.first { $0.name == "expires" }?.value)
        let signature = try #require(items.first { $0.name == "signature" }?.value)
        return (expires, signature)
    }

    @Test func aSignedLinkOpensItsFileUntilItsEnd() throws {
        let link = SignedLink(secret: secret)
        let end = Date(timeIntervalSince1970: 1_700_000_000)
        let path = link.path(file: job.uuid, expires: end)
        #expect(path.hasPrefix("/v1/exports/\(job)/file?expires=1700000000&signature="))
        let (expires, signature) = try query(path)
        func verdict(_ now: Date) -> SignedLink.Verdict {
            link.verdict(file: job.uuid, expires: expires, signature: signature, now: now)
        }
        #expect(verdict(end.addingTimeInterval(-1)) == .valid)
        #expect(verdict(end) == .expired)
    }

    @Test func nothingOfASignedLinkCanBeExchanged() throws {
        let link = SignedLink(secret: secret)
        let now = Date(timeIntervalSince1970: 1_600_000_000)
        let (expires, signature) = try query(
            link.path(file: job.uuid, expires: Date(timeIntervalSince1970: 1_700_000_000))
        )
        let other = try #require(UUID(uuidString: "0193a1b2-0000-7000-8000-000000000002"))
        func verdict(_ file: UUID, _ expires: String, _ signature: String) -> SignedLink.Verdict {
            link.verdict(file: file, expires: expires, signature: signature, now: now)
        }
        #expect(verdict(job.uuid, expires, signature) == .valid)
        #expect(verdict(other, expires, signature) == .forged)
        #expect(verdict(job.uuid, "1700000001", signature) == .forged)
        for bad in ["", "x", signature + "A", String(signature.dropLast()), signature + "=", "é"] {
            #expect(verdict(job.uuid, expires, bad) == .forged)
        }
        for bad in ["", "soon", "1e9", "99999999999999999999", "+1700000000", "01700000000"] {
            #expect(verdict(job.uuid, bad, signature) == .forged)
        }
        let token = AccountToken(.activation, job: job, secret: secret)
        #expect(verdict(job.uuid, expires, token.text) == .forged)
    }
}
