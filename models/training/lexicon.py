"""A word lexicon from the training pairs: IBM model 1 in both directions, on tokens. It points out which tokens translate each other."""

import numpy as np


def cells(source: list[np.ndarray], target: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every (source token, target token) cell of every pair, and for each cell the number of its target position."""
    s = np.concatenate([np.repeat(a, len(b)) for a, b in zip(source, target)]).astype(np.int64)
    t = np.concatenate([np.tile(b, len(a)) for a, b in zip(source, target)]).astype(np.int64)
    ends = np.cumsum([0] + [len(b) for b in target])
    at = np.concatenate([np.tile(np.arange(ends[i], ends[i + 1]), len(a)) for i, a in enumerate(source)])
    return s, t, at


def model_one(source: list[np.ndarray], target: list[np.ndarray], size: int, rounds: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Sorted keys `source * size + target` and P(target | source) for each."""
    s, t, at = cells(source, target)
    keys, which = np.unique(s * size + t, return_inverse=True)
    of_source = keys // size
    value = np.ones(len(keys))
    for _ in range(rounds):
        weight = value[which]
        weight /= np.bincount(at, weight)[at]
        value = np.bincount(which, weight)
        value /= np.bincount(of_source, value, minlength=size)[of_source]
    return keys, value.astype(np.float32)


class Lexicon:
    """Looks up the symmetric score sqrt(P(t|s) * P(s|t)) of a source and a target token."""

    def __init__(self, source: list[np.ndarray], target: list[np.ndarray], size: int):
        self.size = size
        forward, p = model_one(source, target, size)
        backward, q = model_one(target, source, size)
        flipped = (backward % size) * size + backward // size
        order = np.argsort(flipped)
        self.keys, self.score = forward, np.sqrt(p * q[order])

    def table(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Scores, one row a target token."""
        keys = source[None].astype(np.int64) * self.size + target[:, None]
        found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[found] == keys, self.score[found], 0)

    def links(self, source: np.ndarray, target: np.ndarray, least: float = 0.15) -> np.ndarray:
        """For each target token its source position, or -1 where the lexicon is not sure."""
        table = self.table(source, target)
        # Among equal tokens the one nearest to the diagonal wins.
        distance = np.abs(np.arange(len(target))[:, None] / max(1, len(target)) - np.arange(len(source))[None] / max(1, len(source)))
        best = (table - 0.05 * distance).argmax(1)
        sure = table[np.arange(len(target)), best] >= least
        return np.where(sure, best, -1)
