"""pocket-gpt2's figures: perplexity against a trigram, circuits, loops, facts, brackets, verbatim copies, ONNX parity."""

from pathlib import Path

import numpy as np
import torch

import baselines
import facts
import heads
import onnx_check
from train_gpt2 import BOS

PROMPTS = ["Once upon a time", "The capital of France is", "I would like to", "She opened the door and", "The function returns", "When the user clicks",
           "In the morning", "He said that", "The file could not be", "There are many", "This method is called when", "My sister",
           "import { ", "export function ", "const result = ", "// Returns the", "If the value is", "The old man", "We went to the", "You can use"]
# What is typed, and what must come soon: the closing sign of something still open.
BRACKETS = [("console.log(\"hello", "\""), ("const name = 'abc", "'"), ("if (value === undefined", ")"), ("return Math.max(a, b", ")"),
            ("const list = [1, 2, 3", "]"), ("throw new Error(\"Invalid value", "\""), ("export function add(a: number, b: number", ")"),
            ("const point = { x: 1, y: 2", "}"), ("import { Observable", "}"), ("items.forEach((item", ")"), ("const text = `value", "`"),
            ("function isEmpty(list) {\n  return list.length === 0;\n", "}"), ("describe(\"parser", "\""), ("if (a) {\n  b();\n", "}"),
            ("const fn = (a, b", ")"), ("const map = new Map(", ")"), ("while (i < 10", ")"), ("let s = \"a\" + \"b", "\""), ("foo(bar(1, 2)", ")"), ("x = y[0", "]")]
# The sampling that generation_config.json asks for.
SAMPLING = {"do_sample": True, "temperature": 0.8, "top_k": 40, "repetition_penalty": 1.15}


@torch.no_grad()
def perplexity(model, trigrams: list[baselines.Trigram], tokenizer, texts: list[str], most: int) -> dict[str, float]:
    """All models predict the same tokens: all but the first two of each text. Of the trigrams, the best counts."""
    ours, theirs, count, characters = 0.0, np.zeros(len(trigrams)), 0, 0
    for text in texts:
        ids = tokenizer.encode(text).ids[:256]
        if len(ids) < 4:
            continue
        tensor = torch.tensor([ids])
        logits = model(input_ids=tensor).logits[0, 1:-1].log_softmax(-1)
        ours -= float(logits.gather(1, tensor[0, 2:, None]).sum())
        theirs -= [float(trigram.log_probabilities(np.array(ids)).sum()) for trigram in trigrams]
        count += len(ids) - 2
        characters += len(tokenizer.decode(ids[2:]))
        if count > most:
            break
    return {"ppl": float(np.exp(ours / count)), "trigram": float(np.exp(theirs.min() / count)), "bits": ours / np.log(2) / characters, "loss": ours / count, "tokens": count}


def against(r: dict[str, float]) -> str:
    change = r["ppl"] / r["trigram"] - 1
    return f"{r['ppl']:.1f} against {r['trigram']:.1f} of the trigram: {abs(change):.0%} {'lower' if change < 0 else 'higher'} ({r['bits']:.2f} bits a character)"


def random_repeats(rows: int, length: int, size: int, seed: int = 9) -> torch.Tensor:
    """BOS, a random segment, the segment again: nothing but the repeat can be predicted."""
    segment = torch.from_numpy(np.random.default_rng(seed).integers(1, size, (rows, length)))
    return torch.cat([torch.full((rows, 1), BOS), segment, segment], 1)


@torch.no_grad()
def head_scores(model, texts: list[torch.Tensor]) -> dict[str, np.ndarray]:
    total: dict[str, list] = {}
    for ids in texts:
        a = torch.stack(model(input_ids=ids, output_attentions=True).attentions)[:, 0].numpy()
        for kind, value in heads.positional(a).items():
            total.setdefault(kind, []).append(value)
    found = {kind: np.mean(values, 0) for kind, values in total.items()}
    length, ids = 40, random_repeats(8, 40, model.config.vocab_size)
    a = torch.stack(model(input_ids=ids, output_attentions=True).attentions).mean(1).numpy()
    queries = np.arange(length + 1, 2 * length)
    found["induction"] = a[:, :, queries, queries - length + 1].mean(-1)
    return found


@torch.no_grad()
def copy_loss(model) -> tuple[float, float]:
    """Loss on the first and on the repeated half of random segments."""
    ids = random_repeats(8, 40, model.config.vocab_size)
    losses = torch.nn.functional.cross_entropy(model(input_ids=ids).logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none").view(8, -1)
    return float(losses[:, :40].mean()), float(losses[:, 41:].mean())


@torch.no_grad()
def complete(model, tokenizer, prompts: list[str], count: int, **sampling) -> list[list[int]]:
    """Continues all prompts, those of the same length together (no padding, so no change of the result)."""
    encoded, out = [tokenizer.encode(prompt).ids for prompt in prompts], [[] for _ in prompts]
    for length in sorted({len(ids) for ids in encoded}):
        which = [i for i, ids in enumerate(encoded) if len(ids) == length]
        ids = torch.tensor([encoded[i] for i in which])
        made = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=count, pad_token_id=BOS, eos_token_id=None,
                              **(sampling or {"do_sample": False}))
        for i, row in zip(which, made[:, length:].tolist()):
            out[i] = row
    return out


