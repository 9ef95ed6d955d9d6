import TestSupport
import Testing

@testable import AMQP

@Suite struct SettlementTests {
    @Test func oneMultipleCoversAPrefix() {
        var tags = UnsettledTags()
        let delivered = (UInt64(1)...5).map { tags.deliver($0) }
        let steps = [[3, 1, 2], [5], [4]].map { tags.settle($0) }
        #expect(delivered.allSatisfy { $0 })
        #expect(
            steps == [
                [.init(tag: 3, multiple: true)], [.init(tag: 5, multiple: false)], [.init(tag: 4, multiple: false)],
            ]
        )
    }

    @Test func aTagSettledTwiceOrNeverDeliveredIsNotSent() {
        var tags = UnsettledTags()
        _ = tags.deliver(1)
        let steps = [[1, 1, 7, 0], [1]].map { tags.settle($0) }
        #expect(steps == [[.init(tag: 1, multiple: false)], []])
    }

    @Test func aSkippedTagIsNoticed() {
        var tags = UnsettledTags()
        let accepted = [1, 3].map { tags.deliver($0) }
        #expect(accepted == [true, false])
    }

    /// Against a model of the broker: no frame may settle a message whose turn has not come, and all get settled.
    @Test(arguments: 1...20) func randomOrdersSettleExactlyWhatWasAsked(_ seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        var tags = UnsettledTags()
        var atBroker: Set<UInt64> = []
        var pending: [UInt64] = []
        var next: UInt64 = 1
        while next <= 5_000 || !pending.isEmpty {
            for _ in 0..<Int.random(in: 0...40, using: &random) where next <= 5_000 {
                _ = tags.deliver(next)
                atBroker.insert(next)
                pending.append(next)
                next += 1
            }
            if Bool.random(using: &random) { pending.shuffle(using: &random) }
            let asked = Array(pending.prefix(Int.random(in: 0...30, using: &random)))
            pending.removeFirst(asked.count)
            var settled: Set<UInt64> = []
            for step in tags.settle(asked) {
                let covered = step.multiple ? atBroker.filter { $0 <= step.tag } : [step.tag]
                #expect(atBroker.isSuperset(of: covered))
                atBroker.subtract(covered)
                settled.formUnion(covered)
            }
            #expect(settled == Set(asked))
        }
        #expect(atBroker.isEmpty)
    }

    @Test func confirmsSettleEachMessageOnce() {
        var window = ConfirmWindow<Int>()
        let numbers = (1...6).map { window.append($0) }
        #expect(numbers == [1, 2, 3, 4, 5, 6])
        var settled: [Int] = []
        let known = [(2, false), (4, true), (4, true)].map { window.settle($0, multiple: $1) { settled.append($0) } }
        #expect(known == [true, true, true])
        #expect(settled == [2, 1, 3, 4])
        #expect(window[4] == nil)
        #expect(window[5] == 5)
        // Tag 0 with multiple: everything so far.
        let all = window.settle(0, multiple: true) { settled.append($0) }
        #expect(all)
        #expect(settled == [2, 1, 3, 4, 5, 6])
        #expect(window.count == 0)
    }

    @Test func aConfirmForWhatWasNeverPublishedIsRefused() {
        var window = ConfirmWindow<Int>()
        let early = window.settle(1, multiple: false) { _ in }
        _ = window.append(1)
        let known = [(2, true), (0, false)].map { window.settle($0, multiple: $1) { _ in } }
        #expect(!early)
        #expect(known == [false, false])
    }

    @Test func windowOfManyThousandKeepsItsNumbers() {
        var window = ConfirmWindow<UInt64>()
        var settled: [UInt64] = []
        for value in UInt64(1)...10_000 {
            let number = window.append(value)
            #expect(number == value)
            if value.isMultiple(of: 100) { _ = window.settle(value, multiple: true) { settled.append($0) } }
        }
        #expect(settled == Array(1...10_000))
    }
}
