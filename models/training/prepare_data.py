"""Turns the raw corpora into token files: `python prepare_data.py {bert,gpt2,t5} --corpora DIR --npm DIR --work DIR`.

Writes WORK/<model>/{tokenizer.json, train.npz, heldout.json}. Deterministic: the seeds are fixed and the split is the rule of split.py.
With `--later` it writes WORK/<model>/later.npz for the tokenizer that is there: the same documents in the mix of the later runs.
"""

import argparse
import json
import random
from pathlib import Path
from typing import Iterable

import numpy as np
from tokenizers import Tokenizer

import dates
import facts
import lexicon
import sources
import templates
import vocab
from split import is_held_out, normalise

# How often one pass over the data shows each domain (fractions: a random part of the documents).
PASSES = {"everyday": 3.0, "books": 1.0, "docs": 0.4, "code": 0.6, "ui": 1.0, "glosses": 0.5, "facts": 6.0, "templates": 1.0}
# Later runs lean to what had stayed behind: short texts, and pages of the documentation that the first mix had left out.
LATER = {
    "bert": {"everyday": 3.0, "books": 0.9, "docs": 0.6, "code": 0.5, "ui": 2.0, "glosses": 2.0, "facts": 1.0, "templates": 1.0},
    "gpt2": {"everyday": 3.0, "books": 0.35, "docs": 0.5, "code": 0.3, "ui": 3.0, "glosses": 3.0, "facts": 1.0, "templates": 1.0},
}


def english_documents(root: Path, npm: Path) -> tuple[list, list]:
    """Training and held-out documents; training paragraphs that also stand in held-out text are dropped."""
    every = list(sources.english(root))
    held = [d for d in every if d.held_out]
    banned = {normalise(p) for d in held if d.domain != "code" for p in d.paragraphs}
    train = [d for d in every if not d.held_out]
    for document in train:
        if document.domain != "code":
            document.paragraphs = [p for p in document.paragraphs if normalise(p) not in banned]
    train.append(sources.Document("facts", "facts", facts.training_facts(npm), False, connected=False))
    train.append(sources.Document("templates", "templates", templates.training_templates(12000), False, connected=False))
    return [d for d in train if d.paragraphs], held


def passes(documents: list, count: int, pick: random.Random, mix: dict[str, float] = PASSES):
    """Yields (domain, paragraphs) texts of `count` passes; bags of sentences are cut into texts of 1 to 8 sentences."""
    for _ in range(count):
        for document in documents:
            repeats = mix[document.domain]
            if document.connected:
                times = int(repeats) + (pick.random() < repeats % 1)
                for _ in range(times):
                    yield document.domain, document.paragraphs
                continue
            for _ in range(max(1, round(repeats))):
                lines = document.paragraphs[:]
                pick.shuffle(lines)
                lines = lines[:round(len(lines) * min(1.0, repeats))]
                while lines:
                    size = 1 if pick.random() < 0.5 else pick.randint(2, 8)
                    yield document.domain, lines[:size]
                    lines = lines[size:]


def prepare_bert(root: Path, npm: Path, work: Path, count: int) -> None:
    train, held = english_documents(root, npm)
    forced = [w for c in facts.countries(npm) for w in (c["a"] + " " + c["b"] + " " + c["l"]).split()]
    forced += sum(facts.calendar(npm), []) + templates.NOUNS + [templates.plural(n) for n in templates.NOUNS] + templates.MALE + templates.FEMALE
    pick = random.Random(1)
    tokenizer = vocab.word_piece((p for _, ps in passes(train, 1, random.Random(0)) for p in ps), forced)
    vocab.save(tokenizer, vocab.BERT_CONFIG, work)
    save_bert_rows(work / "train.npz", tokenizer, passes(train, count, pick), pick)
    save_held_out(work, held)


