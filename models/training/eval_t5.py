"""pocket-t5's figures: chrF2 and BLEU, placeholders, dates, alignment, ONNX parity."""

import re
from pathlib import Path

import numpy as np
import sacrebleu
import torch

import heads
import onnx_check
from lexicon import Lexicon
from train_t5 import PAD, pad

PLACEHOLDER = re.compile(r"%\(\w+\)s|%[sdiufr]|\{\w*\}|\$\d")


@torch.no_grad()
def translate(model, tokenizer, texts: list[str]) -> list[str]:
    """Greedy, in batches of like length."""
    encoded = [e.ids for e in tokenizer.encode_batch(texts)]
    order, out = sorted(range(len(texts)), key=lambda i: len(encoded[i])), [""] * len(texts)
    for start in range(0, len(order), 50):
        batch = order[start:start + 50]
        ids = pad([encoded[i] for i in batch], PAD)
        made = model.generate(ids, attention_mask=(ids != PAD).long(), max_new_tokens=min(64, 2 * ids.shape[1] + 8), do_sample=False)
        for i, row in zip(batch, made):
            out[i] = tokenizer.decode([t for t in row.tolist() if t > 1])
    return out


def quality(model, tokenizer, pairs: list) -> dict[str, float]:
    source, gold = [s for s, _ in pairs], [t for _, t in pairs]
    made = translate(model, tokenizer, source)
    kept = [(set(PLACEHOLDER.findall(s)), set(PLACEHOLDER.findall(m))) for s, m in zip(source, made)]
    kept = [a <= b for a, b in kept if a]
    return {"chrf": sacrebleu.corpus_chrf(made, [gold]).score, "bleu": sacrebleu.corpus_bleu(made, [gold]).score,
            "copy": sacrebleu.corpus_chrf(source, [gold]).score, "exact": float(np.mean([m == t for m, t in zip(made, gold)])),
            "placeholders": float(np.mean(kept)) if kept else float("nan"), "with placeholders": len(kept), "samples": list(zip(source, made))[:6]}


@torch.no_grad()
def alignment(model, tokenizer, words: Lexicon, pairs: list) -> dict[str, np.ndarray]:
    """For each head and each layer's mean: how often the lexicon's partner has the largest weight, read where the token is predicted, and one later."""
    hits, later, layer_hits, count = 0, 0, 0, 0
    for en, fr in pairs:
        source, target = np.array(tokenizer.encode(en).ids), np.array(tokenizer.encode(fr).ids)
        table = words.table(source[:-1], target[:-1])
        probes = [(t, int(row.argmax())) for t, row in enumerate(table) if row.max() >= 0.4 and (table.argmax(1) == row.argmax()).sum() == 1]
        if not probes or (len(set(source)) < len(source)):
            continue
        shifted = torch.tensor([[PAD, *target[:-1]]])
        out = model(input_ids=torch.tensor([source]), decoder_input_ids=shifted, output_attentions=True, use_cache=False)
        a = torch.stack(out.cross_attentions)[:, 0].numpy()
        for t, s in probes:
            hits = hits + (a[:, :, t].argmax(-1) == s)
            layer_hits = layer_hits + (a[:, :, t].mean(1).argmax(-1) == s)
            if t + 1 < len(target):
                later = later + (a[:, :, t + 1].argmax(-1) == s)
            count += 1
    return {"head": hits / max(1, count), "layer": layer_hits / max(1, count), "later": later / max(1, count), "count": count}


def loss_with(model, tokenizer, pairs: list, layer=None, head=None) -> float:
    total, count = 0.0, 0
    with heads.zeroed(model, "t5", layer, head), torch.no_grad():
        for en, fr in pairs:
            labels = torch.tensor([tokenizer.encode(fr).ids])
            total += float(model(input_ids=torch.tensor([tokenizer.encode(en).ids]), labels=labels).loss) * labels.numel()
            count += labels.numel()
    return total / count