def capitals(model, tokenizer, npm: Path) -> float:
    """Greedy continuation of wordings that end in the capital and are in no training text."""
    items = [item for item in facts.test_facts(npm) if item["kind"] == "capital"]
    made = complete(model, tokenizer, [item["before"] for item in items], 8)
    return float(np.mean([tokenizer.decode(ids).strip().startswith(item["answer"]) for ids, item in zip(made, items)]))


def loss_with(model, texts: list[torch.Tensor], layer=None, head=None) -> float:
    with heads.zeroed(model, "gpt2", layer, head), torch.no_grad():
        losses = [float(torch.nn.functional.cross_entropy(model(input_ids=ids).logits[0, :-1], ids[0, 1:], reduction="sum")) for ids in texts]
    return sum(losses) / sum(ids.shape[1] - 1 for ids in texts)


def parity(model, folder: Path, ids: list[int]) -> dict[str, float]:
    tensor = torch.tensor([ids, ids[::-1]])
    out = model(input_ids=tensor, attention_mask=torch.ones_like(tensor), output_attentions=True)
    feeds = {"input_ids": tensor.numpy(), "attention_mask": np.ones_like(tensor.numpy())}
    return onnx_check.compare(folder / "onnx/model.onnx", feeds, "logits", out.logits, list(out.attentions))


def same_tokens(model, folder: Path, tokenizer, prompt: str, count: int = 40) -> bool:
    """Greedy tokens of the bundled file (no cache) against PyTorch with its cache."""
    run, _ = onnx_check.session(folder / "onnx/model.onnx", False)
    ids = tokenizer.encode(prompt).ids
    cached = complete(model, tokenizer, [prompt], count)[0]
    for _ in range(count):
        row = np.array([ids])
        ids = [*ids, int(run.run(["logits"], {"input_ids": row, "attention_mask": np.ones_like(row)})[0][0, -1].argmax())]
    return ids[-count:] == cached


def evaluate(model, tokenizer, held: dict[str, list[str]], read: list[np.ndarray], npm: Path, folder: Path, limit: int) -> tuple[list, list]:
    # A text that is there more often spoils the discounts, a text that is missing the counts: a trigram of the first mix, and one of all.
    stream = np.concatenate(read)
    trigrams, copies = [baselines.Trigram(read[0], 8192), baselines.Trigram(stream, 8192)], baselines.Verbatim(stream, 8)
    table = []
    for domain, texts in held.items():
        table.append((f"perplexity, {domain}", against(perplexity(model, trigrams, tokenizer, texts, limit * 25)), "35 % lower"))
        some = texts[:limit * 4]
        fresh = [text for text in some if not copies.has_copy(tokenizer.encode(text).ids[1:257])]
        if len(fresh) < 0.95 * len(some):
            table.append((f"... without texts that have {copies.n} tokens in a row from training text ({len(fresh) / len(some):.0%} are left)",
                          against(perplexity(model, trigrams, tokenizer, fresh, limit * 25)), ""))
    short = [torch.tensor([tokenizer.encode(text).ids[:64]]) for texts in held.values() for text in texts[:12]]
    short = [ids for ids in short if ids.shape[1] > 8]
    scores = head_scores(model, short)
    first, again = copy_loss(model)
    table += [("best previous-token head", f"{scores['previous'].max():.2f}", "0.6"), ("best induction head, unseen random repeats", f"{scores['induction'].max():.2f}", "0.5"),
              ("loss on random segments, first and repeated", f"{first:.2f} and {again:.2f}", "")]
    torch.manual_seed(0)
    sampled, greedy = complete(model, tokenizer, PROMPTS, 60, **SAMPLING), complete(model, tokenizer, PROMPTS, 60)
    table += [("repeated 4-grams in 60 tokens, default sampling", f"{np.mean([baselines.repeated_share(s) for s in sampled]):.1%}", "25 % at most"),
              ("repeated 4-grams in 60 tokens, plain greedy", f"{np.mean([baselines.repeated_share(s) for s in greedy]):.1%}", "")]
    verbatim = baselines.Verbatim(stream)
    table.append(("samples with 20 tokens verbatim from training text", f"greedy {np.mean([verbatim.has_copy(s) for s in greedy]):.0%}, default sampling {np.mean([verbatim.has_copy(s) for s in sampled]):.0%}", "5 % at most"))
    table.append(("capitals, new wordings, greedy", f"{capitals(model, tokenizer, npm):.1%}", "60 %"))
    typed = complete(model, tokenizer, [prompt for prompt, _ in BRACKETS], 16)
    closed = [sign in tokenizer.decode(ids) for ids, (_, sign) in zip(typed, BRACKETS)]
    table.append(("TypeScript brackets and quotes closed within 16 tokens", f"{np.mean(closed):.0%}", ""))
    named = heads.name_heads(scores, heads.GPT_KINDS, lambda l=None, h=None: loss_with(model, short, l, h))
    check = parity(model, folder, short[0][0].tolist())
    table.append(("ONNX against PyTorch, same weights", f"logits {check['logits']:.1e}, attention {check['attention']:.1e}, top-1 {check['top1']:.1%}", "1e-4"))
    same = [same_tokens(model, folder, tokenizer, prompt) for prompt in PROMPTS[:4]]
    table.append(("greedy tokens of the file equal PyTorch with cache", f"{sum(same)} of {len(same)} prompts", "all"))
    table += [(f"sample, {PROMPTS[i]!r}", repr(tokenizer.decode(sampled[i]))[:160], "") for i in (0, 2, 4)]
    return table, named