def save_bert_rows(path: Path, tokenizer: Tokenizer, texts: Iterable, pick: random.Random) -> None:
    rows: list[np.ndarray] = []
    second: list[int] = []
    for _, paragraphs in texts:
        encoded = [e.ids for e in tokenizer.encode_batch(paragraphs, add_special_tokens=False)]
        for ids, start in bert_rows(encoded, pick):
            rows.append(np.array(ids, dtype=np.int16))
            second.append(start)
    save_rows(path, rows, second=np.array(second, dtype=np.int16))


def bert_rows(pieces: list[list[int]], pick: random.Random):
    """Rows `[CLS] A [SEP]` or `[CLS] A [SEP] B [SEP]` of whole paragraphs, long paragraphs cut; most rows up to 64 tokens, some to 256."""
    queue = [list(p) for p in pieces if p]
    while queue:
        limit = pick.choices((64, 128, 256), (0.8, 0.15, 0.05))[0] - 3
        row: list[list[int]] = []
        while queue and sum(map(len, row)) + len(queue[0]) <= limit:
            row.append(queue.pop(0))
        if not row:
            row = [queue[0][:limit]]
            queue[0] = queue[0][limit:]
        if len(row) > 1 and pick.random() < 0.5:
            cut = pick.randrange(1, len(row))
            first, then = sum(row[:cut], []), sum(row[cut:], [])
            yield [2, *first, 3, *then, 3], len(first) + 2
        else:
            flat = sum(row, [])
            yield [2, *flat, 3], len(flat) + 2


def prepare_gpt2(root: Path, npm: Path, work: Path, count: int) -> None:
    """One long stream of documents, each behind `<|endoftext|>`."""
    train, held = english_documents(root, npm)
    tokenizer = vocab.byte_level_bpe("\n".join(ps) for _, ps in passes(train, 1, random.Random(0)))
    vocab.save(tokenizer, vocab.GPT_CONFIG, work)
    save_stream(work / "train.npz", tokenizer, passes(train, count, random.Random(1)))
    save_held_out(work, held)


def save_stream(path: Path, tokenizer: Tokenizer, texts: Iterable) -> None:
    joined = ["\n".join(paragraphs) for _, paragraphs in texts]
    random.Random(3).shuffle(joined)
    save_rows(path, [np.array(e.ids, dtype=np.int16) for e in tokenizer.encode_batch(joined)])


def prepare_later(model: str, root: Path, npm: Path, work: Path) -> None:
    """One pass in the later mix, in another order than the first."""
    train, _ = english_documents(root, npm)
    tokenizer, pick = Tokenizer.from_file(str(work / "tokenizer.json")), random.Random(21)
    texts = passes(train, 1, pick, LATER[model])
    if model == "bert":
        save_bert_rows(work / "later.npz", tokenizer, texts, pick)
    else:
        save_stream(work / "later.npz", tokenizer, texts)


