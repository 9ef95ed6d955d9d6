"""What became of every job, looked at from outside: what was committed, which effects and mails are there."""
import collections
import json

from .load import is_healthy
from .rescues import DATABASE

# Between "handed over" and the commit of the finish; more than this long after the mail the finish has committed,
# unless the database was away meanwhile.
WINDOW = 5

STATES = """
SELECT c.job, c.kind, coalesce(c.account, 0), coalesce(f.state, j.state, 'vanished'), coalesce(f.reason, ''),
    (SELECT count(*) FROM chaos.effect e WHERE e.job = c.job), coalesce(f.crashes, j.crashes, 0)
FROM chaos.committed c LEFT JOIN relais.job j ON j.id = c.job LEFT JOIN relais.job_finished f ON f.id = c.job
"""
STRANGERS = """
SELECT count(*) FROM (SELECT id, kind FROM relais.job UNION ALL SELECT id, kind FROM relais.job_finished) j
WHERE (kind LIKE 'chaos.%' OR kind = 'account.password-reset')
AND NOT EXISTS (SELECT FROM chaos.committed WHERE job = id)
"""


class Account:
    def __init__(self, world, faults, rescues):
        self._world, self._faults, self._rescues = world, faults, rescues
        self.findings = []

    def make(self):
        finished, lost, doubled = collections.Counter(), 0, 0
        rows = self._world.sql(STATES, patience=60)
        mails = Mails(self._world, self._faults.log)
        for job, kind, account, state, reason, effects, crashes in rows:
            account, effects = int(account), int(effects)
            finished[state] += 1
            is_done = state == "done" and (mails.count(account) if account else effects) >= 1
            if not is_done and not (state == "dead" and account and not is_healthy(account)):
                lost += 1
                self.findings.append(f"lost: {job} {kind} {state} {reason} effects {effects} crashes {crashes} "
                                     f"mails {mails.count(account)}")
            if effects > 1:
                doubled += effects - 1
                self.findings.append(f"effect doubled: {job} {kind} {effects} times, crashes {crashes}")
        outside, inside = mails.doubled()
        self.findings += mails.findings
        killed, frozen, late = self._rescues.longest(self._faults.log)
        self.findings += late
        return {
            "enqueued": len(rows), "finished": dict(finished), "lost": lost, "duplicated_effects": doubled,
            "duplicated_mails": outside + inside, "duplicated_mails_in_window": inside,
            "faults": dict(self._faults.counts), "longest_rescue_ms": killed, "longest_frozen_rescue_ms": frozen,
            "strangers": int(self._world.sql(STRANGERS, patience=60)[0][0]),
        }


class Mails:
    """The mail server's log, read by connection: which copies of a mail it kept, and what it told their sender."""

    def __init__(self, world, faults):
        self._faults, self.findings = faults, []
        self._lines = {program.name: program.lines["mail"].taken for program in world.named("mails")}
        self._copies = collections.defaultdict(list)
        boot, last, open_connections = 0, 0, {}
        with open(f"{world.environment['RELAIS_STACK_DIRECTORY']}/smtp-events.log", encoding="utf-8") as log:
            for line in log:
                event = json.loads(line)
                number = event.get("connection")
                if event["event"] == "connection":
                    boot += number <= last
                    last = number
                    worker = self._worker(event["peer"], event["time"])
                    open_connections[boot, number] = {"worker": worker, "kept": None}
                connection = open_connections.get((boot, number))
                if connection is None:
                    continue
                if event["event"] == "kept":
                    copy = {"time": event["time"], "worker": connection["worker"], "answered": False}
                    connection["kept"] = copy
                    self._copies[event["recipients"][0]].append(copy)
                elif event["event"] == "replied" and connection["kept"]:
                    connection["kept"]["answered"] = event["code"] == 250
                    connection["kept"] = None

    def _worker(self, peer, at):
        """Whose connection came from this port: ports are used again, so the nearest in time."""
        ours = [(abs(at - when), name) for name, taken in self._lines.items() for port, when in taken if port == peer]
        return min(ours)[1] if ours else None

    def count(self, account):
        return sum(len(self._copies.get(f"reader-{account}@{host}.test", ())) for host in ("kept", "refused"))

    def doubled(self):
        """How many copies too many, outside the window and inside it."""
        outside = inside = 0
        for copies in self._copies.values():
            for former in copies[:-1]:
                if not former["answered"] or self._was_hit(former):
                    inside += 1
                else:
                    outside += 1
                    self.findings.append(f"mail doubled outside the window: {copies}")
        return outside, inside

    def _was_hit(self, copy):
        """Whether its worker was killed, frozen or cut off before it can have recorded the answer."""
        start = end = copy["time"]
        end += WINDOW
        for fault in sorted(self._faults, key=lambda fault: fault["start"]):
            if fault["kind"] in DATABASE and fault["start"] < end and fault["end"] > start:
                end = fault["end"] + 2 * WINDOW
        for fault in self._faults:
            if fault["target"].split(" ")[0] != copy["worker"]:
                continue
            lasts = fault["kind"] != "worker-killed"
            if fault["start"] <= end and (fault["end"] + WINDOW if lasts else fault["start"] + 0.5) >= start:
                return True
        return False
