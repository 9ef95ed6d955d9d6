import Bootstrap
import Curl
import Foundation
import TestSupport
import Testing

@testable import workers

/// What a gateway is sent, and settings that would send nothing.
@Suite struct SMSSettingsTests {
    private func faults(_ changes: [String: String]) -> String {
        do {
            _ = try SettingsReader.read(WorkersEnvironment.complete.merging(changes) { $1 }) { WorkersSettings($0) }
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("RELAIS_SMS_URL", "gateway.example/sms"), ("RELAIS_SMS_URL", "ftp://gateway.example"),
        ("RELAIS_SMS_HEADER", "secret-key"), ("RELAIS_SMS_HEADER", "X-Key:"),
        ("RELAIS_SMS_HEADER", "X Key: secret-key"),
        ("RELAIS_SMS_SENDER", "Stage & compagnie"), ("RELAIS_SMS_SENDER", "A name that is too long"),
        ("RELAIS_SMS_BODY", "to={to}"), ("RELAIS_SMS_BODY", #"{"to": {to}, "text": "{text}"}"#),
        ("RELAIS_SMS_TIMEOUT", "2m"), ("RELAIS_SMS_CONNECTIONS", "0"), ("RELAIS_SIGN_UP_URL", "inscription"),
        ("RELAIS_APPLICATIONS_URL", "ftp://platform.test/candidatures"),
    ])
    func aWrongSettingIsToldByItsNameAndASecretIsNotRepeated(_ name: String, _ value: String) {
        let words = faults([name: value])
        #expect(words.contains(name))
        #expect(!words.contains("secret-key"))
    }

    @Test func whatIsFilledInStaysText() throws {
        let json = try #require(SMSBody(#"{"to": "{to}", "message": {"text": "{text} {id}"}, "from": "{from}"}"#))
        let filled = json.filled(to: "+33612345678", sender: "A", text: "l'\"été\" \\ {to}\n", id: "7")
        let document = try JSONSerialization.jsonObject(with: Data(filled)) as? [String: Any]
        #expect(document?["to"] as? String == "+33612345678")
        #expect((document?["message"] as? [String: String])?["text"] == "l'\"été\" \\ {to}\n 7")
        let form = try #require(SMSBody("to={to}&text={text}&key=a%26b"))
        let body = String(decoding: form.filled(to: "+336", sender: "A", text: "é&=+ {to}", id: "7"), as: UTF8.self)
        #expect(body == "to=%2B336&text=%C3%A9%26%3D%2B%20%7Bto%7D&key=a%26b")
    }

    /// `workers check` asks for the head of the gateway's address: it sends nothing, and a gateway that is away shows.
    @Test func aCheckReachesTheGatewayAndSendsNothing() async throws {
        try await SMSServer.run([.status(405)]) { server in
            let gateway = try #require(try SMSGateway(settings(server.url)))
            #expect(try await gateway.probe() == 405)
            #expect(try await server.received(1).map(\.method) == ["HEAD"])
            await gateway.close()
        }
        let gone = try #require(try SMSGateway(settings("http://127.0.0.1:9/sms")))
        await #expect(throws: HTTPError.self) { try await gone.probe() }
        await gone.close()
    }

    private func settings(_ url: String) throws -> SMSSettings {
        let environment = WorkersEnvironment.complete.merging(["RELAIS_SMS_URL": url]) { $1 }
        return try SettingsReader.read(environment) { WorkersSettings($0) }.sms
    }
}
