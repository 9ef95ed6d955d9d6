"""The file of offers, worked out from the rows."""
import collections

from .values import day, lines, paris_day, school_year_days, week_text

SHEET = "Offres"
HEADINGS = [
    "Titre de l'offre", "Description", "Stage individuel/collectif", "Publiée le", "Supprimée le",
    "Nbr. de candidatures en attente", "Nbr. de candidatures rejetées", "Nbr. de candidatures acceptées", "Département",
    "Académie", "Lien vers l'association partenaire", "Nombre de vues", "Groupe ou institution", "Public/Privé", "Secteur",
    "Nom du tuteur", "Email du tuteur", "Téléphone du tuteur", "Employeur", "Adresse de l'employeur", "Établissement",
    "Disponible toute l'année"]
ROWS = {
    # In the order of the file.
    "offer": 'SELECT * FROM platform.offer ORDER BY department_code, title COLLATE "fr-x-icu", id',
    "offer_week": "SELECT offer_id, week FROM platform.offer_week",
    "application": "SELECT offer_id, state FROM platform.application",
    "week": "SELECT week, first_day, last_day FROM platform.week",
    "group": "SELECT id, name FROM platform.organisation_group",
    "sector": "SELECT id, name FROM platform.sector",
    "department": "SELECT code AS id, name FROM platform.department",
    "school": "SELECT id, name, city, zipcode FROM platform.school",
}


def is_wanted(offer, options):
    first, last = (day(offer[key]) for key in ("first_date", "last_date"))
    opens, closes = school_year_days(options.school_year)
    return first <= closes and last >= opens and all(
        wanted is None or offer[column] == wanted
        for column, wanted in (("department_code", options.department), ("academy", options.academy),
                               ("is_public", options.is_public), ("track", options.track),
                               ("group_id", options.ministry)))


def expected(relations, options):
    """Headings and rows as they should be: texts, whole numbers, days, and None."""
    names = {table: {row["id"]: row["name"] for row in relations[table]} for table in ("group", "sector", "department")}
    schools = {row["id"]: row for row in relations["school"]}
    labels = {row["week"]: week_text(row) for row in relations["week"]}
    states = collections.defaultdict(collections.Counter)
    for row in relations["application"]:
        states[row["offer_id"]][row["state"]] += 1
    weeks = collections.defaultdict(list)
    for row in relations["offer_week"]:
        weeks[row["offer_id"]].append(row["week"])
    offers = [offer for offer in relations["offer"] if is_wanted(offer, options)]
    most = max((len(weeks[offer["id"]]) for offer in offers), default=0)
    rows = []
    for offer in offers:
        count = states[offer["id"]]
        seats = int(offer["max_candidates"])
        school = schools.get(offer["school_id"])
        town = school and " – ".join(part for part in (school["city"], school["zipcode"] and "CP " + school["zipcode"]) if part)
        own = sorted(weeks[offer["id"]])
        rows.append([
            offer["title"], offer["description"],
            "Stage individuel (un seul élève par stage)" if seats == 1
            else "Stage collectif (par groupe de %d élèves)" % seats,
            paris_day(offer["published_at"]), paris_day(offer["discarded_at"]),
            count["submitted"], count["rejected"] + count["expired"], count["approved"] + count["convention_signed"],
            names["department"][offer["department_code"]], offer["academy"], offer["permalink"], int(offer["view_count"]),
            names["group"].get(offer["group_id"], "Indépendant"), "Public" if offer["is_public"] == "t" else "Privé",
            names["sector"][offer["sector_id"]], offer["tutor_name"], offer["tutor_email"], offer["tutor_phone"],
            lines(offer["employer_name"], offer["employer_website"], offer["employer_description"]),
            lines(offer["street"], offer["zipcode"], offer["city"]), school and lines(school["name"], town),
            "Non" if own else "Oui"] + [labels[week] for week in own] + [None] * (most - len(own)))
    return [HEADINGS + [f"Semaine {number + 1}" for number in range(most)]] + rows
