import JobEngine
import Platform

/// What `POST /v1/tokens/redeem` asks for.
struct RedeemRequest: Sendable {
    /// What somebody holds, as it was given.
    enum Proof: Sendable {
        case token(String)
        case code(String, identifier: String)
    }

    let purpose: AccountToken.Purpose
    let proof: Proof
    let consume: Bool

    /// Two short texts fit many times.
    static let maximumBytes = 4096

    private static let fields = [
        ArgumentField(
            "purpose",
            .oneOf(AccountToken.Purpose.allCases.map(\.rawValue), named: "a purpose"),
            required: true
        ),
        ArgumentField("token", .text(maxLength: 200)),
        ArgumentField("identifier", .text(maxLength: 320)),
        ArgumentField("code", .text(maxLength: 20)),
        ArgumentField("consume", .boolean),
    ]

    /// - Throws: ``Problem`` that lists all that is wrong.
    init(_ value: JSONValue) throws {
        guard case .object(let given) = value else {
            throw Problem.invalidRedemption([
                ArgumentField.Fault(field: "", expected: "a JSON object", got: value.typeName)
            ])
        }
        let faults = ArgumentField.faults(in: given, fields: Self.fields)
        guard faults.isEmpty else { throw Problem.invalidRedemption(faults) }
        let text = { (name: String) -> String? in
            if case .string(let text)? = given[name] { text } else { nil }
        }
        guard let purpose = text("purpose").flatMap(AccountToken.Purpose.init), let proof = Self.proof(text) else {
            throw Problem.invalidRedemption([
                ArgumentField.Fault(
                    field: "token",
                    expected: "either token, or identifier and code",
                    got: text("token") == nil ? "not both of identifier and code" : "token and more"
                )
            ])
        }
        self.purpose = purpose
        self.proof = proof
        consume = if case .boolean(false)? = given["consume"] { false } else { true }
    }

    private static func proof(_ text: (String) -> String?) -> Proof? {
        switch (text("token"), text("identifier"), text("code")) {
        case (let token?, nil, nil): .token(token)
        // People type a code as they read it, in two halves.
        case (nil, let identifier?, let code?): .code(code.filter { !$0.isWhitespace }, identifier: identifier)
        default: nil
        }
    }
}
