"""Writes stages.json: small made-up tokenizers, one for each stage that the trained fixtures lack, with the answers of
the Rust-backed `tokenizers` library (pip install tokenizers==0.23.3; python make_stages.py)."""

import json
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers as n, pre_tokenizers as p, processors

STRINGS = [
    "hello World, it's 2026!",
    "  two  blanks\tand\na line\r\nend  ",
    "Ünïcödé \u0130stanbul \u1e9b\u0323 \u212b \ufb01ne \u2460\u00bd",
    "a\u0301\u0323\u0345 e\u0323\u0301 \u0344 q\u0307\u0323",
    "\u1112\u1161\u11ab \ud55c\uae00 \u0e01\u0e33 \u0915\u094d\u0937\u093f",
    "\u200bzero\u00adwidth\ufeff \u0001control\u0085 \ufffd \u2028",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \U0001d400\U0002f800",
    "helloWorld hello World<mask>  <mask> e one hello",
    "\u2581mark \u2581\u2581 \u0120 ##x ``q''",
    "abc hehe abcd xyz zzz ab",
    "",
    " ",
]


def made(normalizer=None, pre=None, added=(), model=None, post=None):
    tokenizer = Tokenizer(model or models.WordLevel({"[UNK]": 0, "a": 1, "hello": 2}, unk_token="[UNK]"))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre:
        tokenizer.pre_tokenizer = pre
    if post:
        tokenizer.post_processor = post
    for token in added:
        tokenizer.add_tokens([token])
    return tokenizer


def suffixed(fuse):
    letters = "abcdefghijklmnop "
    names = ["[UNK]", *letters, *(c + "</w>" for c in letters[:-1]), "ab", "abc</w>", "he</w>"]
    merges = [("a", "b"), ("ab", "c</w>"), ("h", "e</w>")]
    vocab = {name: index for index, name in enumerate(names)}
    return models.BPE(vocab, merges, unk_token="[UNK]", end_of_word_suffix="</w>", fuse_unk=fuse)


def stages():
    each = p.Split(Regex(r"[\s\S]"), "isolated")
    words = [
        AddedToken("hello", normalized=False),
        AddedToken("World", normalized=True, lstrip=True, rstrip=True),
        AddedToken("e", single_word=True),
    ]
    for form in ["NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase", "StripAccents"]:
        yield form, made(getattr(n, form)(), each)
    yield "Strip, NFKD, StripAccents, NFC", made(n.Sequence([n.Strip(), n.NFKD(), n.StripAccents(), n.NFC()]), each)
    replaced = n.Sequence([n.Replace(Regex(r"[a-e]+"), "xyz"), n.Replace("o", ""), n.Replace("f", "__"), n.Prepend(">>")])
    yield "Replace, Prepend", made(replaced, each)
    yield "ByteLevel normalizer", made(n.ByteLevel(), each)
    for behavior in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]:
        yield f"Punctuation {behavior}", made(None, p.Punctuation(behavior))
        yield f"Split {behavior}", made(None, p.Split(Regex(r"[aeiou \d]"), behavior))
        yield f"Split inverted {behavior}", made(None, p.Split(Regex(r"\w+"), behavior, invert=True))
    yield "Whitespace", made(None, p.Whitespace())
    yield "WhitespaceSplit", made(None, p.WhitespaceSplit())
    yield "Digits", made(None, p.Digits())
    yield "Digits one by one", made(None, p.Digits(individual_digits=True))
    yield "CharDelimiterSplit", made(None, p.CharDelimiterSplit("a"))
    yield "FixedLength", made(None, p.FixedLength(3))
    for scheme in ["always", "first", "never"]:
        for split in [True, False]:
            yield f"Metaspace {scheme} {split}", made(None, p.Metaspace(prepend_scheme=scheme, split=split), words)
    mask = AddedToken("<mask>", lstrip=True, rstrip=True, normalized=False)
    for adds in [True, False]:
        post = processors.ByteLevel(trim_offsets=True, add_prefix_space=adds)
        yield f"ByteLevel trimmed {adds}", made(n.Lowercase(), p.ByteLevel(add_prefix_space=True), [mask], post=post)
        yield f"BPE with a suffix {adds}", made(None, p.WhitespaceSplit(), model=suffixed(adds))


def answer(tokenizer, text):
    encoding = tokenizer.encode(text)
    return {"ids": encoding.ids, "offsets": [end for offset in encoding.offsets for end in offset]}


def main():
    cases = [
        {"name": name, "tokenizer": json.loads(t.to_str()), "answers": [answer(t, text) for text in STRINGS]}
        for name, t in stages()
    ]
    out = {"made_with": f"tokenizers {tokenizers.__version__}", "strings": STRINGS, "cases": cases}
    Path(__file__).with_name("stages.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
