"""Names for heads: scores on held-out text, and what the loss becomes when the head is set to zero."""

from contextlib import contextmanager
from typing import Callable

import numpy as np

# kind: (name, what the score is, least score to be named)
COMMON = {
    "previous": ("Previous token", "mean attention to the token before", 0.4),
    "next": ("Next token", "mean attention to the token after", 0.4),
    "self": ("Same token", "mean attention to the token itself", 0.4),
    "first": ("First token", "mean attention to the first token", 0.4),
}
BERT_KINDS = {**COMMON, "separator": ("Separator", "mean attention to [SEP]", 0.4),
              "coreference": ("Pronoun to antecedent", "share of templates in which the pronoun looks more at its antecedent than at the other name", 0.75)}
GPT_KINDS = {**{k: v for k, v in COMMON.items() if k != "next"},
             "induction": ("Induction", "mean attention to the token after the last occurrence of the same token, random repeats", 0.4)}
T5_KINDS = {"alignment": ("Alignment", "share of lexicon pairs whose source token has the largest weight at the predicting step", 0.4)}


def positional(a: np.ndarray) -> dict[str, np.ndarray]:
    """Scores of [layer, head, query, key] for the fixed-offset kinds."""
    return {"previous": a.diagonal(-1, 2, 3).mean(-1), "next": a.diagonal(1, 2, 3).mean(-1), "self": a.diagonal(0, 2, 3).mean(-1),
            "first": a[:, :, 1:, 0].mean(-1)}


@contextmanager
def zeroed(model, family: str, layer: int | None, head: int | None):
    """Sets one head's output to zero: the slice of the input of the output projection."""
    if layer is None:
        yield
        return
    if family == "bert":
        module = model.bert.encoder.layer[layer].attention.output.dense
    elif family == "gpt2":
        module = model.transformer.h[layer].attn.c_proj
    else:
        module = model.decoder.block[layer].layer[1].EncDecAttention.o
    width = 32

    def hook(_, inputs):
        value = inputs[0].clone()
        value[..., head * width:(head + 1) * width] = 0
        return (value, *inputs[1:])

    handle = module.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def name_heads(scores: dict[str, np.ndarray], kinds: dict, loss: Callable[..., float], most: int = 3) -> list[dict]:
    """The best heads of each kind with their scores and ablation. Every kind keeps its best head, named or not (`reached`)."""
    before, found = loss(), []
    for kind, (name, metric, least) in kinds.items():
        values = scores[kind]
        order = np.argsort(-values, axis=None)[:most]
        for rank, flat in enumerate(order):
            layer, head = (int(i) for i in np.unravel_index(flat, values.shape))
            score = float(values[layer, head])
            if rank and score < least:
                continue
            found.append({"layer": layer, "head": head, "kind": kind, "name": name, "score": round(score, 4), "metric": metric, "reached": score >= least,
                          "ablation": {"lossBefore": round(before, 4), "lossAfter": round(loss(layer, head), 4)}})
    return found
