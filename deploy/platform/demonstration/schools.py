"""Schools, their staff and their weeks."""
from . import words
from .accounts import activation_delay
from .draws import Draws, weighted
from .volumes import DAY

# Shares as seen on the public page: REP, REP+, admitted by exception; and a few that nobody classified.
_KINDS = weighted([("rep", 60), ("rep_plus", 30), ("qpv", 5), ("qpv_proche", 4), (None, 1)])
_UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


class School:
    def __init__(self, id, department, visible, registered):
        self.id = id
        self.department = department
        self.visible = visible
        self.registered = registered  # has a confirmed head teacher


def build(seed, departments, accounts, opens, now, load):
    """Writes all schools, adds their staff to the accounts, and returns the schools."""
    draws = Draws(seed, "schools")
    schools, rows = [], []
    for department in departments:
        for _ in range(department.schools):
            # 1 % are not shown, and two thirds of the rest have signed up.
            school = School(len(schools) + 1, department, not draws.chance(0.01), draws.chance(0.66))
            schools.append(school)
            street, zipcode, town = department.address(draws)
            uai = f"{draws.below(1000):03}{school.id:04}{draws.pick(_UAI_LETTERS)}"
            rows.append((school.id, f"Collège {draws.pick(words.SCHOOL_PATRONS)}", uai, draws.pick(_KINDS), street, zipcode,
                         town, department.code, school.visible))
            _staff(school, accounts, draws, opens, now)
    load.copy("school", rows)
    return schools


def _staff(school, accounts, draws, opens, now):
    def add(role, **more):
        accounts.add("school_staff", opens - draws.between(DAY, 300 * DAY), role=role, school_id=school.id,
                     domain=school.department.school_domain, **more)

    if not school.registered:
        if draws.chance(0.14):  # signed up but never activated: does not register the school
            add("school_manager", confirmed_after=None)
        elif draws.chance(0.07):  # nor does one who has gone since
            add("school_manager", confirmed_after=activation_delay(draws), discarded_at=now - draws.between(1, 60) * DAY)
        return
    add("school_manager", confirmed_after=activation_delay(draws))
    for _ in range(draws.between(0, 4)):
        add("main_teacher", confirmed_after=None if draws.chance(0.12) else activation_delay(draws),
            discarded_at=now - draws.between(1, 60) * DAY if draws.chance(0.03) else None)
    if draws.chance(0.4):
        add(draws.pick(["teacher", "teacher", "other"]), confirmed_after=activation_delay(draws))


def weeks(seed, schools, year, load):
    """The weeks in which each registered school sends its pupils on placement, often one, at times three."""
    draws = Draws(seed, "school weeks", year.year)
    rows = []
    for school in schools:
        if school.registered and draws.chance(0.9):
            first = draws.below(len(year.weeks))
            for week in year.weeks[first:first + draws.pick([1, 1, 1, 2, 2, 3])]:
                rows.append((school.id, week.code))
    load.copy("school_week", rows)
