/// The delivery tags of one channel that are neither acknowledged nor rejected, and how to settle some of them with
/// few frames: one `multiple` may cover a tag only when it covers nobody who is still working.
struct UnsettledTags {
    struct Step: Equatable {
        var tag: UInt64
        var multiple: Bool
    }

    /// `open[i]` belongs to tag `first + i`; tags come without gaps.
    private var open: [Bool] = []
    private var head = 0
    private var first: UInt64 = 1

    /// - Returns: false when the broker skipped or repeated a tag.
    mutating func deliver(_ tag: UInt64) -> Bool {
        guard tag == first + UInt64(open.count) else { return false }
        open.append(true)
        return true
    }

    /// Settles what of `tags` is unsettled; an unknown or settled tag is ignored, because acknowledging it again would
    /// make the broker close the channel.
    mutating func settle(_ tags: [UInt64]) -> [Step] {
        var own: [Int] = []
        for tag in tags where tag >= first && tag < first + UInt64(open.count) {
            let index = Int(tag - first)
            if open[index] {
                open[index] = false
                own.append(index)
            }
        }
        guard !own.isEmpty else { return [] }
        own.sort()
        while head < open.count, !open[head] { head += 1 }
        // All below `head` are settled now, so the last own one there speaks for every own one before it.
        let covered = own.prefix { $0 < head }
        var steps: [Step] = []
        if let last = covered.last { steps.append(Step(tag: first + UInt64(last), multiple: covered.count > 1)) }
        steps += own.dropFirst(covered.count).map { Step(tag: first + UInt64($0), multiple: false) }
        compact()
        return steps
    }

    private mutating func compact() {
        guard head > 1_024, head > open.count / 2 else { return }
        open.removeFirst(head)
        first += UInt64(head)
        head = 0
    }
}
