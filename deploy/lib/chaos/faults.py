"""What goes wrong, drawn from the seed: one fault after another, and some that last while others happen."""
import collections
import contextlib
import json
import pathlib
import random
import threading
import time
import traceback
import urllib.error

REDECLARED_WITHIN = 30
QUEUES = ("notice", "password-reset")

# They last while others happen, and so come first in a round.
ATTENDING = {"worker-frozen", "transaction-left-open"}
# They make every session young, and for 45 s nobody is declared dead: one after the other, so that rescues can be
# measured in the rest of the round.
YOUTH = {"postgres-restarted", "postgres-crashed"}

LEFT_OPEN = """
BEGIN;
INSERT INTO chaos.committed (job, kind)
SELECT relais.enqueue(kind, '{"ms": 5}'), kind FROM (SELECT 'chaos.effect-first' FROM generate_series(1, 20)) k (kind);
SELECT pg_sleep(60);
COMMIT;
"""


class Faults:
    """Runs the faults of a seed; `log` says which, on whom, from when to when (seconds since 1970)."""

    def __init__(self, world, rescues, seed, tell):
        self._world, self._draws, self._tell = world, random.Random(f"{seed} faults"), tell
        self.log, self.counts = [], collections.Counter()
        self._lasting, self._starting = [], []
        self._rescues = rescues
        self._kinds = {
            "worker-killed": self._kill_worker, "producer-killed": self._kill_producer,
            "worker-frozen": self._freeze, "line-half-open": self._cut, "transaction-left-open": self._leave_open,
            "broker-restarted": lambda: self._server("rabbitmq", "stop"),
            "broker-killed": lambda: self._server("rabbitmq", "kill"),
            "broker-wiped": lambda: self._server("rabbitmq", "wipe"),
            "queue-purged": lambda: self._queue("/contents"), "queue-deleted": lambda: self._queue(""),
            "memory-alarm": self._alarm,
            "postgres-restarted": lambda: self._server("postgres", "stop"),
            "postgres-crashed": lambda: self._server("postgres", "kill"),
            "smtp-refusing": lambda: self._server("smtp", "kill"),
            "smtp-4xx": lambda: self._mail_rule(stage="rcpt", reply="451 4.3.0 Later", times=40),
            "smtp-5xx": lambda: self._mail_rule(stage="rcpt", recipient="*@refused.test", reply="550 5.1.1 Unknown"),
            "smtp-hanging": self._hang,
            "smtp-dropped-after-data": lambda: self._mail_rule(stage="accepted", drop=True, times=10),
        }

    def run(self, seconds):
        """Shuffles all kinds again and again. Those that last come first in a round, so that others meet them."""
        end = time.monotonic() + seconds
        coming = []
        time.sleep(min(5, seconds / 4))  # The first fault should meet a system at work.
        while time.monotonic() < end:
            coming = coming or self._round()
            self._happen(coming.pop())
            time.sleep(self._draws.uniform(0.5, 4))
        for thread in self._lasting + self._starting:
            thread.join()

    def _round(self):
        """Every kind at least once, the last one first."""
        kinds = [kind for kind in self._kinds if kind not in ATTENDING | YOUTH] + ["worker-killed"] * 3
        self._draws.shuffle(kinds)
        place = self._draws.randint(0, len(kinds))
        return kinds[:place] + self._draws.sample(sorted(YOUTH), 2) + kinds[place:] + sorted(ATTENDING)

    def _happen(self, kind):
        self.counts[kind] += 1
        try:
            self._kinds[kind]()
        except Exception:  # A fault that could not be made must not pass for one that was survived.
            self.counts["failed"] += 1
            self._tell(f"{kind} could not be made: {traceback.format_exc()}")

    def _note(self, kind, target, start):
        self.log.append({"kind": kind, "target": target, "start": start, "end": time.time()})
        self._tell(f"{kind} {target}, {time.time() - start:.1f} s")

    # Programs

    def _kill_worker(self):
        self._kill(self._draws.choice(self._free("effects", "mails")), "worker-killed")

    def _kill_producer(self):
        self._kill(self._draws.choice(self._free("producer")), "producer-killed")

    def _free(self, *prefixes):
        return [program for program in self._world.named(*prefixes) if program.is_running and not program.is_frozen]

    def _kill(self, program, kind):
        pause, start, pid = self._draws.uniform(0.5, 4), time.time(), program.pid
        program.kill()
        self._rescues.expose(pid, start)
        self._note(kind, program.name, start)

        def again():
            time.sleep(pause)
            program.start()
        self._beside(again, self._starting)

    def _freeze(self):
        """For longer than its rescue takes, which is when nothing that ran in it is still its own."""
        program = self._draws.choice(self._free("effects", "mails"))

        def last():
            start = time.time()
            program.freeze()
            fault = self._rescues.expose(program.pid, start)
            while time.time() - start < 50 or self._rescues.is_waiting(fault) and time.time() - start < 150:
                time.sleep(0.5)
            time.sleep(2)
            program.thaw()
            self._note("worker-frozen", program.name, start)
        self._beside(last, self._lasting)

    def _beside(self, work, threads):
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        threads.append(thread)

    def _cut(self):
        program = self._draws.choice([program for program in self._world.programs if "database" in program.lines])
        which = self._draws.choice((["database"], ["broker"], ["database", "broker"]))
        seconds = self._draws.choice((5, 15, 60))

        def last():
            start = time.time()
            for line in which:
                program.lines[line].mute()
            time.sleep(seconds)
            for line in which:
                program.lines[line].restore()
            self._note("line-half-open", f"{program.name} {'+'.join(which)}", start)
        self._beside(last, self._lasting)

    def _leave_open(self):
        def last():
            start = time.time()
            with contextlib.suppress(RuntimeError):  # The server may go meanwhile, and with it transaction and jobs.
                self._world.sql(LEFT_OPEN)
            self._note("transaction-left-open", "", start)
        self._beside(last, self._lasting)

    # Servers

    def _server(self, server, how):
        start = time.time()
        self._world.stack("stop" if how == "stop" else "kill", server)
        if how == "wipe":
            self._world.wipe_broker()
        time.sleep(self._draws.uniform(0, 3))
        self._world.stack("start", server)
        self._note(f"{server}-{how}", "", start)

    def _queue(self, part):
        queue, start = self._draws.choice(QUEUES), time.time()
        while True:
            try:
                self._world.broker("DELETE", f"/api/queues/relais/{queue}{part}")
                break
            except urllib.error.HTTPError as error:
                # After a fault of the broker it is only there once a program has declared it again.
                if error.code != 404 or time.time() - start > REDECLARED_WITHIN:
                    raise
                time.sleep(0.2)
        self._note("queue-purged" if part else "queue-deleted", queue, start)

    def _alarm(self):
        start = time.time()
        self._world.stack("rabbitmqctl", "set_vm_memory_high_watermark", "0.0001")
        time.sleep(self._draws.uniform(2, 6))
        self._world.stack("rabbitmqctl", "set_vm_memory_high_watermark", "0.4")
        self._note("memory-alarm", "", start)

    # Mail

    def _mail_rule(self, **rule):
        start = time.time()
        self._set_rules([rule])
        time.sleep(self._draws.uniform(2, 5))
        self._set_rules([])
        self._note("smtp-rule", " ".join(map(str, rule.values())), start)

    def _hang(self):
        """Silence before or after the message is kept; then the server is killed, or clients would wait ten minutes."""
        start = time.time()
        self._set_rules([{"stage": self._draws.choice(("data", "end", "accepted")), "hang": True, "times": 10}])
        time.sleep(self._draws.uniform(3, 8))
        self._set_rules([])
        self._server("smtp", "kill")
        self._note("smtp-hanging", "", start)

    def _set_rules(self, rules):
        path = pathlib.Path(self._world.environment["RELAIS_STACK_DIRECTORY"], "smtp-rules.json")
        new = path.with_suffix(".new")
        new.write_text(json.dumps({"rules": rules}), encoding="utf-8")
        new.rename(path)
