"""Départements with invented towns and addresses."""
import csv
import pathlib

from . import words
from .draws import Draws

REFERENCE = pathlib.Path(__file__).resolve().parent.parent / "reference"


def reference(name):
    """The rows of a file of reference/ as dictionaries."""
    with open(REFERENCE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Department:
    """A département, its towns, and the weight it has in everything that is spread over France."""

    def __init__(self, code, name, academy, domain, schools, draws):
        self.code = code
        self.name = name
        self.academy = academy
        # Domains of the State are real: here they end in .example, so that no mail can reach anybody.
        self.school_domain = domain.removesuffix(".fr") + ".example"
        self.schools = schools
        self.weight = schools + 1  # some départements have no school of the programme, but they have offers
        self.towns = self._towns(draws)

    def _towns(self, draws):
        if self.code == "75":
            return [(f"750{number:02}", "Paris") for number in range(1, 21)]
        # Zip codes of Corsica begin with 20 whatever the code of the département.
        start = {"2A": "201", "2B": "202"}.get(self.code, self.code)
        digits = 5 - len(start)
        towns = []
        for _ in range(12):
            zipcode = start + str(draws.below(10 ** (digits - 1)) * 10).zfill(digits)
            town = draws.pick(words.TOWN_STARTS) + draws.pick(words.TOWN_ENDS) + draws.pick(words.TOWN_TAILS)
            towns.append((zipcode, town))
        return towns

    def address(self, draws):
        """Street, zip code and town."""
        street = f"{draws.between(1, 180)} {draws.pick(words.STREET_KINDS)} {draws.pick(words.STREET_NAMES)}"
        return (street, *draws.pick(self.towns))


def departments(seed):
    draws = Draws(seed, "places")
    schools = {row["code"]: int(row["schools"]) for row in reference("schools_by_department.csv")}
    domains = {row["academy"]: row["email_domain"] for row in reference("academies.csv")}
    return [Department(row["code"], row["name"], row["academy"], domains[row["academy"]], schools[row["code"]], draws)
            for row in reference("departments.csv")]
