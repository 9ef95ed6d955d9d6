"""The applications of one school year."""
from . import words
from .draws import Draws
from .school_year import daily_run_after, stamp
from .volumes import CURRENT_YEAR, DAY, LIFE, PAST_YEAR

_TRIES = 400
_ACCEPTED = ("approved", "convention_signed")
_REMINDERS = (14 * DAY, 7 * DAY)
_MESSAGES = {"approved": words.ACCEPTANCES, "convention_signed": words.ACCEPTANCES, "rejected": words.REFUSALS,
             "canceled_by_employer": words.WITHDRAWALS}


class GenerationError(Exception):
    """The instant leaves no room for what volumes.py asks for."""


class Applications:
    """Makes the applications year after year; their ids run on."""

    def __init__(self, seed, now):
        self._seed = seed
        self._now = now
        self._last_id = 0
        self.examples = {}  # state → id of one application

    def write(self, year, pupils, offers, load):
        """Writes the applications of a year; they take seats from the offers."""
        drawn = _Year(year, self._now, pupils, offers, Draws(self._seed, "applications", year.year)).applications()
        # In the order of submission, as the platform's own ids would be; drafts are scattered among them.
        drawn.sort()
        load.copy("application", map(self._row, drawn))

    def _row(self, drawn):
        self._last_id += 1
        _, offer_id, student_id, week, state, *rest = drawn
        self.examples[state] = self._last_id
        return (self._last_id, offer_id, student_id, week, state, *rest)


class _Year:
    """The draws of one year, with what has been taken so far."""

    def __init__(self, year, now, pupils, offers, draws):
        self._year = year
        self._now = now
        self._pupils = pupils
        self._draws = draws
        self._offers = draws.shuffle(offers)  # the first are the popular ones
        self._offers_of = {}
        for offer in self._offers:
            self._offers_of.setdefault(offer.department, []).append(offer)
        self._pairs = set()
        self._placed = set()  # (pupil, week) of accepted applications

    def applications(self):
        counts = CURRENT_YEAR if self._year.is_current else PAST_YEAR
        made = []
        # The hardest first: accepted ones need a free seat and a free week of the pupil.
        for state in ("approved", "convention_signed"):
            made += [self._application(state) for _ in range(counts[state])]
        if counts["waiting"]:
            # On the very second of the fifteenth day nothing is due; one second later it is.
            made += [self._application("waiting", exactly=self._now - LIFE + after) for after in (0, 1)]
            made += [self._application("overdue", exactly=self._now - LIFE - 1)]
            made += [self._application("waiting") for _ in range(counts["waiting"] - 2)]
            made += [self._application("overdue") for _ in range(counts["overdue"] - 1)]
        for state in ("rejected", "expired", "canceled_by_employer", "canceled_by_student", "drafted"):
            made += [self._application(state) for _ in range(counts[state])]
        return made

    def _application(self, state, exactly=None):
        for attempt in range(_TRIES):
            # Late in the year few weeks lie ahead. After half of the tries the week may have begun already.
            strict = attempt < _TRIES // 2
            pupil = self._draws.pick(self._pupils)
            offer = self._offer(pupil, state)
            if offer is None or (pupil.id, offer.id) in self._pairs:
                continue
            week = self._draws.pick(offer.weeks) if offer.weeks else None
            code = week.code if week else None
            if state in _ACCEPTED and (offer.seats == 0 or (pupil.id, code) in self._placed):
                continue
            submitted_at = self._submission(state, pupil, offer, week, strict, exactly)
            if submitted_at is None:
                continue
            self._pairs.add((pupil.id, offer.id))
            if state in _ACCEPTED:
                offer.seats -= 1
                self._placed.add((pupil.id, code))
            return self._drawn(state, offer.id, pupil.id, code, submitted_at)
        raise GenerationError(f"no room for another {state} application in the school year {self._year.year}: "
                              f"lower the counts in volumes.py or take an instant further from the end of May")

    def _offer(self, pupil, state):
        """Mostly one of the pupil's own département; None if it is reserved to another school."""
        offers = self._offers
        if self._draws.chance(0.9):
            offers = self._offers_of.get(pupil.school.department.code, offers)
        # Popular offers would run out of seats, so accepted applications are spread evenly.
        place = self._draws.unit() if state in _ACCEPTED else self._draws.unit() ** 1.6
        offer = offers[int(place * len(offers))]
        return offer if offer.school_id in (None, pupil.school.id) else None

    def _submission(self, state, pupil, offer, week, strict, exactly):
        """An instant at which this pupil could apply to this offer, early enough for the state; None without one."""
        low = max(offer.opens, pupil.active_from) + 600
        high = min(offer.closes, pupil.active_until, self._year.ends)
        if strict:
            high = min(high, (week.begins if week else offer.last_begin) - 2 * DAY)
        if exactly is not None:
            return exactly if low <= exactly <= high else None
        if state == "waiting":
            low, high = max(low, self._now - LIFE), min(high, self._now - 60)
        elif state == "overdue":
            low, high = max(low, self._now - 22 * DAY), min(high, self._now - LIFE - 1)
        elif state == "expired":
            high = min(high, self._year.ends - LIFE - 26 * 3_600)  # a sweep must have run since
        else:
            high = min(high, self._year.ends - 7_200)
        return self._draws.between(low, high) if low < high else None

    def _drawn(self, state, offer_id, student_id, week, submitted_at):
        """(order, offer, pupil, week, state, texts and stamps): the order first, the columns of the relation after it."""
        draws = self._draws
        motivation = draws.pick(words.MOTIVATIONS) if draws.chance(0.75) else None
        if state == "drafted":
            return (submitted_at, offer_id, student_id, week, state, motivation) + (None,) * 8
        answered_at = draws.between(submitted_at + 600, min(submitted_at + LIFE, self._year.ends))
        approved_at = rejected_at = canceled_at = expired_at = signed_at = None
        if state in _ACCEPTED:
            approved_at = answered_at
            if draws.chance(0.01):  # refused at first
                rejected_at = draws.between(submitted_at, approved_at)
            if state == "convention_signed":
                signed_at = draws.between(approved_at, min(approved_at + 30 * DAY, self._year.ends))
        elif state == "rejected":
            rejected_at = answered_at
        elif state == "expired":
            answered_at = expired_at = daily_run_after(submitted_at + LIFE, 7, 0)
        elif state in ("canceled_by_employer", "canceled_by_student"):
            canceled_at = answered_at
            if draws.chance(0.35):  # after an approval, whose stamp stays
                approved_at = draws.between(submitted_at, canceled_at)
        else:
            state, answered_at = "submitted", self._now
        message = draws.pick(_MESSAGES[state]) if state in _MESSAGES and draws.chance(0.7) else None
        return (submitted_at, offer_id, student_id, week, state, motivation, message, stamp(submitted_at),
                stamp(approved_at), stamp(rejected_at), stamp(canceled_at), stamp(expired_at), stamp(signed_at),
                stamp(_reminded_at(submitted_at, answered_at)))


def _reminded_at(submitted_at, until):
    """The last daily reminder that fell between the seventh or fourteenth day and `until`."""
    for threshold in _REMINDERS:
        if submitted_at + threshold < until and (run := daily_run_after(submitted_at + threshold, 7, 30)) <= until:
            return run
    return None
