"""PostgreSQL through psql: no driver to install, and COPY is the fastest way in."""
import os
import subprocess

from .tables import COLUMNS, WITH_IDENTITY

_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"})
_LINES_AT_ONCE = 2_000


class DatabaseError(Exception):
    """psql failed; what it said is already on standard error."""


class Database:
    """A database, named by a connection string or, without one, by the PG* variables of the environment."""

    def __init__(self, conninfo=None):
        self._command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"] + (["-d", conninfo] if conninfo else [])
        self._environment = dict(os.environ, PGCLIENTENCODING="UTF8")
        # "already exists, skipping" is what a second run of schema.sql is expected to meet.
        self._environment["PGOPTIONS"] = os.environ.get("PGOPTIONS", "") + " -c client_min_messages=warning"

    def run_file(self, path):
        self._finish(subprocess.run(self._command + ["-1", "-f", path], env=self._environment).returncode)

    def query(self, sql):
        """The rows of a query as lists of texts; null is the empty text."""
        result = subprocess.run(self._command + ["-At", "-F", "\x1f", "-c", sql], env=self._environment,
                                stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self._finish(result.returncode)
        return [line.split("\x1f") for line in result.stdout.splitlines()]

    def load(self):
        return Load(self._command, self._environment)

    @staticmethod
    def _finish(status):
        if status != 0:
            raise DatabaseError(f"psql ended with status {status}")


class Load:
    """One transaction that fills the relations. Leaving it by an exception leaves the database as it was."""

    def __init__(self, command, environment):
        self.counts = dict.fromkeys(COLUMNS, 0)
        self._psql = subprocess.Popen(command + ["-f", "-"], env=environment, stdin=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL, text=True, encoding="utf-8")

    def __enter__(self):
        self._write("BEGIN;\n")
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self._write("".join(f"SELECT setval(pg_get_serial_sequence('platform.{relation}', 'id'), "
                                f"coalesce(max(id), 1), count(*) > 0) FROM platform.{relation};\n"
                                for relation in WITH_IDENTITY))
            self._write("COMMIT;\nANALYZE " + ", ".join(f"platform.{relation}" for relation in COLUMNS) + ";\n")
        else:
            # Without this a psql that is in the middle of a COPY would take the end of the input for its end.
            self._psql.terminate()
        try:
            self._psql.stdin.close()
        except BrokenPipeError:
            pass  # its status tells
        status = self._psql.wait()
        if status != 0 and kind in (None, BrokenPipeError):
            raise DatabaseError(f"psql ended with status {status}; nothing was changed") from None

    def empty(self):
        self._write("TRUNCATE " + ", ".join(f"platform.{relation}" for relation in COLUMNS) + ";\n")

    def describe(self, text):
        """Keeps with the data what it was made from."""
        self._write("COMMENT ON SCHEMA platform IS '" + text.replace("'", "''") + "';\n")

    def copy(self, relation, rows):
        """Writes rows, tuples in the order of COLUMNS, of a relation."""
        self._write(f"COPY platform.{relation} ({', '.join(COLUMNS[relation])}) FROM STDIN;\n")
        lines = []
        for row in rows:
            lines.append("\t".join([_encode(value) for value in row]))
            if len(lines) == _LINES_AT_ONCE:
                self._flush(relation, lines)
                lines = []
        if lines:
            self._flush(relation, lines)
        self._write("\\.\n")

    def _flush(self, relation, lines):
        self.counts[relation] += len(lines)
        self._write("\n".join(lines) + "\n")

    def _write(self, text):
        self._psql.stdin.write(text)


def _encode(value):
    if value is None:
        return "\\N"
    if value.__class__ is str:
        # Most texts need no escape, and these two looks are much cheaper than a translation.
        return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)
    if value is True:
        return "t"
    if value is False:
        return "f"
    return str(value)
