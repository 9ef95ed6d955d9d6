"""The pupils of one school year."""
import datetime

from .accounts import activation_delay
from .draws import Draws
from .school_year import midnight
from .volumes import DAY, PUPILS


class Pupil:
    __slots__ = ("id", "school", "active_from", "active_until")


def build(seed, year, schools, accounts):
    """Adds the year's pupils to the accounts and returns those who can apply, with the instants between which they can."""
    draws = Draws(seed, "pupils", year.year)
    spread = [school for school in schools if school.registered and school.visible]
    spread += [school for school in schools if school.visible]  # two of three pupils are in a registered school
    archive = None if year.is_current else midnight(datetime.date(year.year + 1, 7, 31))
    pupils = []
    for _ in range(PUPILS):
        school = draws.pick(spread)
        # Most sign up early in the year.
        created_at = year.opens + int((year.ends - year.opens - 2 * DAY) * draws.unit() ** 1.8)
        by_phone = draws.chance(0.06)
        unconfirmed = draws.chance(0.04)
        discarded_at = archive
        if draws.chance(0.015):
            discarded_at = draws.between(created_at + DAY, year.ends)
        account = accounts.add("student", created_at, domain="courriel.test", school_id=school.id, by_phone=by_phone,
                               confirmed_after=None if unconfirmed else activation_delay(draws), discarded_at=discarded_at)
        if not unconfirmed:
            pupil = Pupil()
            pupil.id = account.id
            pupil.school = school
            pupil.active_from = account.confirmed_at
            pupil.active_until = min(discarded_at or year.ends, year.ends)
            pupils.append(pupil)
    return pupils
