"""pocket-bert's figures: masked tokens, facts in new wordings, minimal pairs, heads, ONNX parity."""

import random
from pathlib import Path

import numpy as np
import torch

import baselines
import facts
import heads
import onnx_check
import templates
from train_bert import MASK

FIRST = 5  # ids below are special tokens


def rows_of(tokenizer, texts: list[str], limit: int, width: int = 128) -> list[list[int]]:
    rows = [e.ids[:width - 1] + [3] if len(e.ids) > width else e.ids for e in tokenizer.encode_batch(texts[:limit])]
    return [row for row in rows if len(row) >= 6]


def masked_rows(rows: list[list[int]], seed: int = 7) -> list[tuple[list[int], list[int]]]:
    """15 % of the ordinary tokens of each row, at least one."""
    pick, out = random.Random(seed), []
    for row in rows:
        places = [i for i, token in enumerate(row) if token >= FIRST]
        if places:
            out.append((row, sorted(pick.sample(places, max(1, round(0.15 * len(places)))))))
    return out


@torch.no_grad()
def scores_of(model, items: list[tuple[list[int], list[int]]], batch: int = 24) -> list[torch.Tensor]:
    """For each `(row, places)`: the vocabulary scores at the places, all of them masked at once. Rows of like length run together."""
    order, found = sorted(range(len(items)), key=lambda i: len(items[i][0])), [torch.empty(0)] * len(items)
    for start in range(0, len(order), batch):
        which = order[start:start + batch]
        ids = torch.zeros(len(which), len(items[which[-1]][0]), dtype=torch.long)
        for k, i in enumerate(which):
            row, places = items[i]
            ids[k, :len(row)] = torch.tensor(row)
            ids[k, places] = MASK
        hidden = model.bert(input_ids=ids, attention_mask=(ids != 0).long())[0]
        for k, i in enumerate(which):
            found[i] = model.cls(hidden[k, items[i][1]])
    return found


def masked_accuracy(model, counts: baselines.BothSides, items: list) -> dict[str, float]:
    right = np.zeros(4)
    total, loss = 0, 0.0
    for (row, places), scores in zip(items, scores_of(model, items)):
        for i, place in enumerate(places):
            gold = row[place]
            left = row[place - 1] if place - 1 not in places and place > 1 else None
            after = row[place + 1] if place + 1 not in places else None
            top = scores[i].topk(5).indices.tolist()
            right += [top[0] == gold, gold in top, gold == int(counts.single[FIRST:].argmax()) + FIRST,
                      counts.guess(left, after, slice(FIRST, None)) == gold]
            loss -= float(scores[i].log_softmax(-1)[gold])
            total += 1
    names = ("top1", "top5", "unigram", "bigram")
    return {**{name: float(value / total) for name, value in zip(names, right)}, "loss": loss / total, "tokens": total}


def fact_accuracy(model, tokenizer, npm: Path) -> dict[str, float]:
    """All pieces of the answer must be the first guess at the same time. The number of [MASK]s tells the length."""
    kinds, items, answers = [], [], []
    for item in facts.test_facts(npm):
        before, answer, after = (tokenizer.encode(item[part], add_special_tokens=False).ids for part in ("before", "answer", "after"))
        items.append(([2, *before, *answer, *after, 3], list(range(1 + len(before), 1 + len(before) + len(answer)))))
        kinds.append(item["kind"])
        answers.append(answer)
    right: dict[str, list[bool]] = {}
    for kind, answer, scores in zip(kinds, answers, scores_of(model, items)):
        right.setdefault(kind, []).append(scores.argmax(-1).tolist() == answer)
    return {kind: float(np.mean(values)) for kind, values in right.items()}


def pair_accuracy(model, tokenizer) -> dict[str, float]:
    pairs = [p for p in templates.minimal_pairs() if tokenizer.token_to_id(p["good"]) is not None and tokenizer.token_to_id(p["bad"]) is not None]
    items = []
    for pair in pairs:
        left, after = (tokenizer.encode(part.strip(), add_special_tokens=False).ids for part in pair["text"].split("_"))
        items.append(([2, *left, MASK, *after, 3], [1 + len(left)]))
    right: dict[str, list[bool]] = {}
    for pair, scores in zip(pairs, scores_of(model, items)):
        good, bad = (float(scores[0, tokenizer.token_to_id(pair[side])]) for side in ("good", "bad"))
        right.setdefault(pair["kind"], []).append(good > bad)
    result = {kind: float(np.mean(values)) for kind, values in right.items()}
    return {**result, "all": float(np.mean(sum(right.values(), [])))}


