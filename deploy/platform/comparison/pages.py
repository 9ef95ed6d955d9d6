"""Compares the pages of figures, as the producer serves them, with what a recount says should stand on them."""
import json
import urllib.request

FRANCE, EVERYBODY = "FR", "0"
BLOCKS = ("companies", "companies_paqte", "administrations", "associations", "total")
GLOBAL = {
    "rep_registered": "schools.rep.registered", "rep_eligible": "schools.rep.eligible",
    "rep_plus_registered": "schools.rep_plus.registered", "rep_plus_eligible": "schools.rep_plus.eligible",
    "other_registered": "schools.other.registered", "other_eligible": "schools.other.eligible",
    "seats_public": "seats.public", "seats_private": "seats.private", "seats": "seats.total",
    "filled_on_site": "filled.on_site", "filled_remote": "filled.remote", "filled": "filled.total",
    "pupils": "pupils", "associations": "associations"}
# Names are no figures.
LEFT_OUT = ("refreshed_at", "department.name", "ministry.name")


def fetch(address, path, token):
    request = urllib.request.Request(f"{address}/v1/statistics/{path}")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def flat(value, place=""):
    """{place in the document: value}; an item of a list of objects has its id for a place."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = {item["id"]: {name: item[name] for name in item if name not in ("id", "name")} for item in value}
    if not isinstance(value, dict):
        return {place: value}
    return {key: leaf for name, member in value.items()
            for key, leaf in flat(member, f"{place}.{name}" if place else str(name)).items()}


def counts(values, names):
    return {name: int(values[name]) if values else 0 for name in names}


def block(values, counted, series):
    figures = counts(values, counted)
    for name in series:
        figures[name] = [int(point) for point in values[name].strip("{}").split(",")] if values else [0] * 12
    return figures


def off_platform(values, names):
    figures = counts(values, names)
    return dict(figures, total=int(values["off_platform"]) if values else 0,
                updated_at=values["off_platform_updated_at"] if values else None)


class Pages:
    """What should stand on each page: (path, document)."""

    def __init__(self, expected, counted, series):
        self.expected, self.counted, self.series = expected, counted, series

    def blocks(self, year, ministry, place, names):
        rows = self.expected["platform_figures"]
        return {name: block(rows.get((year, ministry, place, name)), self.counted, self.series) for name in names}

    def items(self, year, place, dimension):
        return [dict(counts(values, self.counted), id=int(key[3]))
                for key, values in self.expected["platform_breakdown"].items() if key[:3] == (year, place, dimension)]

    def department(self, year, code):
        filled = self.expected["filled_figures"].get((year, EVERYBODY, code))
        platform = self.blocks(year, EVERYBODY, code, BLOCKS)
        platform.update(by_sector=self.items(year, code, "sector"), by_group=self.items(year, code, "group"))
        names = ("on_site", "remote", "hybrid", "private", "private_paqte", "public")
        return {"school_year": int(year), "department": {"code": code}, "on_platform": platform,
                "off_platform": off_platform(filled, names), "grand_total": int(filled["grand_total"]) if filled else 0}

    def ministry(self, year, ministry, code):
        place = code or FRANCE
        filled = self.expected["filled_figures"].get((year, ministry, place))
        return {"school_year": int(year), "ministry": {"id": int(ministry)},
                "department": {"code": code} if code else None,
                "on_platform": self.blocks(year, ministry, place, ("administrations", "total")),
                "off_platform": off_platform(filled, ("on_site", "remote", "hybrid"))}

    def every(self, years, departments, ministries):
        for year in sorted(years):
            for code in departments:
                yield f"departments/{code}?school_year={year}", self.department(year, code)
            for ministry in ministries:
                for code in [None] + departments:
                    path = f"ministries/{ministry}?school_year={year}" + (f"&department={code}" if code else "")
                    yield path, self.ministry(year, ministry, code)


def differences(pages, years, departments, ministries, fetch, moment):
    """Lines that name page, place and what stands there; and the number compared. `fetch` gets a path's document."""
    compared, lines = 0, []

    def compare(path, found, wanted):
        nonlocal compared
        for place in sorted(found.keys() | wanted.keys()):
            stands = found.get(place, "nothing")
            if place.endswith("updated_at") and isinstance(stands, str):
                stands = moment(stands)
            compared += 1
            if place not in wanted or stands != wanted[place]:
                lines.append(f"{path} {place}: {stands}, counted {wanted.get(place, 'nothing')}")

    for path, document in pages.every(years, departments, ministries):
        found = flat(fetch(path))
        compare(path, {place: found[place] for place in found if place not in LEFT_OUT}, flat(document))
    for (year,), values in pages.expected["global_figures"].items():
        found = flat(fetch(f"global?school_year={year}"))
        # What is counted of this instant only is known of the current year.
        places = {place for name, place in GLOBAL.items() if name not in values} | set(LEFT_OUT)
        wanted = {GLOBAL[name]: int(value) for name, value in values.items()}
        compare(f"global?school_year={year}", {place: found[place] for place in found if place not in places},
                dict(wanted, school_year=int(year)))
    return lines, compared
