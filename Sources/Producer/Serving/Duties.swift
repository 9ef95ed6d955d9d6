/// What a process does; the others may do the rest.
struct Duties: Sendable, Hashable {
    var intake = true
    var relay = true
    var chores = true
}
