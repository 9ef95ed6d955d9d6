"""Référents with the invitations that let them sign up, association accounts and administrators."""
from .accounts import activation_delay, slug
from .draws import Draws
from .school_year import stamp
from .volumes import DAY


class Referents:
    """A référent for each département and each ministry, an account for each association."""

    def __init__(self, seed, departments, organisations, accounts, opens, now):
        self._draws = draws = Draws(seed, "referents")
        self._invitations = []

        def signed_up(kind, domain, **scope):
            invited_at = opens - draws.between(30 * DAY, 200 * DAY)
            account = accounts.add(kind, invited_at + draws.between(DAY, 9 * DAY), domain=domain,
                                   confirmed_after=activation_delay(draws), **scope)
            # The administrator typed the address: some have capitals that the account does not have.
            typed = account.email.strip().upper() if draws.chance(0.1) else account.email
            self._invite(typed, kind, invited_at, account.id, **scope)
            return account

        self.of_department = {
            department.code: signed_up("departmental_referent", f"{slug(department.name)}.gouv.example",
                                       department_code=department.code)
            for department in departments}
        self.of_ministry = {
            group.id: signed_up("central_referent", f"{slug(group.name)[:40].strip('-')}.gouv.example", ministry_id=group.id)
            for group in organisations.ministries}
        self.of_association = {
            association.id: accounts.add("association", opens - draws.between(30 * DAY, 400 * DAY),
                                         domain=f"{slug(association.name)}.example")
            for association in organisations.associations}
        self.administrators = [accounts.add("administrator", opens - 500 * DAY, domain="monstagedetroisieme.example")
                               for _ in range(3)]
        # Invited, not signed up yet; the first two addresses as copied from a mail.
        for number in range(15):
            place = draws.pick(departments)
            email = f"futur.referent{number + 1}@{slug(place.name)}.gouv.example"
            email = [" Futur.Referent1@Paris.Gouv.Example ", email.upper()][number] if number < 2 else email
            self._invite(email, "departmental_referent", now - draws.between(1, 20 * DAY), None, department_code=place.code)
        ministry = organisations.ministries[0]
        self._invite("futur.central@ministere.gouv.example", "central_referent", now - DAY, None, ministry_id=ministry.id)

    def _invite(self, email, kind, created_at, account_id, department_code=None, ministry_id=None):
        self._invitations.append((len(self._invitations) + 1, email, kind, department_code, ministry_id,
                                  stamp(created_at), account_id))

    @property
    def pending_invitation(self):
        """The id of an invitation that nobody has used."""
        return self._invitations[-1][0]

    def write(self, load):
        load.copy("referent_invitation", self._invitations)
