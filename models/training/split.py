"""The one rule that decides what is held out.

A key is held out when its hash falls in the lowest `percent` of the hash range. Keys are whole documents (their first line), whole
files, or, for collections of unrelated sentences, the sentence itself in a normalised spelling, so that two translations of one
sentence never end up on both sides.
"""

import hashlib
import re

SALT = "transformer-probe/1"

# Whole sources that no model ever trains on: one book and one code base.
HELD_OUT_SOURCES = {"book:peter-pan", "code:commander"}


def normalise(text: str) -> str:
    """Case, punctuation and spacing do not make a different sentence."""
    return re.sub(r"[^0-9a-zà-ÿ%{}$]+", " ", text.lower()).strip()


def is_held_out(key: str, percent: float) -> bool:
    digest = hashlib.sha256(f"{SALT}|{normalise(key)}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < percent / 100 * 2**64