@torch.no_grad()
def attentions(model, row: list[int]) -> np.ndarray:
    """[layer, head, query, key] of one row."""
    out = model.bert(input_ids=torch.tensor([row]), output_attentions=True)
    return torch.stack(out.attentions)[:, 0].numpy()


def head_scores(model, tokenizer, rows: list[list[int]]) -> dict[str, np.ndarray]:
    total: dict[str, np.ndarray] = {}
    for row in rows:
        a = attentions(model, row)
        for kind, value in heads.positional(a).items():
            total.setdefault(kind, []).append(value)
        total.setdefault("separator", []).append(a[:, :, :, [i for i, t in enumerate(row) if t == 3]].sum(-1).mean(-1))
    found = {kind: np.mean(values, 0) for kind, values in total.items()}
    found["coreference"] = coreference(model, tokenizer)
    return found


def coreference(model, tokenizer) -> np.ndarray:
    """Share of items in which the pronoun looks more at its antecedent than at the other name (chance: 0.5)."""
    wins = []
    for item in templates.coreference_items()[::3]:
        encoded = tokenizer.encode(item["text"])
        place = {word: encoded.tokens.index(word) for word in (item["pronoun"], item["antecedent"], item["other"])}
        a = attentions(model, encoded.ids)[:, :, place[item["pronoun"]]]
        wins.append(a[:, :, place[item["antecedent"]]] > a[:, :, place[item["other"]]])
    return np.mean(wins, 0)


def loss_with(model, items: list, layer: int | None = None, head: int | None = None) -> float:
    with heads.zeroed(model, "bert", layer, head), torch.no_grad():
        losses = [torch.nn.functional.cross_entropy(scores, torch.tensor([row[p] for p in places]), reduction="sum").item()
                  for (row, places), scores in zip(items, scores_of(model, items))]
    return sum(losses) / sum(len(places) for _, places in items)


def parity(model, folder: Path, row: list[int]) -> dict[str, float]:
    ids = torch.tensor([row, row[::-1]])
    mask = torch.ones_like(ids)
    mask[1, -3:] = 0
    out = model(input_ids=ids, attention_mask=mask, output_attentions=True)
    feeds = {"input_ids": ids.numpy(), "attention_mask": mask.numpy(), "token_type_ids": np.zeros_like(ids.numpy())}
    return onnx_check.compare(folder / "onnx/model.onnx", feeds, "logits", out.logits, list(out.attentions))


def evaluate(model, tokenizer, held: dict[str, list[str]], read: list[np.ndarray], npm: Path, folder: Path, limit: int) -> tuple[list, list]:
    """Table rows `(what, value, floor)` and named heads."""
    counts = baselines.BothSides(np.concatenate(read), 8192)
    table, sums = [], []
    rows: dict[str, list] = {domain: masked_rows(rows_of(tokenizer, texts, limit)) for domain, texts in held.items()}
    for domain, items in rows.items():
        result = masked_accuracy(model, counts, items)
        sums.append(result)
        table.append((f"masked top-1, {domain}", f"{result['top1']:.1%} (top-5 {result['top5']:.1%}; unigram {result['unigram']:.1%}, bigram {result['bigram']:.1%})", ""))
    weight = np.array([r["tokens"] for r in sums])
    mean = {k: float((weight * [r[k] for r in sums]).sum() / weight.sum()) for k in ("top1", "top5", "unigram", "bigram", "loss")}
    best = max(mean["unigram"], mean["bigram"])
    table.insert(0, (f"masked top-1, all ({int(weight.sum())} tokens)", f"{mean['top1']:.1%} (top-5 {mean['top5']:.1%}, loss {mean['loss']:.3f})", "42 %"))
    table.insert(1, ("... against the better baseline", f"{mean['top1'] / best:.2f}x (unigram {mean['unigram']:.1%}, both-sides bigram {mean['bigram']:.1%})", "2x"))
    known = fact_accuracy(model, tokenizer, npm)
    table += [("capitals, new wordings", f"{known['capital']:.1%}", "80 %"), ("months and weekdays, new wordings", f"{known['calendar']:.1%}", "80 %")]
    table += [(f"minimal pairs, {kind}", f"{value:.1%}", "85 %" if kind == "all" else "") for kind, value in pair_accuracy(model, tokenizer).items()]
    some = [item for items in rows.values() for item in items[:20]]
    named = heads.name_heads(head_scores(model, tokenizer, [row for row, _ in some]), heads.BERT_KINDS, lambda l=None, h=None: loss_with(model, some, l, h))
    check = parity(model, folder, some[0][0])
    table.append(("ONNX against PyTorch, same weights", f"logits {check['logits']:.1e}, attention {check['attention']:.1e}, top-1 {check['top1']:.1%}", "1e-4"))
    return table, named
