"""The offers of one school year, with their weeks."""
import datetime

from . import words
from .accounts import slug
from .draws import Draws, weighted
from .employers import Employer, organisation_name
from .school_year import midnight, stamp
from .volumes import ASSOCIATION_OFFERS, DAY, OFFERS, PUBLIC_OFFERS, REFERENT_OFFERS

_SEATS = weighted([(1, 60), (2, 18), (3, 7), (4, 5), (5, 3), (6, 2), (8, 1), (10, 2), (15, 1), (30, 1)])
_WEEK_COUNTS = weighted([(1, 28), (2, 14), (3, 12), (4, 10), (5, 8), (6, 6), (8, 6), (10, 5), (15, 5), (20, 3), (30, 2), (38, 1)])
_FREE_TRACKS = ["troisieme_prepa_metiers", "troisieme_segpa"]


class Offer:
    """What applications need to know of an offer. `seats` goes down as they are accepted."""

    __slots__ = ("id", "school_id", "department", "weeks", "last_begin", "opens", "closes", "seats")


class Offers:
    """Makes the offers year after year; their ids run on."""

    def __init__(self, seed, schools, organisations, employers, referents):
        self._seed = seed
        self._organisations = organisations
        self._employers = employers
        self._referents = referents
        self._last_id = 0
        self._schools_of = {}
        for school in schools:
            self._schools_of.setdefault(school.department.code, []).append(school)
        self._departments = weighted((school.department, 1) for school in schools)

    def write(self, year, load):
        """Writes the offers and weeks of a year, and returns those to which pupils can apply."""
        draws = Draws(self._seed, "offers", year.year)
        offers, weeks = [], []

        def rows():
            for is_public, publisher in self._plan(draws):
                self._last_id += 1
                offer, row = self._offer(self._last_id, is_public, publisher, year, draws)
                if offer.opens is not None:
                    offers.append(offer)
                weeks.extend((offer.id, week.code) for week in offer.weeks)
                yield row

        load.copy("offer", rows())
        load.copy("offer_week", weeks)
        return offers

    def _plan(self, draws):
        """Whether each offer is public, and who publishes it. Exactly 24 % are public."""
        public_links = ASSOCIATION_OFFERS // 4
        # A référent speaks for an administration, so his offers are public.
        plan = [(True, "referent")] * REFERENT_OFFERS
        plan += [(True, "association")] * public_links + [(False, "association")] * (ASSOCIATION_OFFERS - public_links)
        plan += [(True, "employer")] * (PUBLIC_OFFERS - REFERENT_OFFERS - public_links)
        plan += [(False, "employer")] * (OFFERS - len(plan))
        return draws.shuffle(plan)

    def _offer(self, id, is_public, publisher, year, draws):
        employer, permalink = self._owner(publisher, is_public, id, draws)
        track = draws.pick(_FREE_TRACKS) if draws.chance(0.09) else "troisieme_generale"
        weeks, first_date, last_date = self._dates(track, year, draws)
        latest = max(min(year.ends, midnight(first_date)) - 12 * DAY, year.opens + 20 * DAY)
        created_at = draws.between(year.opens, latest)
        fate = draws.unit()
        published_at = discarded_at = None
        # 3 % were never published, 2 % were and are not any more, 4 % are deleted.
        if fate >= 0.05:
            published_at = created_at + (draws.between(0, 3_600) if draws.chance(0.7) else draws.between(0, 4 * DAY))
        if fate >= 0.96:
            discarded_at = draws.between(min(published_at + 2 * DAY, year.ends), year.ends)

        offer = Offer()
        offer.id = id
        offer.department = employer.department.code
        offer.weeks = weeks
        offer.last_begin = weeks[-1].begins if weeks else midnight(last_date)
        offer.opens = published_at or (created_at if fate >= 0.03 else None)
        offer.closes = discarded_at or year.ends
        offer.seats = seats = 200 if draws.chance(0.0004) else draws.pick(_SEATS)
        offer.school_id = None
        if draws.chance(0.03) and employer.department.code in self._schools_of:
            offer.school_id = draws.pick(self._schools_of[employer.department.code]).id
        row = (id, self._title(draws), self._description(draws), seats, employer.account.id,
               draws.pick(self._organisations.sector_ids), employer.group_id, is_public, offer.school_id, track,
               employer.department.code, employer.department.academy, employer.street, employer.zipcode, employer.town,
               employer.name, employer.website, employer.description, *employer.tutor, permalink, first_date, last_date,
               stamp(published_at), stamp(discarded_at), int(400 * draws.unit() ** 4), stamp(created_at))
        return offer, row

    def _owner(self, publisher, is_public, id, draws):
        """The employer that the offer shows, its account being the owner, and the link of an association's offer."""
        if publisher == "employer":
            return self._employers.pick(draws, is_public), None
        department = draws.pick(self._departments)
        if publisher == "association":
            association = draws.pick(self._organisations.associations)
            groups = self._organisations.public_groups if is_public else self._organisations.private_groups
            account, group_id = self._referents.of_association[association.id], draws.pick(groups).id
            name = organisation_name(draws, is_public, department)
            link = f"https://{slug(association.name)}.example/offres/{id}"
            return Employer(account, department, is_public, group_id, name, draws), link
        if draws.chance(0.3):
            ministry = draws.pick(self._organisations.ministries)
            account, group_id, name = self._referents.of_ministry[ministry.id], ministry.id, ministry.name
        else:
            account, group_id = self._referents.of_department[department.code], self._prefecture.id
            name = f"Préfecture – {department.name}"
        return Employer(account, department, True, group_id, name, draws), None

    @property
    def _prefecture(self):
        return next(group for group in self._organisations.public_groups if group.name == "PRÉFECTURE")

    @staticmethod
    def _dates(track, year, draws):
        """Weeks, first day and last day. No weeks: available the whole year."""
        if track != "troisieme_generale":
            return [], year.first_day, year.last_day
        kind = draws.unit()
        if kind < 0.006:  # one day, in the middle of its week
            week = draws.pick(year.weeks)
            day = week.first_day + datetime.timedelta(draws.below(5))
            return [week], day, day
        if kind < 0.016:  # from the spring of this year into the next school year
            weeks = year.weeks[-draws.between(1, 8):] + year.next_autumn[:draws.between(1, 6)]
        else:
            count = min(draws.pick(_WEEK_COUNTS), len(year.weeks))
            step = draws.pick([1, 1, 1, 2]) if count < 15 else 1
            first = draws.below(len(year.weeks) - (count - 1) * step)
            weeks = year.weeks[first:first + (count - 1) * step + 1:step]
        return weeks, weeks[0].first_day, weeks[-1].last_day

    @staticmethod
    def _title(draws):
        titles = words.AWKWARD_TITLES if draws.chance(0.01) else words.TITLES
        return draws.pick(titles).format(trade=draws.pick(words.TRADES))[:150]

    @staticmethod
    def _description(draws):
        sentences = [draws.pick(words.SENTENCES) for _ in range(draws.between(1, 5))]
        if draws.chance(0.05):
            sentences.insert(draws.below(len(sentences) + 1), draws.pick(words.AWKWARD_SENTENCES))
        between = "\n" if draws.chance(0.2) else " "
        return between.join(sentences).replace("{trade}", draws.pick(words.TRADES))[:500]
