"""Accounts of every kind: ids, names, identifiers."""
import unicodedata

from . import words
from .draws import weighted
from .school_year import stamp
from .volumes import DAY

_GENDERS = weighted([("m", 47), ("f", 49), ("np", 4)])


def slug(text):
    """Lower case without accents, words joined by a hyphen: for addresses and links."""
    plain = unicodedata.normalize("NFD", text.lower()).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def person(draws):
    """Gender, first name and last name."""
    gender = draws.pick(_GENDERS)
    boys = gender == "m" or gender == "np" and draws.chance(0.5)
    return gender, draws.pick(words.BOYS if boys else words.GIRLS), draws.pick(words.LAST_NAMES)


def tutor_phone(draws):
    """A mobile number from the range that the regulator keeps for fiction (06 39 98)."""
    return f"+3363998{draws.below(10_000):04}"


class Account:
    """What the rest of the data needs to know of an account."""

    __slots__ = ("id", "email", "phone", "first_name", "last_name", "confirmed_at", "discarded_at")


class Accounts:
    """Hands out ids and identifiers, and keeps the rows until they are written."""

    def __init__(self, draws):
        self._draws = draws
        self._rows = []
        self._last_id = 0

    def add(self, kind, created_at, *, domain=None, role=None, confirmed_after=300, discarded_at=None, department_code=None,
            ministry_id=None, school_id=None, by_phone=False, email=None):
        """Adds an account with an address of the domain, or with a phone only. confirmed_after=None: not activated."""
        draws = self._draws
        self._last_id += 1
        account = Account()
        account.id = self._last_id
        gender, account.first_name, account.last_name = person(draws)
        account.phone = account.email = None
        if by_phone:
            # 07 00 numbers are given to machines and are longer, so this one reaches nobody. Ids keep it unique.
            account.phone = f"+33700{account.id % 1_000_000:06}"
        else:
            account.email = email or self._address(account, domain)
        account.confirmed_at = None if confirmed_after is None else created_at + confirmed_after
        account.discarded_at = discarded_at
        self._rows.append((account.id, kind, role, account.email, account.phone, account.first_name, account.last_name,
                           gender, department_code, ministry_id, school_id, stamp(account.confirmed_at),
                           stamp(discarded_at), stamp(created_at)))
        return account

    def _address(self, account, domain):
        local = f"{slug(account.first_name)}.{slug(account.last_name)}{account.id}"
        # An address is kept as it was typed: 3 % with capitals, and now and then a space from a copy and paste.
        typed = self._draws.unit()
        if typed < 0.03:
            return f"{local.title()}@{domain.title() if typed < 0.01 else domain}"
        return f"{local}@{domain} " if typed > 0.9995 else f"{local}@{domain}"

    def take_rows(self):
        """Takes the rows that were added since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def write(self, load):
        load.copy("account", self.take_rows())


def activation_delay(draws):
    """Seconds from sign-up to activation: minutes for most, a day for some."""
    return draws.between(60, 3_600) if draws.chance(0.8) else draws.between(3_600, DAY)
