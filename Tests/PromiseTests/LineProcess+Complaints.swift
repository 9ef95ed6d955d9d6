import TestSupport

extension LineProcess {
    /// The lines of its log above `info` that contain a text, all when it is empty.
    func complaints(_ text: String) -> [String] {
        log.all.filter {
            (text.isEmpty || $0.contains(text)) && ($0.contains(#""warning""#) || $0.contains(#""error""#))
        }
    }
}
