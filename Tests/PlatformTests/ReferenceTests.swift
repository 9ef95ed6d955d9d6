import Foundation
import Platform
import Testing

@Suite struct ReferenceTests {
    /// The demonstration's own list, from which the relation `platform.department` is filled.
    private func listed() throws -> [[String]] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../deploy/platform/reference/departments.csv")
        return try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline).dropFirst()
            .map { $0.split(separator: ",").map(String.init) }
    }

    @Test func departmentsAreThoseOfTheRelation() throws {
        let known = Department.all.map { [$0.code, $0.name, $0.academy.name] }
        #expect(known == (try listed()))
        #expect(Set(Department.all.map(\.code)).count == 101)
    }

    @Test func codesAreLookedUpExactly() {
        #expect(Department(code: "2A")?.academy.name == "Académie de Corse")
        #expect(Department(code: "974")?.name == "La Réunion")
        for unknown in ["2a", "20", "1", "975", "", "Paris", "75 "] {
            #expect(Department(code: unknown) == nil)
        }
    }

    @Test func everyAcademyIsKnownByItsFullName() {
        #expect(Academy.all.count == 31)
        #expect(Academy(name: "Académie de Paris") != nil)
        #expect(Academy(name: "Paris") == nil)
    }
}
