"""pocket-bert: masked language model. `python train_bert.py --work DIR --run DIR --minutes N`."""

import argparse
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertForMaskedLM

import seeds
import trainer

PAD, MASK = 0, 4
SEEDED = (-1, 1, -2, 2)  # offsets that heads 0 to 3 of the first layer start with
CONFIG = dict(vocab_size=8192, hidden_size=256, num_hidden_layers=4, num_attention_heads=8, intermediate_size=1024, max_position_embeddings=256,
              hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, type_vocab_size=2, pad_token_id=PAD, tie_word_embeddings=True)


class Rows:
    """The token file and its random masks."""

    def __init__(self, path: Path, budget: int, mask: float, seed: int):
        data = np.load(path)
        self.tokens, self.offsets, self.second = data["tokens"], data["offsets"], data["second"]
        self.lengths = np.diff(self.offsets)
        self.batches = trainer.token_batches(self.lengths, budget, seed)
        self.answer = data["answer"] if "answer" in data else None
        self.mask, self.pick = mask, np.random.default_rng(seed + 1)

    def __iter__(self):
        return self

    def __next__(self) -> dict[str, torch.Tensor]:
        rows = next(self.batches)
        width = int(self.lengths[rows].max())
        ids = np.zeros((len(rows), width), dtype=np.int64)
        for i, row in enumerate(rows):
            ids[i, :self.lengths[row]] = self.tokens[self.offsets[row]:self.offsets[row + 1]]
        at = np.arange(width)[None]
        types = (at >= self.second[rows][:, None]) & (at < self.lengths[rows][:, None])
        chosen = (self.pick.random(ids.shape) < self.mask) & (ids > MASK)
        if self.answer is not None:
            for i, row in enumerate(rows):
                self.ask(chosen[i], self.answer[self.offsets[row]:self.offsets[row + 1]])
        if not chosen.any():
            chosen[0, 1] = True
        labels = ids[chosen]
        draw = self.pick.random(len(labels))
        replaced = np.where(draw < 0.9, MASK, np.where(draw < 0.95, labels, self.pick.integers(5, CONFIG["vocab_size"], len(labels))))
        attention = (ids != PAD).astype(np.int64)
        ids[chosen] = replaced
        return {"ids": torch.from_numpy(ids), "types": torch.from_numpy(types.astype(np.int64)), "attention": torch.from_numpy(attention),
                "where": torch.from_numpy(np.flatnonzero(chosen)), "labels": torch.from_numpy(labels)}

    def ask(self, chosen: np.ndarray, answer: np.ndarray) -> None:
        """Masks whole answers, half of them and at least one, and leaves the others to answer from."""
        last = int(answer.max(initial=0))
        if last:
            asked = 1 + self.pick.choice(last, max(1, last // 2), replace=False)
            chosen[:len(answer)] = np.isin(answer, asked) | (chosen[:len(answer)] & (answer == 0))


class Mixed:
    """Batches of the texts, and now and then one of the drill."""

    def __init__(self, texts: Rows, drill: Rows, share: float, seed: int):
        self.texts, self.drill, self.share, self.pick = texts, drill, share, np.random.default_rng(seed + 2)

    def __iter__(self):
        return self

    def __next__(self) -> dict[str, torch.Tensor]:
        return next(self.drill if self.pick.random() < self.share else self.texts)


def loss_of(model: BertForMaskedLM, batch: dict) -> tuple[torch.Tensor, int]:
    """The vocabulary head runs on masked positions only: that is where half of the time would go."""
    full = bool(batch["attention"].all())
    hidden = model.bert(batch["ids"], attention_mask=None if full else batch["attention"], token_type_ids=batch["types"])[0]
    scores = model.cls(hidden.flatten(0, 1)[batch["where"]])
    return torch.nn.functional.cross_entropy(scores, batch["labels"]), int(batch["attention"].sum())


def new_model(tokens: np.ndarray, counts: bool) -> BertForMaskedLM:
    model = BertForMaskedLM(BertConfig(**CONFIG))
    if counts:
        with torch.no_grad():
            model.bert.embeddings.word_embeddings.weight.copy_(trainer.count_vectors(tokens, CONFIG["vocab_size"], 256, skip=5, scale=0.04))
            frequency = np.bincount(tokens, minlength=CONFIG["vocab_size"])[:CONFIG["vocab_size"]].astype(np.float64)
            frequency[:5] = 0
            model.cls.predictions.bias.copy_(torch.from_numpy(np.log(frequency + 0.5) - np.log(frequency.sum())))
            model.cls.predictions.bias[:5] = -12
    words, positions = model.bert.embeddings.word_embeddings.weight, model.bert.embeddings.position_embeddings.weight
    seeds.seed_embeddings(words.data, positions.data)
    first = model.bert.encoder.layer[0].attention.self
    for head, offset in enumerate(SEEDED):
        seeds.seed_head(first.query.weight.data, first.key.weight.data, head, offset)
    return model


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    trainer.common_arguments(arguments, budget=2048, adam=6e-4)
    arguments.add_argument("--mask", type=float, default=0.25)
    arguments.add_argument("--no-counts", action="store_true", help="start from random embeddings")
    arguments.add_argument("--drill", type=float, default=0.0, help="part of the batches that are facts and templates alone")
    arguments.add_argument("--texts", default="train.npz", help="token file of the texts, such as later.npz")
    options = arguments.parse_args()
    trainer.threads()
    torch.manual_seed(options.seed)
    rows = Rows(options.work / "bert" / options.texts, options.budget, options.mask, options.seed)
    model = new_model(rows.tokens, not options.no_counts and not options.warm and not (options.run / "stable.pt").exists())
    if options.warm:
        import export
        export.load_bundled(model, options.warm)
    if options.drill:
        rows = Mixed(rows, Rows(options.work / "bert/drill.npz", options.budget, 0.12, options.seed + 3), options.drill, options.seed)
    trainer.train(model, trainer.plan_of(options), rows, lambda batch: loss_of(model, batch))


if __name__ == "__main__":
    main()
