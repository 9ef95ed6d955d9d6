"""The file of offer statistics, worked out from the rows."""
import collections

from .offers import is_wanted

SHEET = "Offres"
FIGURES = ["Nbr. d'offres proposées", "Nbr. de candidatures", "Garçon", "Fille", "Non précisé",
           "Nbr. de candidatures acceptées", "Garçon", "Fille", "Non précisé"]
ROWS = {
    "offer": "SELECT * FROM platform.offer",
    "application": "SELECT offer_id, student_id, state FROM platform.application",
    "account": "SELECT id, gender FROM platform.account WHERE kind = 'student'",
    # In the order of the file.
    "sector": 'SELECT id, name FROM platform.sector ORDER BY name COLLATE "fr-x-icu"',
    "group": 'SELECT id, name FROM platform.organisation_group ORDER BY name COLLATE "fr-x-icu"',
}
GENDERS = "m", "f", "np"


def expected(relations, options):
    column, heading = (("group_id", "Groupe ou Institution de tutelle") if options.dimension == "group"
                       else ("sector_id", "Secteur professionnel"))
    gender = {row["id"]: row["gender"] for row in relations["account"]}
    applications = collections.defaultdict(list)
    for row in relations["application"]:
        if row["state"] != "drafted":
            applications[row["offer_id"]].append(row)
    names = [(row["id"], row["name"]) for row in relations[column[:-3]]] + [(None, "Indépendant")]
    offers = [offer for offer in relations["offer"] if is_wanted(offer, options)]
    rows = []
    for key, name in names:
        own = [offer for offer in offers if offer[column] == key]
        if own:
            rows.append([name] + figures(own, applications, gender))
    if rows:
        rows.append(["Total"] + figures(offers, applications, gender))
    return [[heading] + FIGURES] + rows


def figures(offers, applications, gender):
    every = [row for offer in offers for row in applications[offer["id"]]]
    accepted = [row for row in every if row["state"] in ("approved", "convention_signed")]
    result = [sum(int(offer["max_candidates"]) for offer in offers)]
    for rows in (every, accepted):
        result.append(len(rows))
        result += [sum(gender.get(row["student_id"], "np") == wanted for row in rows) for wanted in GENDERS]
    return result
