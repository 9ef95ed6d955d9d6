"""The file of associations, worked out from the rows."""
import collections
import datetime
import re

from .values import order, paris_day

SHEET = "Associations"
HEADINGS = ["Association", "Objectif annuel", "Total réalisé", "Dont présentiels", "Dont hybrides", "Dont à distance",
            "Ateliers", "Public", "Privé", "Date de mise à jour"]
ROWS = {
    # In the order of the file.
    "association": 'SELECT * FROM platform.association ORDER BY name COLLATE "fr-x-icu", id',
    "placement": "SELECT * FROM platform.off_platform_placement",
}


def monday(week):
    if not re.fullmatch("[0-9]{4}-W[0-9]{2}", week):
        return datetime.date.max
    year, number = week.split("-W")
    return datetime.date.fromisocalendar(int(year), int(number), 1)


def week_of_september(year):
    """The Monday of the week that holds 1 September."""
    day = datetime.date(year, 9, 1)
    return day - datetime.timedelta(days=day.weekday())


def expected(relations, options):
    opens, closes = week_of_september(options.school_year), week_of_september(options.school_year + 1)
    rows = []
    for association in relations["association"]:
        own = [row for row in relations["placement"]
               if row["association_id"] == association["id"] and opens <= monday(row["week"]) < closes]
        by_type, by_sector = collections.Counter(), collections.Counter()
        for row in own:
            by_type[row["type"]] += int(row["seats_used"])
            if row["type"] in ("on_site", "hybrid", "remote"):
                by_sector[row["is_public"]] += int(row["seats_used"])
        rows.append([
            association["name"], int(association["target_count"]),
            by_type["on_site"] + by_type["hybrid"] + by_type["remote"], by_type["on_site"], by_type["hybrid"],
            by_type["remote"], by_type["workshop"], by_sector["t"], by_sector["f"],
            paris_day(max((row["updated_at"] for row in own), key=order, default=None))])
    return [HEADINGS] + rows
