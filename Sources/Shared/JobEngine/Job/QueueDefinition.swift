/// A class of work with one promise of speed: one quorum queue, and slots of its own in each worker process, so that
/// no slow class delays a fast one.
package struct QueueDefinition: Sendable, Hashable {
    package let name: String
    /// Jobs of this queue that one worker process runs at once, unless configured otherwise.
    package let slots: Int

    package init(name: String, slots: Int) {
        self.name = name
        self.slots = slots
    }

    /// Rows that may be dispatched and not yet claimed. The rest stay pending, which keeps the broker small, pauses
    /// sharp and a wiped broker cheap.
    var window: Int { max(5000, 4 * slots) }
}
