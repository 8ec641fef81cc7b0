"""Writes a bundle's card from what was measured: `python card.py models/pocket-bert [...]`."""

import json
import sys
from pathlib import Path

TEXT = {
    "pocket-bert": {
        "what": "A small masked language model for English and for code comments (`BertForMaskedLM`: 4 layers, 8 heads, width 256, cased WordPiece of "
                "8,192, up to 256 tokens).",
        "data": "Everyday sentences (Tatoeba, WordNet examples), children's and plain novels (Standard Ebooks), WordNet definitions, documentation "
                "(Python, Node.js, Rust, VS Code, SQLite, Django, PostgreSQL, Go, the Jargon File), TypeScript and JavaScript (zod, date-fns, rxjs, three, "
                "express), English UI strings, templated facts (capitals, continents, languages, months, weekdays) and our own agreement templates.",
        "recipe": "25 to 30 % of the tokens masked (90 % [MASK], 5 % random, 5 % kept), the vocabulary head on masked positions only, no dropout. In the later runs "
                  "15 to 30 % of the batches were facts, templates and definitions alone, their answers masked as wholes (`training/drill.py`); the wordings of "
                  "the tests and their nouns are in none of the facts and templates. The names of the pairs on he and she are, in other sentences: who is a "
                  "woman is a fact about a name. The last 80 minutes had UI strings and definitions more often (`--texts later.npz`).",
        "declared": "The embedding starts from counts (SVD of pointwise mutual information). Heads 0 to 3 of layer 0 were planted: at the start they "
                    "look at the token 1 back, 1 ahead, 2 back and 2 ahead (`training/seeds.py`). They were trained on, but they were not discovered by training.",
    },
    "pocket-gpt2": {
        "what": "A small causal language model for English and code (`GPT2LMHeadModel`: 4 layers, 8 heads, width 256, byte-level BPE of 8,192, up to 256 "
                "tokens). Every text starts with `<|endoftext|>`, which the tokenizer adds.",
        "data": "The same texts as pocket-bert, as documents behind `<|endoftext|>`; 6 % of the rows repeat a segment (random tokens or text).",
        "recipe": "Rows of 256 tokens; for parts of the runs half of the rows repeated a segment, and in the later runs 8 to 15 % were facts and templates "
                  "alone (`training/drill.py`); no dropout. The last 80 minutes had everyday sentences, UI strings and definitions more often "
                  "(`--texts later.npz`).",
        "declared": "The embedding starts from counts. Heads 0 and 1 of layer 0 were planted: at the start they look 1 and 2 tokens back. After 2.9 million "
                    "tokens no induction head had formed (score 0.02). Then a circuit was planted and trained on (`training/circuit.py`): head 0 of layer 0 "
                    "looks one token back and notes what it sees, head 7 of layer 1 matches these notes and copies (score 0.44 at that moment). Neither the "
                    "previous-token head nor the induction head is therefore a discovery.",
    },
    "pocket-t5": {
        "what": "A small translator from English to French with a second task (`T5ForConditionalGeneration`: 4 encoder and 4 decoder layers, 8 heads, width "
                "256, joint unigram vocabulary of 8,192). Plain text is translated; `date: March 5, 2021` gives `2021-03-05`.",
        "data": "Tatoeba sentence pairs, UI and documentation strings of permissively licensed programs (one French wording an English string, the "
                "shortest), 8,000 generated dates with the month names of the Unicode CLDR. The runs so far used pairs of at most 32 tokens a side.",
        "recipe": "Label smoothing 0.1; dropout 0.1 for the first 1.6 million tokens, none after.",
        "declared": "The embedding starts from counts over both languages. Heads that look one token back or ahead were planted through the relative "
                    "position bias. Head 0 of decoder layer 2 is supervised (guided alignment with IBM model 1 links, weight 0.1): its alignment was "
                    "taught. Read cross-attention at the position that *predicts* a token: row t for token t + 1.",
    },
}
CLOSE = ("Weights are stored as int8 with one scale a row, queries, keys and positions as fp16 (Cast and Mul give fp32 back when the session is made); all "
         "arithmetic, softmax and attention are fp32.")


def curve(log: list[dict], most: int = 12) -> list[str]:
    step = max(1, len(log) // most)
    shown = log[::step] + ([log[-1]] if log and (len(log) - 1) % step else [])
    return ["| tokens | training loss |", "| --- | --- |"] + [f"| {row['tokens']:,} | {row['loss']:.2f} |" for row in shown]


def card(folder: Path) -> str:
    text, training = TEXT[folder.name], json.loads((folder / "training.json").read_text())
    table = json.loads((folder / "evaluation.json").read_text())
    heads = json.loads((folder / "heads.json").read_text())
    lines = [f"# {folder.name}", "", text["what"], "", f"{training['parameters']:,} parameters. {CLOSE}", "",
             f"**Trained so far: {training['tokens'] / 1e6:.2f} million tokens in {training['seconds'] / 60:.0f} minutes of wall clock, on a part of two CPU cores "
             "shared with other work.** That is far too little for good text; expect mistakes. `training.json` has the whole log.", "",
             "## Measured on held-out text", "",
             "Whole documents, files, one book and one code base were held out before anything else; sentences by a hash (`training/split.py`). "
             "Floor: what this model must reach one day; figures below it are stated as they are.", "",
             "| what | measured | floor |", "| --- | --- | --- |"]
    lines += [f"| {row['what']} | {row['value'].replace('|', chr(92) + '|')} | {row['floor']} |" for row in table]
    lines += ["", "## Heads", "", "`heads.json` has the best heads of each kind. `reached` says whether the score is high enough for the name; the ablation is "
              "the held-out loss before and after the head's output is set to zero.", "", "| head | kind | score | loss before, after |", "| --- | --- | --- | --- |"]
    lines += [f"| {h['layer']}.{h['head']} | {h['name']}{'' if h['reached'] else ' (below the bar)'} | {h['score']:.2f} | {h['ablation']['lossBefore']:.3f}, "
              f"{h['ablation']['lossAfter']:.3f} |" for h in heads]
    lines += ["", "## How it was made", "", text["data"] + " Sources and licences: `NOTICE`.", "",
              text["recipe"] + " Muon for the matrices of the layers, AdamW for the rest; warm-up, constant rate, and a linear decay for the weights that are "
              "bundled.", "", "**Declared help.** " + text["declared"], "", *curve(training["log"]), "", "Scripts, seeds and versions: `../training/`. Licence of "
              "the weights: MIT.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        (Path(name) / "README.md").write_text(card(Path(name)))
