/// What was published on a channel in confirm mode and is not confirmed yet. The broker numbers publishes from 1.
struct ConfirmWindow<Entry> {
    private var entries: [Entry?] = []
    private var head = 0
    private var first: UInt64 = 1

    /// An upper bound of the unconfirmed: gaps left by out-of-order confirms count until the oldest is settled.
    var count: Int { entries.count - head }

    /// - Returns: the number the broker will use for it.
    mutating func append(_ entry: Entry) -> UInt64 {
        entries.append(entry)
        return first + UInt64(entries.count) - 1
    }

    /// The unsettled entry of this number.
    subscript(sequence: UInt64) -> Entry? {
        guard sequence >= first, sequence - first < UInt64(entries.count) else { return nil }
        return entries[Int(sequence - first)]
    }

    /// Hands over what a confirm settles; each entry once, a repeated confirm nothing. `multiple` with tag 0 means
    /// everything so far.
    /// - Returns: false when the broker confirms what was never published.
    mutating func settle(_ tag: UInt64, multiple: Bool, _ settled: (Entry) -> Void) -> Bool {
        let last = first + UInt64(entries.count) - 1
        let tag = tag == 0 && multiple ? last : tag
        guard tag <= last, tag > 0 else { return false }
        guard tag >= first else { return true }
        let index = Int(tag - first)
        for index in (multiple ? min(head, index) : index)...index {
            if let entry = entries[index] {
                entries[index] = nil
                settled(entry)
            }
        }
        while head < entries.count, entries[head] == nil { head += 1 }
        compact()
        return true
    }

    /// Everything unsettled, oldest first.
    var unsettled: [Entry] { entries[head...].compactMap { $0 } }

    private mutating func compact() {
        guard head > 1_024, head > entries.count / 2 else { return }
        entries.removeFirst(head)
        first += UInt64(head)
        head = 0
    }
}
