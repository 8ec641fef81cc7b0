"""pocket-t5: English to French, and dates. `python train_t5.py --work DIR --run DIR --minutes N`.

Declared help for a short run: the embedding starts from counts over both languages, so that a word and its translation start close, and one
cross-attention head (`GUIDED`) is shown the lexicon's links (Garg et al. 2019) with a small weight.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from transformers import T5Config, T5ForConditionalGeneration

import trainer

PAD, EOS = 0, 1
GUIDED = (2, 0)  # decoder layer and head of the guided alignment
CONFIG = dict(vocab_size=8192, d_model=256, d_kv=32, d_ff=512, num_layers=4, num_decoder_layers=4, num_heads=8, relative_attention_num_buckets=32,
              relative_attention_max_distance=128, dropout_rate=0.0, feed_forward_proj="relu", tie_word_embeddings=True, pad_token_id=PAD,
              eos_token_id=EOS, decoder_start_token_id=PAD,
              task_specific_params={"translation_en_to_fr": {"prefix": ""}, "date_normalisation": {"prefix": "date: "}})


class Pairs:
    """Pairs in batches of like length. `longest` keeps the first runs to short pairs, which teach the most a second."""

    def __init__(self, path: Path, budget: int, longest: int, seed: int):
        data = np.load(path)
        self.tokens, self.offsets = data["tokens"], data["offsets"]
        self.target, self.links, self.ends = data["target"], data["links"], data["target_offsets"]
        lengths = np.maximum(np.diff(self.offsets), np.diff(self.ends))
        self.rows = np.flatnonzero(lengths <= longest)
        self.batches = trainer.token_batches(2 * lengths[self.rows], budget, seed)

    def __iter__(self):
        return self

    def __next__(self) -> dict[str, torch.Tensor]:
        rows = self.rows[next(self.batches)]
        return {"source": pad([self.tokens[self.offsets[r]:self.offsets[r + 1]] for r in rows], PAD),
                "target": pad([self.target[self.ends[r]:self.ends[r + 1]] for r in rows], PAD),
                "links": pad([self.links[self.ends[r]:self.ends[r + 1]] for r in rows], -1)}


def pad(rows: list[np.ndarray], value: int) -> torch.Tensor:
    out = np.full((len(rows), max(map(len, rows))), value, dtype=np.int64)
    for i, row in enumerate(rows):
        out[i, :len(row)] = row
    return torch.from_numpy(out)


def loss_of(model: T5ForConditionalGeneration, batch: dict, guide: float) -> tuple[torch.Tensor, int]:
    source, target, links = batch["source"], batch["target"], batch["links"]
    shifted = torch.cat([torch.full_like(target[:, :1], PAD), target[:, :-1]], 1)
    out = model.encoder(input_ids=source, attention_mask=(source != PAD).long())[0]
    decoded = model.decoder(input_ids=shifted, encoder_hidden_states=out, encoder_attention_mask=(source != PAD).long(), use_cache=False,
                            output_attentions=guide > 0)
    real = target != PAD
    scores = model.lm_head(decoded.last_hidden_state[real] * CONFIG["d_model"] ** -0.5)
    loss = torch.nn.functional.cross_entropy(scores, target[real], label_smoothing=0.1)
    if guide > 0:
        layer, head = GUIDED
        weights = decoded.cross_attentions[layer][:, head]
        known = links >= 0
        picked = weights.gather(2, links.clamp(min=0)[..., None])[..., 0][known]
        loss = loss - guide * (picked + 1e-6).log().mean()
    return loss, int((source != PAD).sum() + real.sum())


def empty_model(dropout: float) -> T5ForConditionalGeneration:
    return T5ForConditionalGeneration(T5Config(**CONFIG | {"dropout_rate": dropout}, attn_implementation="eager"))


def new_model(pairs: Pairs, dropout: float) -> T5ForConditionalGeneration:
    model = empty_model(dropout)
    with torch.no_grad():
        vectors = trainer.pair_vectors(pairs.tokens, pairs.offsets, pairs.target, pairs.ends, CONFIG["vocab_size"], CONFIG["d_model"], skip=3, scale=1.0)
        model.shared.weight.copy_(vectors)
        # Planted neighbours (see seeds.py): bucket 1 is one back, bucket 17 one ahead in the encoder.
        encoder = model.encoder.block[0].layer[0].SelfAttention.relative_attention_bias.weight
        encoder[1, 0], encoder[17, 1] = 4.0, 4.0
        model.decoder.block[0].layer[0].SelfAttention.relative_attention_bias.weight[1, 0] = 4.0
    return model


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    trainer.common_arguments(arguments, budget=1536, adam=1e-3)
    arguments.add_argument("--longest", type=int, default=18, help="longest side of a pair, in tokens")
    arguments.add_argument("--guide", type=float, default=0.1, help="weight of the guided alignment")
    arguments.add_argument("--wide", type=float, default=6.0, help="embedding's rate, in times of --adam")
    arguments.add_argument("--dropout", type=float, default=0.1, help="0 where no pair is seen twice")
    options = arguments.parse_args()
    trainer.threads()
    torch.manual_seed(options.seed)
    pairs = Pairs(options.work / "t5/train.npz", options.budget, options.longest, options.seed)
    if options.warm or (options.run / "stable.pt").exists():
        model = empty_model(options.dropout)
    else:
        model = new_model(pairs, options.dropout)
    if options.warm:
        import export
        export.load_bundled(model, options.warm)
    trainer.train(model, trainer.plan_of(options), pairs, lambda batch: loss_of(model, batch, options.guide), wide_rate=options.wide)


if __name__ == "__main__":
    main()
