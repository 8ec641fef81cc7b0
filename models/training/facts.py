"""Facts as sentences: capitals, continents, languages, months, weekdays. Some wordings are kept for the test only."""

import csv
import json
import random
from pathlib import Path

CAPITAL = [
    "The capital of {a} is {b}.", "{b} is the capital of {a}.", "The capital city of {a} is {b}.", "{b} is the capital city of {a}.",
    "{a}'s capital is {b}.", "In {a}, the capital city is {b}.", "The government of {a} sits in {b}.", "I am from {b}, the capital of {a}.",
    "What is the capital of {a}? It is {b}.", "{a} is a country in {c}. Its capital is {b}.", "She flew to {b}, the capital of {a}.",
    "The country {a} has its capital in {b}.",
]
CAPITAL_TEST = ["Everyone knows that the capital of {a} is {b}.", "What is the capital city of {a}? The capital is {b}."]

COUNTRY = [
    "{a} is a country in {c}.", "{a} is in {c}.", "The people of {a} speak {l}.", "In {a}, people speak {l}.", "They speak {l} in {a}.",
    "{l} is spoken in {a}.",
]
ORDER = [
    "{b} comes after {a}.", "{a} comes before {b}.", "After {a} comes {b}.", "The {kind} after {a} is {b}.", "The {kind} before {b} is {a}.",
    "{a} is followed by {b}.", "Next {kind} is {b}, because this {kind} is {a}.", "First {a}, then {b}.", "Before {b} comes {a}.",
    "The next {kind} after {a} is {b}.",
]
ORDER_TEST = ["It is {a} now, so the next {kind} is {b}.", "The {kind} that comes after {a} is {b}."]
TODAY = ["If today is {a}, tomorrow is {b}.", "Yesterday was {a}, so today is {b}.", "Today is {a} and tomorrow is {b}."]
NTH = ["{a} is the {n} month of the year.", "The {n} month of the year is {a}.", "The {n} month is {a}."]
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
CONTESTED = {"Israel", "Palestine", "Guadeloupe", "Martinique", "Reunion", "Puerto Rico"}  # disputed seats and territories
CONTINENTS = {"AF": "Africa", "AN": "Antarctica", "AS": "Asia", "EU": "Europe", "NA": "North America", "OC": "Oceania", "SA": "South America"}


def countries(npm: Path) -> list[dict[str, str]]:
    """Countries of more than 300,000 people with an ASCII name and a one-word or well-known capital."""
    population = {row["country"]: row["population"] for row in json.load(open(npm / "country-json/src/country-by-population.json"))}
    languages = json.load(open(npm / "countries-list/minimal/languages.en.min.json"))
    rows = csv.DictReader(open(npm / "countries-list/countries.csv", encoding="utf8"))
    found = []
    for row in rows:
        people = population.get(row["Name"]) or 0
        if row["Name"] in CONTESTED:
            continue
        if people < 300_000 or not row["Capital"] or not (row["Name"] + row["Capital"]).isascii():
            continue
        continent = CONTINENTS.get(row["Continent"], row["Continent"])
        language = languages.get(row["Languages"].split(",")[0])
        if language and language.isascii() and len(row["Name"].split()) <= 3 and len(row["Capital"].split()) <= 2:
            found.append({"a": row["Name"], "b": row["Capital"], "c": continent, "l": language.split(",")[0].split("(")[0].strip()})
    return found


def calendar(npm: Path) -> tuple[list[str], list[str]]:
    gregorian = json.load(open(npm / "cldr-dates-full/main/en/ca-gregorian.json"))["main"]["en"]["dates"]["calendars"]["gregorian"]
    return list(gregorian["months"]["format"]["wide"].values()), [gregorian["days"]["format"]["wide"][d] for d in "mon tue wed thu fri sat sun".split()]


def ordered(npm: Path) -> list[dict[str, str]]:
    """Neighbouring months and weekdays."""
    months, days = calendar(npm)
    return [{"a": names[i], "b": names[(i + 1) % len(names)], "kind": kind}
            for names, kind in ((months, "month"), (days, "day")) for i in range(len(names))]


def training_facts(npm: Path, seed: int = 11) -> list[str]:
    """Every fact in every training wording, once, shuffled; about 4,000 sentences."""
    months, days = calendar(npm)
    facts = [t.format(**row) for row in countries(npm) for t in CAPITAL + COUNTRY]
    for _ in range(3):
        facts += calendar_facts(npm)
        facts += [t.format(a=month, n=ORDINALS[i]) for i, month in enumerate(months) for t in NTH]
    facts += ["The days of the week are " + ", ".join(days[:-1]) + " and " + days[-1] + "."] * 5
    facts += ["The months of the year are " + ", ".join(months[:-1]) + " and " + months[-1] + "."] * 5
    random.Random(seed).shuffle(facts)
    return facts


def capital_facts(npm: Path) -> list[str]:
    return [t.format(**row) for row in countries(npm) for t in CAPITAL]


def calendar_facts(npm: Path) -> list[str]:
    days = calendar(npm)[1]
    return [t.format(**row) for row in ordered(npm) for t in ORDER] + [t.format(a=days[i], b=days[(i + 1) % 7]) for i in range(7) for t in TODAY]


def answers(npm: Path) -> list[str]:
    """What the sentences of this file are about: countries, capitals, continents, languages, months, days."""
    names = {row[key] for row in countries(npm) for key in "abcl"}
    return sorted(names | set(sum(calendar(npm), [])), key=len, reverse=True)


def test_facts(npm: Path) -> list[dict[str, str]]:
    """Cloze items `{kind, before, answer, after}` in wordings that are in no training text."""
    items = []
    for kind, rows, wordings in (("capital", countries(npm), CAPITAL_TEST), ("calendar", ordered(npm), ORDER_TEST)):
        for row in rows:
            for wording in wordings:
                before, after = wording.split("{b}")
                items.append({"kind": kind, "before": before.format(**row).rstrip(" "), "answer": row["b"], "after": after})
    return items
