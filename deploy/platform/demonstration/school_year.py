"""Time: school years, ISO weeks, the daily runs in Paris, and instants as text.

An instant is a whole number of seconds since 1970, a day is a datetime.date.
"""
import datetime
import functools
from zoneinfo import ZoneInfo

from .volumes import DAY

PARIS = ZoneInfo("Europe/Paris")
EPOCH = datetime.date(1970, 1, 1)
FIRST_YEAR = 2019  # first school year of the platform


def stamp(instant):
    """An instant as PostgreSQL reads it; None stays None."""
    return None if instant is None else datetime.datetime.fromtimestamp(instant, datetime.timezone.utc).isoformat()


def midnight(day):
    """The instant at which a day begins in Paris."""
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=PARIS).timestamp())


def day_of(instant):
    """The day in Paris."""
    return datetime.datetime.fromtimestamp(instant, PARIS).date()


def current_school_year(now):
    """The year that is shown by default: it switches on 1 June."""
    day = day_of(now)
    return day.year if day.month >= 6 else day.year - 1


@functools.cache
def _run(days, hour, minute):
    day = EPOCH + datetime.timedelta(days)
    return int(datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).timestamp())


def daily_run_after(instant, hour, minute):
    """The first time strictly after the instant at which a daily job of this time of day runs."""
    days = instant // DAY
    return next(run for run in (_run(days + ahead, hour, minute) for ahead in range(3)) if run > instant)


class Week:
    """An ISO week."""

    __slots__ = ("code", "first_day", "last_day", "begins")

    def __init__(self, first_day):
        year, number, _ = first_day.isocalendar()
        self.code = f"{year}-W{number:02}"
        self.first_day = first_day
        self.last_day = first_day + datetime.timedelta(6)
        self.begins = midnight(first_day)


def weeks_of(first_year, last_year):
    """All ISO weeks of the school years from first_year to last_year, from the week that holds 1 September."""
    monday = datetime.date(first_year, 9, 1)
    monday -= datetime.timedelta(monday.weekday())
    weeks = []
    while monday < datetime.date(last_year + 1, 9, 1):
        weeks.append(Week(monday))
        monday += datetime.timedelta(7)
    return weeks


class SchoolYear:
    """One school year of the data: where its offers and applications may lie in time.

    `opens` is the first instant at which something of this year is created, `ends` the last one: now, in the
    current year. At least 100 days lie between them, however early in the year now is, because applications
    need time to grow old and expire.
    """

    def __init__(self, year, now, weeks):
        self.year = year
        self.is_current = year == current_school_year(now)
        opens = midnight(datetime.date(year, 6, 1))
        self.opens = min(opens, now - 100 * DAY) if self.is_current else opens
        self.ends = now if self.is_current else midnight(datetime.date(year + 1, 7, 1))
        self.first_day = datetime.date(year, 9, 1)
        self.last_day = datetime.date(year + 1, 5, 31)
        # Placements take place from the first whole week of September to the end of May.
        self.weeks = [week for week in weeks if self.first_day <= week.first_day and week.last_day <= self.last_day]
        # The week that holds 1 September counts for placements off the platform.
        self.off_platform_weeks = [week for week in weeks if self.first_day <= week.last_day <= self.last_day]
        autumn = (datetime.date(year + 1, 9, 1), datetime.date(year + 1, 10, 31))
        self.next_autumn = [week for week in weeks if autumn[0] <= week.first_day <= autumn[1]]
