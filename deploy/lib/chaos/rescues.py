"""How long the jobs of a killed or frozen worker wait until they run again."""
import itertools
import threading

# What the log of faults calls the events after which nobody is declared dead for 45 s: every session is young then.
DATABASE = ("postgres-stop", "postgres-kill")
YOUNG = 50
KILLED_WITHIN_MS = 6_000
FROZEN_WITHIN_MS = 60_000

# The jobs that a dead, frozen or cut-off worker leaves behind, with the instant from which their rescue is measured.
EXPOSE = """
INSERT INTO chaos.exposed (fault, job, claim, at)
SELECT {fault}, j.id, j.claim, to_timestamp({at}) FROM relais.job j JOIN relais.process p ON p.id = j.process
WHERE p.os_pid = {pid} AND j.state = 'running'
"""
# The next attempt may have ended by the time we look: a failed one stands in relais.failure.
WATCH = """
UPDATE chaos.exposed e SET again = n.at, ended = n.ended FROM chaos.exposed x, LATERAL (
    SELECT min(claimed_at) AS at, coalesce(bool_or(claim = x.claim), false) AS ended FROM (
        SELECT claimed_at, claim FROM relais.job_finished WHERE id = x.job
        UNION ALL SELECT claimed_at, NULL FROM relais.job WHERE id = x.job
        UNION ALL SELECT claimed_at, NULL FROM relais.failure WHERE job = x.job
    ) attempt WHERE claimed_at > x.at OR claim = x.claim
) n
WHERE e.ctid = x.ctid AND x.again IS NULL AND NOT coalesce(x.ended, false) AND (n.at IS NOT NULL OR n.ended)
"""
BACK = """
SELECT fault, extract(epoch FROM at), extract(epoch FROM again) FROM chaos.exposed WHERE again IS NOT NULL AND NOT ended
"""


class Rescues:
    """Notes which jobs a fault hit, and when the next attempt of each began."""

    def __init__(self, world):
        self._world, self._numbers, self._is_over = world, itertools.count(1), threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def expose(self, pid, at):
        """The number of the fault that hit the process at `at`, seconds since 1970."""
        fault = next(self._numbers)
        self._world.sql(EXPOSE.format(fault=fault, pid=pid, at=at), patience=60)
        return fault

    def is_waiting(self, fault):
        """Whether one of its jobs has neither ended by itself nor begun again."""
        return bool(self._world.sql(f"SELECT FROM chaos.exposed WHERE fault = {fault} AND again IS NULL "
                                    "AND ended IS NOT TRUE LIMIT 1", patience=60))

    def _watch(self):
        while not self._is_over.wait(1):
            try:
                self._world.sql(WATCH)
            except RuntimeError:
                continue  # The database is away; the rows stay.

    def end(self):
        self._is_over.set()
        self._world.sql(WATCH, patience=60)

    def longest(self, log):
        """The longest wait in milliseconds after a kill and after a freeze, database events apart, and the late ones."""
        events = [(fault["start"], fault["end"]) for fault in log if fault["kind"] in DATABASE]
        frozen = [fault["start"] for fault in log if fault["kind"] == "worker-frozen"]
        longest, late = {True: 0, False: 0}, []
        for fault, at, again in self._world.sql(BACK, patience=60):
            at, again = float(at), float(again)
            if any(start < again and at - YOUNG < end for start, end in events):
                continue
            is_frozen = any(abs(start - at) < 0.01 for start in frozen)
            took = round((again - at) * 1000)
            if took > (FROZEN_WITHIN_MS if is_frozen else KILLED_WITHIN_MS):
                late.append(f"late rescue: fault {fault} at {at:.1f}, {took} ms, frozen {is_frozen}")
            longest[is_frozen] = max(longest[is_frozen], took)
        return longest[False], longest[True], late
