"""The second task: `date: March 5, 2021` -> `2021-03-05`, with the month and day names of the Unicode CLDR in English and French."""

import datetime
import json
import random
from pathlib import Path

from split import is_held_out

PREFIX = "date: "


def names(npm: Path, language: str) -> dict:
    calendar = json.load(open(npm / f"cldr-dates-full/main/{language}/ca-gregorian.json"))["main"][language]["dates"]["calendars"]["gregorian"]
    days = "mon tue wed thu fri sat sun".split()
    return {"wide": list(calendar["months"]["format"]["wide"].values()), "short": list(calendar["months"]["format"]["abbreviated"].values()),
            "day": [calendar["days"]["format"]["wide"][d] for d in days]}


def ordinal(day: int) -> str:
    return f"{day}{'th' if 4 <= day % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def write(date: datetime.date, en: dict, fr: dict, pick: random.Random) -> str:
    wide, short, day = en["wide"][date.month - 1], en["short"][date.month - 1], en["day"][date.weekday()]
    mois, jour = fr["wide"][date.month - 1], fr["day"][date.weekday()]
    d, y = date.day, date.year
    return pick.choice([f"{wide} {d}, {y}", f"{d} {wide} {y}", f"{short} {d}, {y}", f"{wide} {ordinal(d)}, {y}", f"the {ordinal(d)} of {wide} {y}",
                        f"{day}, {wide} {d}, {y}", f"{day} {d} {wide} {y}", f"{d} {short} {y}", f"{d} {mois} {y}", f"le {d} {mois} {y}", f"{jour} {d} {mois} {y}"])


def make(npm: Path, count: int, held_out: bool, seed: int = 5) -> list[tuple[str, str]]:
    """`count` dates of one side of the split (a fifth of all days is held out)."""
    en, fr, pick, found = names(npm, "en"), names(npm, "fr"), random.Random(seed + held_out), []
    first, last = datetime.date(1900, 1, 1).toordinal(), datetime.date(2059, 12, 31).toordinal()
    while len(found) < count:
        date = datetime.date.fromordinal(pick.randint(first, last))
        if is_held_out(f"date|{date.isoformat()}", 20) == held_out:
            found.append((PREFIX + write(date, en, fr, pick), date.isoformat()))
    return found
