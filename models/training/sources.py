"""Reads the raw corpora (see README.md for where each comes from) into documents of clean paragraphs."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from split import HELD_OUT_SOURCES, is_held_out


@dataclass
class Document:
    """One text with its domain, its source and the side of the split it is on."""

    domain: str
    source: str
    paragraphs: list[str]
    held_out: bool
    connected: bool = True  # paragraphs follow each other; False: a bag of unrelated sentences


# Standard Ebooks volumes in the order of the file, each with its first words. "None" is left out: the
# translator's rights (V. S. Vernon Jones) are not clear everywhere.
BOOKS = [
    ("aesop", None, "A hungry Fox saw"),
    ("black-beauty", "Anna Sewell", "The first place that I can well remember"),
    ("sherlock-holmes", "Arthur Conan Doyle", "To Sherlock Holmes she is always"),
    ("potter-tales", "Beatrix Potter", "Once upon a time there was a village shop"),
    ("railway-children", "E. Nesbit", "They were not railway children to begin"),
    ("little-princess", "Frances Hodgson Burnett", "Once on a dark winter's day"),
    ("secret-garden", "Frances Hodgson Burnett", "When Mary Lennox was sent"),
    ("peter-pan", "J. M. Barrie", "All children, except one, grow up"),
    ("wind-in-the-willows", "Kenneth Grahame", "The Mole had been working very hard"),
    ("wizard-of-oz", "L. Frank Baum", "Dorothy lived in the midst"),
    ("anne-of-green-gables", "L. M. Montgomery", "Mrs. Rachel Lynde lived just"),
    ("alice", "Lewis Carroll", "Alice was beginning to get very tired"),
]
# Tom Sawyer, Just So Stories and The Jungle Book follow without a boundary we need.

# Documentation: file, megabytes of it that are used at most.
DOCS = [
    ("python3.11-doc", 2.2), ("nodejs-doc", 1.2), ("rust-book", 1.2), ("vscode-dts", 0.4), ("types-node", 0.7),
    ("sqlite3-doc", 0.7), ("django-doc", 0.8), ("postgresql-doc", 0.5), ("go-comments", 0.8), ("jargon", 0.4),
]
CODE = [("zod", 1.6), ("date-fns", 0.5), ("express", 0.1), ("commander", 0.2), ("rxjs", 0.9), ("three", 1.2)]

BAD_TEXT = re.compile(r"https?://|@[a-z]+\.|[\x00-\x08]|Â|â€|\bGoogle\b|\bChrome\b|\bChromium\b|\bGmail\b")


def tidy(text: str) -> str:
    """Plain quotes and dashes, one space between words, no typographic joiners."""
    for old, new in (("\u2060", ""), ("\u200b", ""), ("“", '"'), ("”", '"'), ("’", "'"), ("‘", "'"), ("—", " - "), ("–", "-"),
                     ("…", "..."), ("\u00a0", " "), ("â", "'")):
        text = text.replace(old, new)
    return re.sub(r"\s+", " ", text).strip()


def prose_ok(text: str) -> bool:
    letters = sum(c.isalpha() or c in " ,.'\"!?;:-" for c in text)
    return 3 <= len(text) <= 4000 and letters >= 0.85 * len(text) and not BAD_TEXT.search(text) and text.isascii()


def books(root: Path) -> Iterator[Document]:
    lines = [tidy(line) for line in (root / "english/standardebooks.txt").read_text("utf8").split("\n")]
    starts = {name: next(i for i, line in enumerate(lines) if line.startswith(first)) for name, _, first in BOOKS}
    ends = sorted(starts.values()) + [len(lines)]
    skipped = {name for name, author, _ in BOOKS if author is None}
    for name, start in starts.items():
        end = ends[ends.index(start) + 1]
        paragraphs = [p for p in lines[start:end] if prose_ok(p)]
        source = f"book:{name}"
        if name not in skipped:
            yield from chunks("books", source, paragraphs, 1500, source in HELD_OUT_SOURCES)


def chunks(domain: str, source: str, paragraphs: list[str], size: int, held_out: bool) -> Iterator[Document]:
    """Cuts a long text into documents of about `size` characters."""
    current: list[str] = []
    for paragraph in paragraphs:
        current.append(paragraph)
        if sum(map(len, current)) > size:
            yield Document(domain, source, current, held_out)
            current = []
    if current:
        yield Document(domain, source, current, held_out)


def docs(root: Path) -> Iterator[Document]:
    """Documentation pages are split by blank lines; where a file has none, blocks of 40 lines stand in for pages."""
    for name, megabytes in DOCS:
        raw = (root / f"english/{name}.txt").read_text("utf8", "replace").split("\n")
        pages: list[list[str]] = [[]]
        blank = any(not line for line in raw[:-1])
        for line in raw:
            if (not line) if blank else len(pages[-1]) >= 40:
                pages.append([])
            if line:
                pages[-1].append(tidy(line))
        pages = [[p for p in page if prose_ok(p) and len(p.split()) >= 4] for page in pages]
        used = 0
        for page in pages:
            if not page:
                continue
            held_out = is_held_out(f"{name}|{page[0]}", 5)
            used += 0 if held_out else sum(map(len, page))
            if used < megabytes * 1e6:
                yield from chunks("docs", f"docs:{name}", page, 1500, held_out)


def code(root: Path) -> Iterator[Document]:
    for name, megabytes in CODE:
        used = 0
        for text in (root / f"code/{name}.txt").read_text("utf8", "replace").split("\n\x00\n"):
            text = re.sub(r"/\*\*?[^/]*?(license|copyright)[^/]*?\*/", "", text, flags=re.I | re.S)
            text = re.sub(r"\n{3,}", "\n\n", text.replace("\t", "  ")).strip("\n")
            lines = [line.rstrip() for line in text.split("\n") if len(line) < 160 and line.isascii() and not BAD_TEXT.search(line)]
            source = f"code:{name}"
            held_out = source in HELD_OUT_SOURCES or is_held_out(f"{name}|{text[:400]}", 4)
            used += 0 if held_out else len(text)
            if used < megabytes * 1e6 and len(lines) > 2:
                for i in range(0, len(lines), 40):
                    yield Document("code", source, lines[i:i + 40], held_out)


def sentences(domain: str, source: str, lines: list[str], percent: float) -> Iterator[Document]:
    """Unrelated sentences: one document a side, the split decided for each sentence."""
    seen: set[str] = set()
    kept: tuple[list[str], list[str]] = ([], [])
    for line in lines:
        if line not in seen:
            seen.add(line)
            kept[is_held_out(line, percent)].append(line)
    for held_out in (False, True):
        yield Document(domain, source, kept[held_out], held_out, connected=False)


def pairs(root: Path, name: str) -> list[tuple[str, str]]:
    """English-French pairs of `tatoeba` or `ui`."""
    rows = csv.reader(open(root / f"{name}-en-fr.tsv", encoding="utf8"), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [(tidy(row[0]), tidy_french(row[1])) for row in rows if not BAD_TEXT.search(row[0])]


def tidy_french(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ").replace("\u200b", "")).strip()


def wordnet_definitions(root: Path) -> list[str]:
    """"Awful means causing fear or dread or terror."; nouns, verbs, adjectives and adverbs in this order."""
    return [s for s in map(tidy, (root / "english/wordnet-sentences.txt").read_text("utf8").split("\n")) if prose_ok(s)]


def english(root: Path) -> Iterator[Document]:
    """Everything the two English models read, facts and templates excepted."""
    yield from books(root)
    yield from docs(root)
    yield from code(root)
    tatoeba = [en for en, _ in pairs(root, "tatoeba")]
    yield from sentences("everyday", "tatoeba", [s for s in tatoeba if prose_ok(s)], 4)
    ui = [en for en, _ in pairs(root, "ui")]
    yield from sentences("ui", "ui-strings", [s for s in ui if s.isascii()], 4)
    examples = (root / "english/wordnet-examples.txt").read_text("utf8").split("\n")
    yield from sentences("everyday", "wordnet-examples", [s for s in map(tidy, examples) if prose_ok(s) and len(s.split()) > 3], 4)
    glosses = [s for s in wordnet_definitions(root) if 5 < len(s.split()) < 18 and s.split("(")[0].count(" ") < 14]
    yield from sentences("glosses", "wordnet-definitions", glosses[::4], 4)
