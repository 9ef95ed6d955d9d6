import Foundation
import Testing

@testable import MailTemplates

@Suite struct RenderingTests {
    /// Relative luminance and contrast, WCAG 2.1.
    private func luminance(_ colour: String) throws -> Double {
        let value = try #require(Int(colour.dropFirst(), radix: 16))
        let levels: [Int] = [(value >> 16) & 255, (value >> 8) & 255, value & 255]
        let channels: [Double] = levels.map { level in
            let share = Double(level) / 255
            return share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }

    @Test(arguments: [Palette.light, .dark]) func everyTextHasEnoughContrast(_ palette: Palette) throws {
        for pair in palette.readablePairs {
            let levels = [try luminance(pair.foreground), try luminance(pair.background)].sorted()
            let contrast = (levels[1] + 0.05) / (levels[0] + 0.05)
            #expect(contrast >= 4.5, "\(pair.foreground) on \(pair.background): \(contrast)")
        }
    }

    @Test(arguments: [
        ("Bonjour !", "Bonjour\u{A0}!"), ("« Atelier »", "«\u{A0}Atelier\u{A0}»"), ("à 14:05", "à 14:05"),
        ("a\r\n b\t c", "a b c"), ("x\u{202E}y\u{200B}z", "xyz"), (" : ", ":"),
    ])
    func spacesAreTiedWhereFrenchWantsIt(_ plain: String, _ typeset: String) {
        #expect(Typography.typeset(plain) == typeset)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1\u{A0}000"), (30_121, "30\u{A0}121"), (1_048_575, "1\u{A0}048\u{A0}575"),
        (-1000, "-1\u{A0}000"),
    ])
    func numbersAreGrouped(_ value: Int, _ text: String) {
        #expect(French.number(value) == text)
    }

    /// Midnight in Paris belongs to the new day, whatever UTC says.
    @Test(arguments: [
        ("2021-05-31T22:00:00Z", "1er\u{A0}juin 2021 à 0\u{A0}h\u{A0}00"),
        ("2021-12-31T22:59:00Z", "31\u{A0}décembre 2021 à 23\u{A0}h\u{A0}59"),
    ])
    func momentsAreThoseOfParis(_ text: String, _ french: String) throws {
        #expect(French.moment(try Date(text, strategy: .iso8601)) == french)
    }

    @Test func spansAreWholeDaysOrHours() {
        #expect(French.span(.seconds(7 * 86_400)) == "7\u{A0}jours")
        #expect(French.span(.seconds(6 * 3600)) == "6\u{A0}heures")
        #expect(French.span(.seconds(3600)) == "1\u{A0}heure")
    }
}
