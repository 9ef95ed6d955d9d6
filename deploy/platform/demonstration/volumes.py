"""How much there is of everything in one school year."""

OFFERS = 30_121
PUBLIC_OFFERS = 7_229            # 24 %
ASSOCIATION_OFFERS = 640         # offers with a permalink
REFERENT_OFFERS = 450            # a référent may publish offers too
SCHOOLS = 1_197                  # must agree with reference/schools_by_department.csv
PUPILS = 20_000
EMPLOYERS = 12_000
ACCEPTED = 14_625                # approved or convention_signed

DAY = 86_400
LIFE = 15 * DAY                  # days without an answer after which an application is due, as the sweep counts them

# Of the current year, `waiting` and `overdue` are both in state submitted, on either side of the fifteenth day.
# Overdue must stay below half of the submitted, or the guard of the sweep stops the demonstration.
CURRENT_YEAR = {
    "approved": 9_625, "convention_signed": 5_000, "waiting": 5_200, "overdue": 2_300, "rejected": 15_000,
    "expired": 13_875, "canceled_by_employer": 1_500, "canceled_by_student": 3_500, "drafted": 4_000,
}
# In a year that is over nothing waits any more.
PAST_YEAR = {
    "approved": 1_625, "convention_signed": 13_000, "waiting": 0, "overdue": 0, "rejected": 15_000,
    "expired": 21_375, "canceled_by_employer": 1_500, "canceled_by_student": 3_500, "drafted": 4_000,
}
APPLICATIONS = sum(CURRENT_YEAR.values())