def prepare_t5(root: Path, npm: Path, work: Path, count: int) -> None:
    """Pairs: everyday sentences, UI strings, dates. One French wording an English sentence (the shortest): fewer contradictions to learn."""
    sides: dict[str, list] = {"everyday": [], "ui": []}
    held: dict[str, list] = {}
    for domain, name in (("everyday", "tatoeba"), ("ui", "ui")):
        found: dict[str, tuple[str, str]] = {}
        for en, fr in sources.pairs(root, name):
            key = normalise(en)
            if fr and (key not in found or len(fr) < len(found[key][1])):
                found[key] = (en, fr)
        sides[domain] = [pair for pair in found.values() if not is_held_out(pair[0], 4)]
        held[domain] = [pair for pair in found.values() if is_held_out(pair[0], 4)]
    banned = {normalise(en) for pairs in held.values() for en, _ in pairs}
    sides = {domain: [pair for pair in pairs if normalise(pair[0]) not in banned] for domain, pairs in sides.items()}
    sides["dates"], held["dates"] = dates.make(npm, 8000, False), dates.make(npm, 500, True)
    pairs = [pair for domain in sides for pair in sides[domain]]
    tokenizer = vocab.unigram((text for pair in pairs for text in pair), [dates.PREFIX.strip()])
    vocab.save(tokenizer, vocab.T5_CONFIG, work)
    source = [np.array(e.ids, dtype=np.int16) for e in tokenizer.encode_batch([en for en, _ in pairs])]
    target = [np.array(e.ids, dtype=np.int16) for e in tokenizer.encode_batch([fr for _, fr in pairs])]
    words = lexicon.Lexicon([s[:-1] for s in source], [t[:-1] for t in target], vocab.SIZE)
    np.savez(work / "lexicon.npz", keys=words.keys[words.score > 0.02], score=words.score[words.score > 0.02])
    links = [np.append(words.links(s[:-1], t[:-1]), len(s) - 1).astype(np.int16) for s, t in zip(source, target)]
    flat = {"target": np.concatenate(target), "links": np.concatenate(links), "target_offsets": np.cumsum([0] + [len(t) for t in target])}
    domain = np.concatenate([np.full(len(sides[name]), i, dtype=np.int8) for i, name in enumerate(sides)])
    save_rows(work / "train.npz", source, domain=domain, **flat)
    pick = random.Random(4)
    for rows in held.values():
        pick.shuffle(rows)
    (work / "heldout.json").write_text(json.dumps(held, ensure_ascii=False))


def save_rows(path: Path, rows: list[np.ndarray], **columns: np.ndarray) -> None:
    lengths = np.array([len(r) for r in rows], dtype=np.int32)
    np.savez(path, tokens=np.concatenate(rows), offsets=np.concatenate([[0], np.cumsum(lengths)]), **columns)
    print(f"{path}: {len(rows)} rows, {int(lengths.sum())} tokens, mean length {lengths.mean():.1f}")


def save_held_out(work: Path, held: list) -> None:
    """Held-out texts stay text: each model tokenises them its own way."""
    pick = random.Random(2)
    texts: dict[str, list[str]] = {}
    for document in held:
        unseen = document.source in sources.HELD_OUT_SOURCES
        name = f"{document.domain} (unseen source)" if unseen and document.domain == "code" else document.domain
        joined = ["\n".join(document.paragraphs)] if document.connected else document.paragraphs
        texts.setdefault(name, []).extend(joined)
    for lines in texts.values():
        pick.shuffle(lines)
    (work / "heldout.json").write_text(json.dumps(texts))


def data_arguments(about: str, models: list[str], passes: int) -> argparse.ArgumentParser:
    """The command line of whatever makes token files."""
    arguments = argparse.ArgumentParser(description=about)
    arguments.add_argument("model", choices=models)
    arguments.add_argument("--corpora", type=Path, required=True, help="folder with english/, code/, tatoeba-en-fr.tsv, ui-en-fr.tsv")
    arguments.add_argument("--npm", type=Path, required=True, help="node_modules with country-json, countries-list, cldr-dates-full")
    arguments.add_argument("--work", type=Path, required=True, help="folder for tokenizers and token files")
    arguments.add_argument("--passes", type=int, default=passes)
    return arguments


def main() -> None:
    arguments = data_arguments(__doc__, ["bert", "gpt2", "t5"], passes=2)
    arguments.add_argument("--later", action="store_true", help="bert and gpt2: the mix of the later runs, for the tokenizer that is there")
    options = arguments.parse_args()
    folder = options.work / options.model
    folder.mkdir(parents=True, exist_ok=True)
    if options.later:
        return prepare_later(options.model, options.corpora, options.npm, folder)
    prepare = {"bert": prepare_bert, "gpt2": prepare_gpt2, "t5": prepare_t5}[options.model]
    prepare(options.corpora, options.npm, folder, options.passes)


if __name__ == "__main__":
    main()
