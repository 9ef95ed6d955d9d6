"""Placements that the associations filled outside the platform."""
from .draws import Draws, weighted
from .school_year import stamp
from .volumes import DAY

_TYPES = weighted([("on_site", 45), ("remote", 30), ("hybrid", 12), ("talk", 8), ("workshop", 5)])
_SEATS = weighted([(1, 30), (2, 20), (3, 15), (5, 15), (8, 10), (15, 7), (30, 3)])
_ROWS_PER_TARGET = 0.3  # about 1,300 rows and 4,000 filled seats in a year, like the spring of 2020


class Placements:
    def __init__(self, seed, now, departments, organisations):
        self._seed = seed
        self._now = now
        self._spread = weighted((department.code, department.weight) for department in departments)
        self._organisations = organisations
        self._last_id = 0

    def write(self, year, load):
        load.copy("off_platform_placement", self._rows(year, Draws(self._seed, "placements", year.year)))

    def _rows(self, year, draws):
        organisations = self._organisations
        for association in organisations.associations:
            # All rows of an association are replaced together, so they share the instant of the import.
            imported_at = self._now - association.id * 3_600
            for _ in range(max(20, int(association.target_count * _ROWS_PER_TARGET))):
                self._last_id += 1
                is_public = draws.chance(0.3)
                groups = organisations.public_groups if is_public else organisations.private_groups
                kind = draws.pick(_TYPES)
                seats = draws.pick(_SEATS) * (5 if kind in ("talk", "workshop") else 1)
                used = seats if draws.chance(0.5) else draws.between(0, seats)
                male = draws.between(used // 3, used * 2 // 3)
                female = used - male - (1 if used > male and draws.chance(0.1) else 0)  # not stated: neither
                updated_at = min(draws.between(year.opens, year.ends), imported_at) - draws.below(DAY)
                yield (self._last_id, association.id, is_public, draws.pick(groups).id if draws.chance(0.8) else None,
                       draws.pick(organisations.sector_ids) if draws.chance(0.95) else None, draws.pick(self._spread),
                       kind, seats, used, male, female, draws.pick(year.off_platform_weeks).code, stamp(updated_at),
                       stamp(imported_at))
