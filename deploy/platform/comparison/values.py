"""Values of cells: texts, whole numbers, days and None; and how each kind of file keeps them."""
import datetime
import re
import zoneinfo

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()


def day(text):
    """A day to compare by: what Python's years do not reach is as far as they do."""
    if text == "-infinity" or text.endswith(" BC"):
        return datetime.date.min
    if text == "infinity" or text.index("-") > 4:
        return datetime.date.max
    return datetime.date.fromisoformat(text)


def order(text):
    """Sorts instants, all of them of UTC."""
    if text.endswith("infinity"):
        return (-1 if text[0] == "-" else 1, 0, "")
    year, rest = text.removesuffix(" BC").split("-", 1)
    return (0, -int(year) if text.endswith(" BC") else int(year), rest)


def paris_day(text):
    """The day in Paris of an instant of UTC: a date, or the words of one that no calendar has; None for null."""
    if text is None:
        return None
    if text.endswith("infinity"):
        return "moins l'infini" if text[0] == "-" else "infini"
    year, rest = text.removesuffix(" BC").split("-", 1)
    year = 1 - int(year) if text.endswith(" BC") else int(year)
    # The calendar repeats itself every 400 years, and Paris knew no zones in the years 400 to 799.
    known = year if 1 < year < 9999 else (2000 if year >= 9999 else 400) + year % 400
    local = datetime.datetime.fromisoformat(f"{known:04}-{rest}").astimezone(PARIS).date()
    year += local.year - known
    # The last year of a timestamp with time zone: what Paris calls the next one cannot be told.
    if year > 294276:
        return "31/12/294276"
    if 1 <= year <= 9999:
        return local.replace(year=year)
    return f"{local:%d/%m}/{year}" if year > 0 else f"{local:%d/%m}/{1 - year:04} av. J.-C."


def shown_day(value):
    return f"{value:%d/%m}/{value.year:04}"


def school_year_days(year):
    """The first and the last day."""
    return datetime.date(year, 9, 1), datetime.date(year + 1, 8, 31)


def week_text(week):
    def words(text):
        day = datetime.date.fromisoformat(text)
        return ("1er" if day.day == 1 else str(day.day)) + " " + MONTHS[day.month - 1]
    # Without days it is told by its name.
    if "infinity" in week["first_day"] + week["last_day"]:
        return week["week"]
    return "Du " + words(week["first_day"]) + " au " + words(week["last_day"])


def lines(*values):
    return "\n".join(value for value in values if value) or None


def as_xlsx(value):
    """A value as an .xlsx cell keeps it: no character that XML forbids, LF alone, 32,767 UTF-16 units at most, and no day
    before 1900."""
    if isinstance(value, datetime.date) and value.year < 1900:
        return shown_day(value)
    if not isinstance(value, str):
        return value
    text = re.sub("\r\n?", "\n", value)
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)
    units = text.encode("utf-16-le")[: 2 * 32767]
    return units.decode("utf-16-le", errors="ignore") or None


def before(text):
    """What stands before a text in a .csv: a tab before digits that would be a number or a day, an apostrophe before what
    would be a formula."""
    if re.fullmatch("[0-9+.,/() \u00a0\u202f-]+", text):
        is_shown_as_it_is = re.fullmatch("0|[1-9][0-9]{0,14}|[^0-9]+", text)
        return "" if is_shown_as_it_is else "\t"
    return "'" if text[:1] in tuple("=+-@\t\r\n＝＋－＠") else ""


def as_csv(value):
    if value is None:
        return ""
    if isinstance(value, datetime.date):
        return shown_day(value)
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", str(value))
    return before(text) + text if isinstance(value, str) else text


def as_shown(value):
    """What a spreadsheet shows of a value in an .xlsx: days as dd/mm/yyyy; a text as it is, `=` and all."""
    value = as_xlsx(value)
    if value is None:
        return ""
    return shown_day(value) if isinstance(value, datetime.date) else str(value)


def as_reopened(value):
    """What LibreOffice keeps of a value in a .csv: days and numbers are such, and so are texts of digits alone that look the
    same as a number; the quote before what would be a formula, and the tab before other digits, are a part of the text."""
    if value is None or isinstance(value, (datetime.date, int)):
        return value
    # It takes LF CR for one line break, and saves an underscore that looks like an escape as one.
    text = as_xlsx(as_csv(value).replace("\n\r", "\n"))
    text = text and re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)
    return int(text) if text and re.fullmatch("[0-9]{1,15}", text) else text