@torch.no_grad()
def parity(model, folder: Path, tokenizer, pair: tuple[str, str]) -> dict[str, float]:
    ids, target = torch.tensor([tokenizer.encode(pair[0]).ids]), torch.tensor([[PAD, *tokenizer.encode(pair[1]).ids[:-1]]])
    mask = torch.ones_like(ids)
    out = model(input_ids=ids, attention_mask=mask, decoder_input_ids=target, output_attentions=True, use_cache=False)
    encoder = onnx_check.compare(folder / "onnx/encoder_model.onnx", {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}, "last_hidden_state",
                                 out.encoder_last_hidden_state, list(out.encoder_attentions))
    feeds = {"input_ids": target.numpy(), "encoder_hidden_states": out.encoder_last_hidden_state.numpy(), "encoder_attention_mask": mask.numpy()}
    order = [a for pair in zip(out.decoder_attentions, out.cross_attentions) for a in pair]
    decoder = onnx_check.compare(folder / "onnx/decoder_model.onnx", feeds, "logits", out.logits, order)
    return {"encoder": encoder["logits"], "logits": decoder["logits"], "attention": max(encoder["attention"], decoder["attention"]), "top1": decoder["top1"]}


def same_tokens(model, folder: Path, tokenizer, text: str, count: int = 24) -> bool:
    """Greedy tokens of the two bundled files (no cache) against PyTorch with its cache."""
    encoder, _ = onnx_check.session(folder / "onnx/encoder_model.onnx", False)
    decoder, _ = onnx_check.session(folder / "onnx/decoder_model.onnx", False)
    ids = np.array([tokenizer.encode(text).ids])
    hidden = encoder.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
    made = [PAD]
    while len(made) <= count and made[-1] != 1:
        feeds = {"input_ids": np.array([made]), "encoder_hidden_states": hidden, "encoder_attention_mask": np.ones_like(ids)}
        made.append(int(decoder.run(["logits"], feeds)[0][0, -1].argmax()))
    expected = model.generate(torch.from_numpy(ids), max_new_tokens=count, do_sample=False)[0].tolist()
    return made == expected[:len(made)]


def evaluate(model, tokenizer, held: dict[str, list], words: Lexicon, folder: Path, limit: int) -> tuple[list, list]:
    table = []
    for domain, floor in (("everyday", "40"), ("ui", "35")):
        r = quality(model, tokenizer, held[domain][:limit])
        table.append((f"chrF2, {min(limit, len(held[domain]))} {domain}", f"{r['chrf']:.1f} (copying the source: {r['copy']:.1f}); BLEU {r['bleu']:.1f}, exact {r['exact']:.1%}", floor))
        if domain == "ui":
            table.append(("placeholders survive", f"{r['placeholders']:.1%} of {r['with placeholders']}", "90 %"))
        table += [(f"sample, {domain}", f"{en} -> {fr}", "") for en, fr in r["samples"][:3]]
    right = [made == gold for made, (_, gold) in zip(translate(model, tokenizer, [s for s, _ in held["dates"]]), held["dates"])]
    table.append((f"dates exact, {len(right)}", f"{np.mean(right):.1%}", "95 %"))
    found = alignment(model, tokenizer, words, held["everyday"][:400])
    layer, head = np.unravel_index(found["head"].argmax(), found["head"].shape)
    table += [(f"alignment at the predicting step, {found['count']} lexicon pairs", f"best head {found['head'].max():.1%} (layer {layer}, head {head}), best layer mean {found['layer'].max():.1%} (layer {found['layer'].argmax()})", "70 %"),
              ("... of the same head one step later", f"{found['later'][layer, head]:.1%}", "")]
    some = [tuple(pair) for pair in held["everyday"][:60]]
    named = heads.name_heads({"alignment": found["head"]}, heads.T5_KINDS, lambda l=None, h=None: loss_with(model, tokenizer, some, l, h))
    for entry in named:
        entry["attention"] = "cross"
    check = parity(model, folder, tokenizer, some[0])
    table.append(("ONNX against PyTorch, same weights", f"encoder {check['encoder']:.1e}, logits {check['logits']:.1e}, attention {check['attention']:.1e}, top-1 {check['top1']:.1%}", "1e-4"))
    same = [same_tokens(model, folder, tokenizer, en) for en, _ in some[:4]]
    table.append(("greedy tokens of the files equal PyTorch with cache", f"{sum(same)} of {len(same)} texts", "all"))
    return table, named
