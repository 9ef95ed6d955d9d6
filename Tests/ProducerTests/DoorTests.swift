import Foundation
import HTTPTypes
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import producer

/// HTTP and SQL take the same arguments and refuse the others in the same words, for every kind there is.
@Suite struct DoorTests {
    /// Values that some shape of a field refuses, or takes only just.
    private static let common = [
        "null", "true", "false", "0", "1", "-1", "1.5", "1.0", "1e2", "-0", "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "1e300", #""""#, #""a""#, #"" ""#, #""1""#, #""true""#, "[]",
        "[1]", "{}", #"{"a": 1}"#, #""ana@example.test""#,
    ]

    private static func quoted(_ text: String) -> String { JSONBody.text(.string(text)) }

    /// The edges of a shape.
    private static func edges(_ shape: ArgumentField.Shape) -> [String] {
        switch shape {
        case .id, .boolean: []
        case .integer(let range):
            [range.lowerBound &- 1, range.lowerBound, range.upperBound, range.upperBound &+ 1].map { "\($0)" }
        case .uuid:
            [
                "0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70", "0190B6A2-1C5E-7D3A-9F60-2B1C4D5E6F70",
                "0190b6a21c5e7d3a9f602b1c4d5e6f70", "{0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70}",
                "0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f7", "0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f700",
                "0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f7g", "0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70\n",
                "0190b6a2-1c5e7-d3a-9f60-2b1c4d5e6f70",
            ].map(quoted)
        case .text(let length):
            [
                String(repeating: "é", count: length), String(repeating: "é", count: length + 1),
                String(repeating: "e\u{301}", count: length), "\ta\r\n", "\u{85}a\u{200B}\t", "a\tb", "a\u{85}b",
                "a\u{7F}b",
                "\t", "\u{1}", "a\u{2028}b",
            ].map(quoted)
        case .oneOf(let values, _):
            [values.first, values.last].compactMap(\.self).flatMap { value in
                [value, value.decomposedStringWithCanonicalMapping, value + " ", value.uppercased() + "x"].map(quoted)
            }
        }
    }

    /// A value that the shape takes.
    private static func right(_ shape: ArgumentField.Shape) -> String {
        switch shape {
        case .id: "1"
        case .uuid: quoted("0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70")
        case .integer(let range): "\(range.lowerBound)"
        case .text: quoted("a")
        case .boolean: "true"
        case .oneOf(let values, _): quoted(values.first ?? "")
        }
    }

    private static func object(_ members: [String: String]) -> String {
        "{" + members.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \($0.value)" }.joined(separator: ", ") + "}"
    }

    /// Every field with every value, alone and beside the fields that must be there; fields that are too many or
    /// missing.
    private static func inputs(_ kind: any JobArguments.Type) -> [String] {
        var required: [String: String] = [:]
        for field in kind.fields where field.isRequired { required[field.name] = right(field.shape) }
        var inputs: [[String: String]] = [[:], required]
        for field in kind.fields {
            for value in common + edges(field.shape) {
                inputs += [[field.name: value], required.merging([field.name: value]) { $1 }]
            }
            inputs.append(required.filter { $0.key != field.name })
            for other in kind.fields where other.name != field.name {
                let pair = [field.name: right(field.shape), other.name: right(other.shape)]
                inputs += [
                    required.merging(pair) { $1 }, required.merging(pair) { $1 }.merging([other.name: "null"]) { $1 },
                ]
            }
        }
        for name in ["ana@example.test", "", "Account_id", " account_id"] {
            inputs += [[name: "1"], [name: "null"], required.merging([name: #""ana@example.test""#]) { $1 }]
        }
        inputs.append(required.merging(["z": "1", "b": "2"]) { $1 })
        return Array(Set(inputs.map(object))).sorted()
    }

    /// The words of an answer in the form in which a log may have them: without the name of an unknown argument.
    private static func words(_ answer: Answer) -> String? {
        // An export is refused to whom it does not concern once its arguments are right.
        if answer.status == 202 || answer.status == 403 { return nil }
        // So is one for a ministry that the platform does not know; to a job from SQL the worker says so.
        if answer.errors == ["ministry: expected the id of a ministry, got an unknown id"] { return nil }
        #expect(answer.status == 422 && answer.slug == "invalid-arguments", "\(answer.text)")
        var words: [String] = []
        for error in answer.errors {
            let isUnknown = error.hasSuffix("got an unknown argument")
            let text =
                isUnknown ? String(error[(error.range(of: "expected ")?.lowerBound ?? error.startIndex)...]) : error
            if !words.contains(text) { words.append(text) }
        }
        return words.joined(separator: "; ")
    }

    /// What a door in SQL says, as an answer instead of an error.
    private static let refusal = """
        CREATE FUNCTION pg_temp.refusal(kind text, arguments jsonb, is_bulk boolean) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
            IF is_bulk THEN
                PERFORM relais.enqueue_many(jsonb_build_array(jsonb_build_object('kind', kind, 'arguments', arguments)));
            ELSE
                PERFORM relais.enqueue(kind, arguments);
            END IF;
            RETURN NULL;
        EXCEPTION WHEN invalid_parameter_value THEN
            RETURN SQLERRM;
        END $$
        """

    @Test(arguments: PlatformCatalogue.jobs.kindNames)
    func everyDoorTakesTheSameAndRefusesTheRestInTheSameWords(_ name: String) async throws {
        let kind = try #require(PlatformCatalogue.jobs.arguments(of: name))
        let inputs = Self.inputs(kind)
        try await withIntake { world in
            let (one, many) = try await world.database.withConnection { connection in
                try await connection.run(script: Self.refusal)
                return (
                    try await refusals(name, inputs, isBulk: false, connection),
                    try await refusals(name, inputs, isBulk: true, connection)
                )
            }
            var taken = 0
            for (input, (one, many)) in zip(inputs, zip(one, many)) {
                let expected = Self.words(try await world.call(.post, "/v1/jobs/\(name)", body: input))
                #expect(one == expected.map { "relais.enqueue: \($0)" }, "\(input)")
                #expect(many == expected.map { "relais.enqueue_many: jobs[0].arguments: \($0)" }, "\(input)")
                #expect(expected?.contains("ana") != true, "\(input)")
                if expected == nil { taken += 1 }
            }
            #expect(taken > 0 && taken < inputs.count)
            // What is kept for a week, and of the dead for three months.
            #expect(try await world.count("relais.job j WHERE j::text LIKE '%ana@example%'") == 0)
        }
    }

    private func refusals(
        _ kind: String,
        _ inputs: [String],
        isBulk: Bool,
        _ connection: PostgresConnection
    ) async throws -> [String?] {
        try await connection.query(
            """
            SELECT pg_temp.refusal(\(kind), i.input, \(isBulk)) AS words
            FROM unnest(\(inputs.map { JSON($0) })) WITH ORDINALITY AS i(input, n) ORDER BY i.n
            """
        ).map { try $0.decode("words") }
    }
}
