"""pocket-gpt2: causal language model. `python train_gpt2.py --work DIR --run DIR --minutes N`.

Induction heads do not form on a few million tokens of text. So for a while (`--repeats FROM TO`, parts of the run) half of the rows repeat a
segment, first of random tokens and then of text; later a few rows in a hundred keep the circuit alive. Where that is not enough, `--plant`
writes a circuit into a checkpoint, for the rest of the run to use.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

import circuit
import seeds
import trainer

BOS = 0
SEEDED = (-1, -2)  # offsets that heads 0 and 1 of the first layer start with
# gelu_pytorch_tanh is the same function as GPT-2's gelu_new, in one kernel; the exported config says gelu_new.
CONFIG = dict(vocab_size=8192, n_positions=256, n_embd=256, n_layer=4, n_head=8, n_inner=1024, activation_function="gelu_pytorch_tanh",
              resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=BOS, eos_token_id=BOS, tie_word_embeddings=True)


class Rows:
    """Rows of `width` tokens cut from the stream of documents, each starting with BOS; some rows repeat a segment."""

    def __init__(self, path: Path, budget: int, width: int, seed: int, drill: float = 0.0):
        data = np.load(path)
        self.stream, self.offsets = data["tokens"], data["offsets"]
        self.width, self.count = width, max(1, budget // width)
        self.pick = np.random.default_rng(seed)
        self.random_share = self.text_share = 0.03
        self.drill, self.drill_share = np.load(path.parent / "drill.npz")["tokens"] if drill else None, drill
        self.order = iter(())

    def __iter__(self):
        return self

    def __next__(self) -> torch.Tensor:
        rows = [self.row() for _ in range(self.count)]
        return torch.from_numpy(np.stack(rows).astype(np.int64))

    def row(self) -> np.ndarray:
        draw = self.pick.random()
        if draw < self.random_share:
            length = int(self.pick.integers(8, 64))
            return self.repeat(self.pick.integers(1, CONFIG["vocab_size"], length))
        if self.pick.random() < self.drill_share:
            start = int(self.pick.integers(0, len(self.drill) - self.width))
            return np.concatenate([[BOS], self.drill[start:start + self.width - 1]])
        row = self.text()
        if draw < self.random_share + self.text_share:
            length = int(self.pick.integers(16, self.width // 2))
            row = np.concatenate([row[:length + 1], row[1:length + 1], row[1:]])[:self.width]
        return row

    def repeat(self, segment: np.ndarray) -> np.ndarray:
        return np.concatenate([[BOS], np.tile(segment, self.width // len(segment) + 1)])[:self.width]

    def text(self) -> np.ndarray:
        """The next unread stretch of the stream, in a random order that is new in every pass."""
        start = next(self.order, None)
        if start is None:
            starts = np.arange(int(self.pick.integers(0, self.width)), len(self.stream) - self.width, self.width - 1)
            self.pick.shuffle(starts)
            self.order = iter(starts)
            start = next(self.order)
        return np.concatenate([[BOS], self.stream[start:start + self.width - 1]])


def loss_of(model: GPT2LMHeadModel, ids: torch.Tensor) -> tuple[torch.Tensor, int]:
    hidden = model.transformer(ids)[0][:, :-1].flatten(0, 1)
    return torch.nn.functional.cross_entropy(model.lm_head(hidden), ids[:, 1:].flatten()), ids.numel()


def new_model(stream: np.ndarray, counts: bool) -> GPT2LMHeadModel:
    model = GPT2LMHeadModel(GPT2Config(**CONFIG))
    if counts:
        with torch.no_grad():
            model.transformer.wte.weight.copy_(trainer.count_vectors(stream, CONFIG["vocab_size"], CONFIG["n_embd"], skip=1, scale=0.03))
    seeds.seed_embeddings(model.transformer.wte.weight.data, model.transformer.wpe.weight.data)
    query, key, _ = model.transformer.h[0].attn.c_attn.weight.data.T.split(CONFIG["n_embd"])
    for head, offset in enumerate(SEEDED):
        seeds.seed_head(query, key, head, offset)
    return model


def plant(path: Path) -> None:
    """Puts the circuit of `circuit.py` into a checkpoint."""
    state = torch.load(path, weights_only=False)
    model = GPT2LMHeadModel(GPT2Config(**CONFIG))
    model.load_state_dict(state["model"])
    circuit.plant_induction(model)
    state["model"] = model.state_dict()
    torch.save(state, path)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    trainer.common_arguments(arguments, budget=2048, adam=6e-4)
    arguments.add_argument("--width", type=int, default=256)
    arguments.add_argument("--repeats", type=float, nargs=2, default=(0.12, 0.35), help="part of the run in which half of the rows repeat; 0 0: never")
    arguments.add_argument("--drill", type=float, default=0.0, help="part of the rows that are facts and templates alone")
    arguments.add_argument("--plant", type=Path, help="checkpoint: writes an induction circuit into its weights, and ends")
    arguments.add_argument("--texts", default="train.npz", help="token file of the texts, such as later.npz")
    options = arguments.parse_args()
    trainer.threads()
    torch.manual_seed(options.seed)
    if options.plant:
        return plant(options.plant)
    rows = Rows(options.work / "gpt2" / options.texts, options.budget, options.width, options.seed, options.drill)
    model = new_model(rows.stream, not (options.run / "stable.pt").exists() and not options.warm)
    if options.warm:
        import export
        export.load_bundled(model, options.warm)

    def at(part: float) -> None:
        """Sets the share of repeated rows for this moment of the run."""
        warm = options.repeats[0] <= part < options.repeats[1]
        rows.random_share, rows.text_share = (0.25, 0.25) if warm else (0.03, 0.03)

    trainer.train(model, trainer.plan_of(options), rows, lambda ids: loss_of(model, ids), on_progress=at)


if __name__ == "__main__":
    main()
