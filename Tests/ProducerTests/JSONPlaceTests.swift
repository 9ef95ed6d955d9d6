import Testing

@testable import producer

@Suite struct JSONPlaceTests {
    @Test(arguments: [
        #"{"a": [1, -2.5e3, "é\u00e9\ud83d\ude00", true, null]}"#, #" "x" "#, #"{"a": 1, "b": {"a": 2}}"#, "0",
    ])
    func whatIsJSONPasses(_ text: String) {
        #expect(JSONPlace.fault(in: Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        ("{\n \"é\": x}", 2, 7, JSONPlace.Reason.syntax), ("[1, 2", 1, 6, .syntax), ("{} {}", 1, 4, .syntax),
        (#"{"a": 1e400}"#, 1, 7, .number), (#"["\ud800"]"#, 1, 3, .surrogate), (#"["\ud800\u0041"]"#, 1, 3, .surrogate),
        (#"["\udc00"]"#, 1, 3, .surrogate), (#"{"a": 1, "a": "x"}"#, 1, 10, .duplicate),
        (#"{"a": 1, "\u0061": 2}"#, 1, 10, .duplicate),
        (String(repeating: "[", count: 65) + String(repeating: "]", count: 65), 1, 65, .depth),
    ])
    func whatIsNotIsPlacedAndNamed(_ text: String, _ line: Int, _ column: Int, _ reason: JSONPlace.Reason) {
        let fault = JSONPlace.fault(in: Array(text.utf8))
        #expect(fault == JSONPlace.Fault(line: line, column: column, reason: reason))
    }

    @Test(arguments: [[0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80]] as [[UInt8]])
    func bytesThatAreNoTextAreNamed(_ wrong: [UInt8]) {
        let fault = JSONPlace.fault(in: Array("[\"é".utf8) + wrong + Array("\"]".utf8))
        #expect(fault == JSONPlace.Fault(line: 1, column: 4, reason: .encoding))
    }
}
