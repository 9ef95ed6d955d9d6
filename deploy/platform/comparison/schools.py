"""The file of schools, worked out from the rows."""
import collections
import datetime

from .values import day, lines, paris_day, school_year_days

SHEET = "Établissements"
HEADINGS = ["Établissement", "Département", "Code UAI", "Classification", "Nbr. d'élèves", "Nbr. de PP",
            "Candidatures acceptées", "Chef d'établissement inscrit", "Adresse de l'établissement", "Semaines"]
KINDS = {"rep": "REP", "rep_plus": "REP+", "qpv": "QPV", "qpv_proche": "QPV", None: "?"}
ROWS = {
    # In the order of the file.
    "school": 'SELECT * FROM platform.school ORDER BY name COLLATE "fr-x-icu", id',
    "school_week": "SELECT school_id, week FROM platform.school_week",
    "week": "SELECT week, first_day, last_day FROM platform.week",
    "department": "SELECT code, name FROM platform.department",
    "account": "SELECT id, kind, role, school_id, confirmed_at, discarded_at FROM platform.account"
               " WHERE school_id IS NOT NULL",
    "application": "SELECT student_id, submitted_at FROM platform.application"
                   " WHERE state IN ('approved', 'convention_signed')",
}


def expected(relations, options):
    days = {row["week"]: tuple(day(row[key]) for key in ("first_day", "last_day"))
            for row in relations["week"]}
    departments = {row["code"]: row["name"] for row in relations["department"]}
    school_of = {row["id"]: row["school_id"] for row in relations["account"]}
    pupils, teachers, accepted = collections.Counter(), collections.Counter(), collections.Counter()
    registered = set()
    for row in relations["account"]:
        if row["discarded_at"]:
            continue
        pupils[row["school_id"]] += row["kind"] == "student"
        teachers[row["school_id"]] += row["role"] == "main_teacher"
        if row["role"] == "school_manager" and row["confirmed_at"]:
            registered.add(row["school_id"])
    opens, closes = school_year_days(options.school_year)
    for row in relations["application"]:
        submitted = paris_day(row["submitted_at"])
        if isinstance(submitted, datetime.date) and opens <= submitted <= closes and row["student_id"] in school_of:
            accepted[school_of[row["student_id"]]] += 1
    weeks = collections.defaultdict(list)
    for row in relations["school_week"]:
        first, last = days[row["week"]]
        if first <= closes and last >= opens:
            weeks[row["school_id"]].append((first, last))
    rows = []
    for school in relations["school"]:
        is_registered = school["id"] in registered
        if (school["visible"] != "t" or options.department not in (None, school["department_code"])
                or options.registered not in ("all", str(is_registered).lower())):
            continue
        rows.append([
            school["name"], departments[school["department_code"]], school["code_uai"], KINDS[school["kind"]],
            pupils[school["id"]], teachers[school["id"]], accepted[school["id"]],
            "Inscrit" if is_registered else "Non inscrit", lines(school["street"], school["zipcode"], school["city"]),
            weeks_text(sorted(weeks[school["id"]]))])
    return [HEADINGS] + rows


def weeks_text(weeks):
    if not weeks:
        return None
    first, last = (day.strftime("%d/%m/%Y") for day in (weeks[0][0], weeks[-1][1]))
    return (f"Disponible la semaine du {first} au {last}" if len(weeks) == 1
            else f"Disponible sur {len(weeks)} semaines : {first} → {last}")
