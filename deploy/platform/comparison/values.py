"""Values of cells: texts, whole numbers, days and None; and how each kind of file keeps them."""
import datetime
import re
import zoneinfo

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()


def instant(text):
    return text and datetime.datetime.fromisoformat(text)


def paris_day(text):
    return text and instant(text).astimezone(PARIS).date()


def school_year_days(year):
    """The first and the last day."""
    return datetime.date(year, 9, 1), datetime.date(year + 1, 8, 31)


def week_text(week):
    def words(text):
        day = datetime.date.fromisoformat(text)
        return ("1er" if day.day == 1 else str(day.day)) + " " + MONTHS[day.month - 1]
    return "Du " + words(week["first_day"]) + " au " + words(week["last_day"])


def lines(*values):
    return "\n".join(value for value in values if value) or None


def as_xlsx(value):
    """A value as an .xlsx cell keeps it: no character that XML forbids, LF alone, 32,767 UTF-16 units at most."""
    if not isinstance(value, str):
        return value
    text = re.sub("\r\n?", "\n", value)
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)
    units = text.encode("utf-16-le")[: 2 * 32767]
    return units.decode("utf-16-le", errors="ignore") or None


def as_csv(value):
    if value is None:
        return ""
    if isinstance(value, datetime.date):
        return value.strftime("%d/%m/%Y")
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", str(value))
    return "'" + text if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def as_shown(value):
    """What a spreadsheet shows of a value in an .xlsx: days as dd/mm/yyyy; a text as it is, `=` and all."""
    value = as_xlsx(value)
    if value is None:
        return ""
    return value.strftime("%d/%m/%Y") if isinstance(value, datetime.date) else str(value)


def as_reopened(value):
    """What LibreOffice keeps of a value in a .csv: days and numbers are such, and so are texts that look like numbers; the
    quote before what would be a formula is a part of the text."""
    if value is None or isinstance(value, (datetime.date, int)):
        return value
    # It takes LF CR for one line break, and saves an underscore that looks like an escape as one.
    text = as_xlsx(as_csv(value).replace("\n\r", "\n"))
    text = text and re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)
    if not text or not re.fullmatch(" *[0-9]{1,15}(,[0-9]{1,9})?", text):
        return text
    return float(text.replace(",", ".")) if "," in text else int(text)
