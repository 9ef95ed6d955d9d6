/// A day of the Gregorian calendar, counted from 1970-01-01, in no time zone.
struct CivilDay: Sendable, Hashable {
    /// Days since 1970-01-01.
    let number: Int
    /// 0 is 1 BC.
    let year: Int
    let month: Int
    let day: Int

    /// By arithmetic, since a calendar of Foundation takes microseconds for each of the thousands of days that a search
    /// for the next 29 February walks through. Years are counted from March, so that the leap day is their last.
    init(number: Int) {
        self.number = number
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// 0 is Sunday; 1970-01-01 was a Thursday.
    var weekday: Int { ((number + 4) % 7 + 7) % 7 }
}
