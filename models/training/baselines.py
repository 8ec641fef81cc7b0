"""Count models trained on the same tokens: what the pocket models must beat."""

import numpy as np


class BothSides:
    """Unigram, and a bigram model that sees the token before and the token after the gap."""

    def __init__(self, tokens: np.ndarray, size: int):
        ids = tokens.astype(np.int64)
        self.single = np.bincount(ids, minlength=size).astype(np.float32) + 0.01
        self.pairs = np.bincount(ids[:-1] * size + ids[1:], minlength=size * size).astype(np.float32).reshape(size, size)
        self.unigram = self.single / self.single.sum()

    def guess(self, left: int | None, right: int | None, allowed: slice) -> int:
        score = np.log(self.unigram)
        for known, row in ((left, lambda: self.pairs[left]), (right, lambda: self.pairs[:, right])):
            if known is not None:
                counts = row()
                score = score + np.log((counts + 2 * self.unigram) / (counts.sum() + 2)) - np.log(self.unigram)
        return int(score[allowed].argmax()) + allowed.start


class Trigram:
    """Interpolated Kneser-Ney with one discount an order (Chen & Goodman 1999, equations 27-28)."""

    def __init__(self, tokens: np.ndarray, size: int):
        ids, self.size = tokens.astype(np.int64), size
        self.bi_keys, self.bi_counts = np.unique(ids[:-1] * size + ids[1:], return_counts=True)
        self.tri_keys, self.tri_counts = np.unique((ids[:-2] * size + ids[1:-1]) * size + ids[2:], return_counts=True)
        # Lower orders count the contexts a token follows, not its occurrences.
        middle = self.tri_keys % (size * size)
        self.cont_keys, self.cont_counts = np.unique(middle, return_counts=True)
        follow = np.bincount(self.bi_keys % size, minlength=size).astype(np.float64)
        self.unigram = (follow + 0.1) / (follow + 0.1).sum()
        self.discounts = [self.discount(self.cont_counts), self.discount(self.tri_counts)]
        self.bi = self.context(self.cont_keys, self.cont_counts)
        self.tri = self.context(self.tri_keys, self.tri_counts)

    @staticmethod
    def discount(counts: np.ndarray) -> float:
        once, twice = (counts == 1).sum(), (counts == 2).sum()
        return once / (once + 2 * twice)

    def context(self, keys: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        contexts, start, kinds = np.unique(keys // self.size, return_index=True, return_counts=True)
        return contexts, np.add.reduceat(counts, start), kinds

    def mix(self, keys, counts, context, discount, key, lower):
        contexts, totals, kinds = context
        at = np.minimum(np.searchsorted(contexts, key // self.size), len(contexts) - 1)
        known = contexts[at] == key // self.size
        place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        count = np.where(keys[place] == key, counts[place], 0)
        mixed = np.maximum(count - discount, 0) / totals[at] + discount * kinds[at] / totals[at] * lower
        return np.where(known, mixed, lower)

    def log_probabilities(self, ids: np.ndarray) -> np.ndarray:
        """Natural-log probability of ids[2:], each given the two tokens before it."""
        ids = ids.astype(np.int64)
        bi_key = ids[1:-1] * self.size + ids[2:]
        lower = self.mix(self.cont_keys, self.cont_counts, self.bi, self.discounts[0], bi_key, self.unigram[ids[2:]])
        return np.log(self.mix(self.tri_keys, self.tri_counts, self.tri, self.discounts[1], ids[:-2] * self.size**2 + bi_key, lower))


def repeated_share(ids: list[int], n: int = 4) -> float:
    """Share of n-grams that occurred before in the same sample."""
    grams = [tuple(ids[i:i + n]) for i in range(len(ids) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


class Verbatim:
    """Knows every run of `n` tokens of the training text by a hash."""

    FACTOR = np.uint64(1000003)

    def __init__(self, stream: np.ndarray, n: int = 20):
        self.n = n
        self.hashes = np.unique(self.hash(stream))

    def hash(self, ids: np.ndarray) -> np.ndarray:
        ids = ids.astype(np.uint64)
        count = max(0, len(ids) - self.n + 1)
        total = np.zeros(count, dtype=np.uint64)
        for i in range(self.n):
            total = total * self.FACTOR + ids[i:i + count] + np.uint64(1)
        return total

    def has_copy(self, ids: list[int]) -> bool:
        hashes = self.hash(np.array(ids))
        place = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return bool((self.hashes[place] == hashes).any())
