import Foundation
import JobEngine
import MailTemplates
import Platform
import Testing

/// The SMS with a code: one message, and not two.
@Suite struct CodeTextTests {
    /// GSM 03.38, as far as a French text needs it.
    private static let alphabet = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:;!?'\"()-+/%&éèàùçÉ"
    )

    @Test(arguments: AccountToken.Purpose.allCases)
    func aCodeFitsIntoOneSMSAndStandsThereOnce(_ purpose: AccountToken.Purpose) throws {
        let job = try #require(JobID("0193a1b2-0000-7000-8000-000000000001"))
        let code = AccountCode(purpose, job: job, secret: try SigningSecret(Array(0..<32)))
        let text = CodeText(code).text
        #expect(text.count <= 160)
        #expect(text.allSatisfy { Self.alphabet.contains($0) }, "\(text)")
        #expect(text.matches(of: /[0-9]{6}/).map { String($0.output) } == [code.text])
        #expect(text.contains("10 minutes"))
    }

    @Test func codesAreSixDigitsAndSpreadEvenly() throws {
        let secret = try SigningSecret(Array(0..<32))
        var first: [Character: Int] = [:]
        for _ in 0..<2000 {
            let code = AccountCode(.activation, job: JobID(UUID()), secret: secret).text
            #expect(code.wholeMatch(of: /[0-9]{6}/) != nil)
            first[code.first ?? "x", default: 0] += 1
        }
        // 200 each expected, with a standard deviation of 13.
        #expect(first.count == 10 && first.values.allSatisfy { (120...280).contains($0) })
    }
}
