"""The steady mix of jobs: over SQL, in transactions that note what they enqueued, and over HTTP."""
import http.client
import json
import random
import subprocess
import threading
import time

BATCH = 20
SQL_RATE = 200
HTTP_RATE = 20
KINDS = ("chaos.effect-with-finish", "chaos.effect-first")

SCHEMA = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.committed (job uuid, kind text, account bigint);
CREATE TABLE chaos.effect (job uuid, attempt int, at timestamptz DEFAULT clock_timestamp());
CREATE INDEX ON chaos.effect (job);
CREATE TABLE chaos.exposed (fault int, job uuid, claim uuid, at timestamptz, again timestamptz, ended boolean);
"""

ACCOUNTS = """
INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
SELECT n, 'employer', format('reader-%s@%s.test', n, CASE WHEN n % 20 = 0 THEN 'refused' ELSE 'kept' END),
    'Camille', 'Verdier', now() FROM generate_series(1, {count}) n
"""


def is_healthy(account):
    """Every twentieth reader has an address that the mail server refuses while it answers 5xx."""
    return account % 20 != 0


class Load:
    """Enqueues until stopped. A thread for SQL, two for HTTP."""

    def __init__(self, world, token, seed, seconds):
        self._world, self._token, self._seed = world, token, seed
        self._end = time.monotonic() + seconds
        self._start = time.monotonic()
        self._give_up = self._end + 120
        self.answered, self.unanswered, self.rolled_back = {}, [], 0
        self._lock, self._account = threading.Lock(), 0
        self._threads = [threading.Thread(target=self._enqueue_in_sql, daemon=True)]
        self._threads += [threading.Thread(target=self._enqueue_over_http, args=(i,), daemon=True) for i in (0, 1)]
        for thread in self._threads:
            thread.start()

    def join(self):
        for thread in self._threads:
            thread.join()

    def _enqueue_in_sql(self):
        draws, psql, sent = random.Random(f"{self._seed} sql"), None, 0
        while time.monotonic() < self._end:
            if (time.monotonic() - self._start) * SQL_RATE < sent:
                time.sleep(0.01)
                continue
            psql = psql or subprocess.Popen(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], env=self._world.environment,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL, text=True)
            is_kept = draws.random() >= 0.1
            try:
                psql.stdin.write(batch(draws, "COMMIT" if is_kept else "ROLLBACK"))
                psql.stdin.flush()
                answer = psql.stdout.readline()
            except OSError:
                answer = ""
            if answer:
                sent += BATCH if is_kept else 0
                self.rolled_back += 0 if is_kept else BATCH
            else:  # The table knows whether that one was committed.
                psql.kill()
                psql.wait()
                psql = None
                time.sleep(0.3)
        if psql:
            psql.stdin.close()
            psql.wait()

    def _enqueue_over_http(self, place):
        period = 2 / HTTP_RATE
        due = self._start + place * period / 2
        while time.monotonic() < self._end:
            time.sleep(max(0, due - time.monotonic()))
            due += period
            with self._lock:
                self._account += 1
                account = self._account
            self._ask(account, place)

    def _ask(self, account, place):
        """Repeats the request with its key until it is answered: 202 is the promise that is held to."""
        while time.monotonic() < self._give_up:
            port = self._world.intake_ports[place % 2]
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
            try:
                connection.request("POST", "/v1/jobs/account.password-reset", json.dumps({"account_id": account}), {
                    "Authorization": f"Bearer {self._token}", "Content-Type": "application/json",
                    "Idempotency-Key": f"chaos-{account}"})
                response = connection.getresponse()
                body = response.read()
                if response.status == 202:
                    self.answered[account] = json.loads(body)["id"]
                    return
                if response.status in (401, 403, 404, 422):
                    raise RuntimeError(f"intake refused a job: {response.status} {body!r}")
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            place += 1
            time.sleep(0.2)
        self.unanswered.append(account)

    def note_answers(self):
        values = ", ".join(f"('{job}', 'account.password-reset', {account})" for account, job in self.answered.items())
        if values:
            self._world.sql(f"INSERT INTO chaos.committed VALUES {values}", patience=60)


def milliseconds(draws):
    """Most jobs are short; some run long enough to be met by every fault."""
    sort = draws.random()
    if sort < 0.96:
        return draws.randint(2, 30)
    return draws.randint(200, 1000) if sort < 0.995 else draws.randint(3000, 8000)


def batch(draws, ending):
    """A transaction that enqueues, and notes in its own table what it has enqueued."""
    kind = draws.choice(KINDS)
    lengths = [milliseconds(draws) for _ in range(BATCH)]
    if draws.random() < 0.5:
        jobs = json.dumps([{"kind": kind, "arguments": {"ms": length}} for length in lengths])
        enqueue = f"relais.enqueue_many('{jobs}') AS id"
    else:
        one = f"relais.enqueue('{kind}', jsonb_build_object('ms', ms))"
        enqueue = f"(SELECT {one} AS id FROM unnest(ARRAY{lengths}) AS ms) AS each"
    return f"""BEGIN;
INSERT INTO chaos.committed (job, kind) SELECT id, '{kind}' FROM {enqueue};
{ending};
\\echo answered
"""
