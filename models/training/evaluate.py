"""Measures a bundle: `python evaluate.py {bert,gpt2,t5} --bundle models/pocket-... --work DIR --npm DIR [--checkpoint FILE]`.

Prints the table, and writes `heads.json` and `evaluation.json` into the bundle; card.py makes the card of them.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

import export
import trainer


def storage_distance(family: str, bundle: Path, checkpoint: Path, held: dict) -> tuple[str, str, str]:
    """int8 storage against the fp32 weights it was made from."""
    exact, stored = export.empty_model(family), export.empty_model(family)
    exact.load_state_dict(torch.load(checkpoint, weights_only=False, map_location="cpu")["model"])
    exact.tie_weights()
    export.load_bundled(stored, bundle)
    tokenizer = Tokenizer.from_file(str(bundle / "tokenizer.json"))
    worst, attention, same, count = 0.0, 0.0, 0, 0
    with torch.no_grad():
        for text in [text for texts in held.values() for text in texts[:6]]:
            text, target = text if family == "t5" else (text, None)
            ids = torch.tensor([tokenizer.encode(text).ids[:64]])
            extra = {"decoder_input_ids": torch.tensor([[0, *tokenizer.encode(target).ids[:-1]]])} if family == "t5" else {}
            a, b = (model(input_ids=ids, output_attentions=True, **extra) for model in (exact, stored))
            worst = max(worst, float((a.logits - b.logits).abs().max()))
            attended = "cross_attentions" if family == "t5" else "attentions"
            attention = max(attention, max(float((x - y).abs().max()) for x, y in zip(getattr(a, attended), getattr(b, attended))))
            same += int((a.logits.argmax(-1) == b.logits.argmax(-1)).sum())
            count += b.logits.shape[1]
    return "int8 storage against the fp32 weights", f"logits {worst:.2f}, attention {attention:.3f} at most; top-1 the same for {same / count:.1%} of {count} positions", ""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("family", choices=list(export.FAMILIES))
    arguments.add_argument("--bundle", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True)
    arguments.add_argument("--npm", type=Path, required=True)
    arguments.add_argument("--checkpoint", type=Path, help="fp32 weights the bundle was made from: states the distance of int8 storage")
    arguments.add_argument("--limit", type=int, default=300, help="texts a domain (the cards use 300; T5 1000)")
    options = arguments.parse_args()
    trainer.threads()
    work = options.work / options.family
    held = json.loads((work / "heldout.json").read_text())
    tokenizer = Tokenizer.from_file(str(options.bundle / "tokenizer.json"))
    model = export.empty_model(options.family)
    export.load_bundled(model, options.bundle)
    if options.family == "t5":
        import eval_t5
        from lexicon import Lexicon
        words, stored = Lexicon.__new__(Lexicon), np.load(work / "lexicon.npz")
        words.size, words.keys, words.score = 8192, stored["keys"], stored["score"]
        table, named = eval_t5.evaluate(model, tokenizer, held, words, options.bundle, options.limit)
    else:
        module = __import__(f"eval_{options.family}")
        read = [np.load(work / name)["tokens"] for name in ("train.npz", "later.npz") if (work / name).exists()]
        table, named = module.evaluate(model, tokenizer, held, read, options.npm, options.bundle, options.limit)
    if options.checkpoint:
        table.append(storage_distance(options.family, options.bundle, options.checkpoint, held))
    for what, value, floor in table:
        print(f"{what:60} {value}{'   floor: ' + floor if floor else ''}")
    (options.bundle / "heads.json").write_text(json.dumps(named, indent=1) + "\n")
    (options.bundle / "evaluation.json").write_text(json.dumps([dict(zip(("what", "value", "floor"), row)) for row in table], indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
