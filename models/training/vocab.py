"""The three tokenizers, trained on the training side of the split and saved in the Hub's own layout."""

from pathlib import Path
from typing import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SIZE = 8192


def word_piece(texts: Iterable[str], forced: list[str]) -> Tokenizer:
    """BERT: cased WordPiece. `forced` words (capitals, months, names of the templates) replace the rarest pieces."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(
        vocab_size=SIZE, special_tokens=special, limit_alphabet=200, continuing_subword_prefix="##", show_progress=False))
    by_id = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    words = [word for word, _ in by_id]
    missing = [word for word in dict.fromkeys(forced) if word.isalpha() and word not in set(words)]
    words[len(words) - len(missing):] = missing
    tokenizer.model = models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]", max_input_chars_per_word=100)
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


# GPT-2's own pattern, with single digits and with runs of spaces kept whole so that indentation is cheap.
GPT_SPLIT = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+|\n {2,}|\s+(?!\S)|\s+"""


def byte_level_bpe(texts: Iterable[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(GPT_SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=SIZE, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", pair="<|endoftext|> $A <|endoftext|> $B", special_tokens=[("<|endoftext|>", 0)])
    return tokenizer


PLACEHOLDERS = ["%s", "%d", "%i", "%u", "%f", "%r", "%%", "{}", "$1", "$2", "%(name)s"] + [f"{{{i}}}" for i in range(6)] + [f"{{PH{i}}}" for i in range(1, 6)]


def unigram(texts: Iterable[str], extra: list[str]) -> Tokenizer:
    """T5: one SentencePiece-like unigram vocabulary for both languages, placeholders whole."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first"), pre_tokenizers.Digits(individual_digits=True)])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="first")
    special = ["<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(texts, trainers.UnigramTrainer(
        vocab_size=SIZE - len(PLACEHOLDERS) - len(extra), special_tokens=special, unk_token="<unk>", max_piece_length=16, show_progress=False))
    tokenizer.add_tokens(PLACEHOLDERS + extra)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return tokenizer


BERT_CONFIG = {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "strip_accents": False, "model_max_length": 256, "unk_token": "[UNK]",
               "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}
GPT_CONFIG = {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": False, "add_bos_token": True, "model_max_length": 256,
              "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
T5_CONFIG = {"tokenizer_class": "T5Tokenizer", "model_max_length": 256, "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
             "extra_ids": 0}


def save(tokenizer: Tokenizer, config: dict, folder: Path) -> None:
    import json
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
