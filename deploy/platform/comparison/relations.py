"""Reads relations of schema `platform` as they are, from one snapshot."""
import csv
import io
import os
import subprocess

# A cell of .csv has no limit; Python's own is 128 KiB.
csv.field_size_limit(1 << 30)


def read(queries, conninfo):
    """All relations, as {name: [{column: text}, …]}; null is None."""
    mark = "5d0d2b1e-end-of-relation"
    script = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO';\nBEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n"
    for query in queries.values():
        # An empty text is quoted and null is not, but csv.reader does not tell: null gets a word of its own.
        script += f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER, NULL '\\N', FORCE_QUOTE *);\n\\echo {mark}\n"
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"] + (["-d", conninfo] if conninfo else [])
    result = subprocess.run(command, input=script.encode() + b"COMMIT;\n", stdout=subprocess.PIPE,
                            env=dict(os.environ, PGCLIENTENCODING="UTF8"))
    if result.returncode:
        raise SystemExit(2)
    relations = {}
    for name, text in zip(queries, result.stdout.decode().split(mark + "\n")):
        header, *rows = csv.reader(io.StringIO(text, newline=""))
        relations[name] = [dict(zip(header, (None if field == "\\N" else field for field in row))) for row in rows]
    return relations
