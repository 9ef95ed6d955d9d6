"""Employers: an account each, with the organisation in whose name it publishes offers."""
from . import words
from .accounts import activation_delay, person, slug, tutor_phone
from .draws import Draws, weighted
from .volumes import DAY, EMPLOYERS

_SECOND_NAMES = words.LAST_NAMES + words.TOWN_STARTS


class Employer:
    """One who publishes offers. `group_id` None is printed as Indépendant."""

    def __init__(self, account, department, is_public, group_id, organisation, draws):
        self.account = account
        self.department = department
        self.is_public = is_public
        self.group_id = group_id
        self.name = organisation
        self.street, self.zipcode, self.town = department.address(draws)
        self.website = f"https://www.{slug(organisation)}.example" if draws.chance(0.6) else None
        self.description = draws.pick(words.OFFICE_DESCRIPTIONS if is_public else words.COMPANY_DESCRIPTIONS)
        _, first, last = person(draws)
        if draws.chance(0.92):
            self.tutor = (f"{first} {last}", f"{slug(first)}.{slug(last)}@{slug(organisation)}.example",
                          tutor_phone(draws) if draws.chance(0.7) else None)
        else:
            self.tutor = (None, None, None)


def organisation_name(draws, is_public, department):
    if is_public:
        return f"{draws.pick(words.OFFICES)} de {department.name}"
    return f"{draws.pick(words.COMPANY_STARTS)} {draws.pick(_SECOND_NAMES)}"


class Employers:
    """All employers; those that are not activated are not in the lists, because they cannot publish."""

    def __init__(self, seed, departments, organisations, accounts, opens, now):
        self._draws = draws = Draws(seed, "employers")
        spread = weighted((department, department.weight) for department in departments)
        self.public, self.private = [], []
        self.unconfirmed = None
        for number in range(EMPLOYERS):
            is_public = draws.chance(0.24)
            department = draws.pick(spread)
            name = organisation_name(draws, is_public, department)
            domain = f"{slug(name)}.example"
            if draws.chance(0.04):
                # Signed up in the last days and not activated yet.
                account = accounts.add("employer", now - draws.between(600, 12 * DAY), domain=domain, confirmed_after=None)
                if account.email == account.email.strip().lower():
                    self.unconfirmed = self.unconfirmed or account
                continue
            account = accounts.add("employer", opens - draws.between(2 * DAY, 500 * DAY), domain=domain,
                                   confirmed_after=activation_delay(draws),
                                   discarded_at=now - draws.between(1, 80 * DAY) if draws.chance(0.02) else None)
            employers = self.public if is_public else self.private
            employers.append(Employer(account, department, is_public, self._group(organisations, is_public), name, draws))
        # Neither deleted nor typed with capitals, and without a second account of the same address.
        self.confirmed = next(employer.account for employer in self.private[20:] if employer.account.discarded_at is None
                              and employer.account.email == employer.account.email.strip().lower())
        self._duplicates(accounts, opens, now)

    def _group(self, organisations, is_public):
        draws = self._draws
        if is_public:
            return draws.pick(organisations.public_groups).id if draws.chance(0.96) else None
        return draws.pick(organisations.private_groups).id if draws.chance(0.45) else None

    def _duplicates(self, accounts, opens, now):
        """A few addresses with a second account: deleted and made again, or signed up twice."""
        for employer in self.private[:12]:
            accounts.add("employer", opens - 600 * DAY, email=employer.account.email.upper(),
                         discarded_at=opens - 550 * DAY)
        for employer in self.private[12:20]:
            accounts.add("employer", now - 2 * DAY, email=employer.account.email, confirmed_after=None)

    def pick(self, draws, is_public):
        """An employer; the first of the list publish more than the last."""
        employers = self.public if is_public else self.private
        return employers[int(len(employers) * draws.unit() ** 1.3)]
