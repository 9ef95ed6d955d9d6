"""Reads the rows of an exported file and tells how they differ from those expected."""
import csv
import datetime
import glob
import io
import os
import re
import subprocess
import sys
import tempfile

# Seconds; 30,000 rows take ten.
CONVERSION = 900


def converted(path, *form):
    """Yields the one file that LibreOffice makes of another. Its exit code is 0 on failure too: only a file says that it
    worked."""
    with tempfile.TemporaryDirectory() as directory:
        # A profile of its own: beside a LibreOffice of the same user it would hand over the file and end.
        command = ["soffice", f"-env:UserInstallation=file://{directory}/profile", "--headless", *form,
                   "--outdir", f"{directory}/made", path]
        try:
            result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                    timeout=CONVERSION)
        except FileNotFoundError:
            print("soffice is not on the PATH: install libreoffice-calc-nogui", file=sys.stderr)
            raise SystemExit(2)
        except subprocess.TimeoutExpired:
            print(f"converting in LibreOffice timed out after {CONVERSION} s", file=sys.stderr)
            raise SystemExit(2)
        made = glob.glob(f"{directory}/made/*")
        if len(made) != 1:
            print(f"expected one sheet from LibreOffice, got {[os.path.basename(name) for name in made]}: "
                  + result.stdout.decode(errors="replace"), file=sys.stderr)
            raise SystemExit(2)
        yield made[0]


def rows_of_libreoffice(path, sheet):
    """The sheet of an .xlsx as LibreOffice shows it."""
    # Comma, quotes, UTF-8, from row 1, columns as they are, English, quote what needs it, cells as shown (dates in
    # their format), no formulas, no blanks removed, every sheet to a file of its own.
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,false,true,false,false,-1"
    for made in converted(path, "--convert-to", form):
        if not made.endswith(f"-{sheet}.csv"):
            yield [f"sheet {os.path.basename(made)}"]
        with open(made, encoding="utf-8", newline="") as file:
            yield from csv.reader(file, strict=True)


def rows_of_reopened(path, _):
    """A .csv as LibreOffice opens it in French: what it takes for a date or a number is one."""
    # Semicolon, quotes, UTF-8, from row 1, columns as they are, French, quoted fields not forced to text, dates seen.
    for made in converted(path, "--infilter=CSV:59,34,76,1,,1036,false,true", "--convert-to", "xlsx"):
        yield from rows_of_xlsx(made, None)


def rows_of_xlsx(path, sheet):
    import openpyxl
    book = openpyxl.load_workbook(path, read_only=True)
    if sheet and book.sheetnames != [sheet]:
        yield [f"sheets {book.sheetnames}"]
    for row in book.worksheets[0].iter_rows():
        yield [cell_value(cell) for cell in row]


def cell_value(cell):
    """The value with its kind: a date that is a text, or a formula, compares unequal to what it should be."""
    value = cell.value
    if isinstance(value, str):
        if cell.data_type == "f":
            return ("formula", value)
        # ECMA-376 writes what XML cannot hold, and an underscore that would look like it, as _xHHHH_.
        return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), value) or None
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    return value


def rows_of_csv(path, _):
    with open(path, "rb") as file:
        data = file.read()
    if not data.startswith(b"\xef\xbb\xbf"):
        yield ["no byte order mark"]
    yield from csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";", strict=True)


def differences(actual, wanted, filler):
    seen = 0
    for number, row in enumerate(actual, start=1):
        seen = number
        if number > len(wanted):
            continue
        want = wanted[number - 1]
        # Empty cells at the end of a row need not stand in the file.
        row = list(row) + [filler] * (len(want) - len(row))
        for column, (is_there, should) in enumerate(zip(row, want)):
            if is_there != should or type(is_there) is not type(should):
                yield f"row {number}, {wanted[0][column]}: expected {should!r}, the file has {is_there!r}"
        if len(row) > len(want):
            yield f"row {number}: expected {len(want)} cells, the file has {len(row)}"
    if seen != len(wanted):
        yield f"expected {len(wanted) - 1} rows below the headings, the file has {seen - 1}"
