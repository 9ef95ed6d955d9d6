import Bootstrap
import Curl

/// How SMS leave, where they do.
struct SMSSettings: Sendable {
    /// A header with which the gateway knows us.
    struct Header: Sendable {
        let name: String
        let value: String
    }

    /// nil: there is no gateway.
    let url: String?
    let header: Header?
    let sender: String
    let body: SMSBody
    let timeout: Duration
    let connections: Int

    static let urlSetting = Setting<String?>.optionalString(
        "sms.url",
        expected: "a URL that starts with http:// or https://",
        doc: "SMS gateway, to which each SMS is sent by POST; without one nobody is reached by telephone."
    )
    static let headerSetting = Setting<String?>.optionalString(
        "sms.header",
        secret: true,
        expected: "a header such as Authorization: Bearer …",
        doc: "Header with which the gateway knows us: Authorization: Bearer …"
    )
    static let senderSetting = Setting<String>.string(
        "sms.sender",
        default: "Stage3e",
        expected: "1 to 16 letters and digits",
        doc: "Who an SMS comes from: {from} in sms.body."
    )
    static let bodySetting = Setting<String>.string(
        "sms.body",
        default: SMSBody.standard,
        expected: "JSON or a form with {to} and {text}",
        doc: "Body of the request: JSON, or a form such as to={to}&message={text}; also {from} and {id}."
    )
    static let timeoutSetting = Setting<Duration>.duration(
        "sms.timeout",
        in: .seconds(1) ... .seconds(60),
        default: .seconds(10),
        doc: "What the gateway gets for its answer."
    )
    static let connectionsSetting = Setting<Int>.int(
        "sms.connections",
        in: 1...100,
        default: 4,
        doc: "Connections to the gateway at once, in this process."
    )

    init(_ reader: SettingsReader) {
        url = reader.value(Self.urlSetting)
        let line = reader.value(Self.headerSetting)
        header = line.flatMap(Self.header)
        sender = reader.value(Self.senderSetting)
        let template = reader.value(Self.bodySetting)
        let read = SMSBody(template)
        body = read ?? .empty
        timeout = reader.value(Self.timeoutSetting)
        connections = reader.value(Self.connectionsSetting)
        reader.require(
            url.map { (try? HTTPRequest(url: $0)) != nil } ?? true,
            of: Self.urlSetting,
            "expected a URL that starts with http:// or https:// and has no blank in it"
        )
        reader.require(
            line == nil
                || header.map { (try? HTTPRequest(url: "http://x", headers: [($0.name, $0.value)])) != nil }
                    ?? false,
            of: Self.headerSetting,
            "expected one header, Name: value (hidden, it is a secret)"
        )
        reader.require(
            sender.wholeMatch(of: /[A-Za-z0-9 +]{1,16}/) != nil,
            of: Self.senderSetting,
            "expected 1 to 16 letters and digits"
        )
        reader.require(
            read != nil || template.isEmpty,
            of: Self.bodySetting,
            #"expected {to} and {text} in a JSON object such as \#(SMSBody.standard), or in a form such as "#
                + "to={to}&message={text}"
        )
    }

    private static func header(_ line: String) -> Header? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...].drop { $0 == " " }
        return value.isEmpty ? nil : Header(name: String(line[..<colon]), value: String(value))
    }
}
