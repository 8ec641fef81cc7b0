"""Facts and templates alone, with their answers marked, for `--drill`: `python drill.py {bert,gpt2} --corpora DIR --npm DIR --work DIR`.

Writes WORK/<model>/drill.npz for the tokenizer that is there. `answer` numbers, in each row, the tokens of one name, verb, article or
pronoun: what the sentence is about, and what the masked language model is asked for.
"""

import random
import re
from pathlib import Path
from typing import Iterable

import numpy as np
from tokenizers import Tokenizer

import facts
import templates
from prepare_data import data_arguments, save_rows
from sources import wordnet_definitions
from split import is_held_out

WORDS = ("is are was were has have a an A An he she He She his her him one two three four five six seven eight ten several few many some all both "
         "this these that those each every single another they").split()


def definitions(root: Path, tokenizer: Tokenizer) -> list[str]:
    """WordNet's adjectives and adverbs ("Awful means causing fear or dread or terror.") whose word is a token of its own; none that is held out."""
    lines = wordnet_definitions(root)
    lines = lines[next(i for i, line in enumerate(lines) if line.startswith("Able means")):]
    known = {word.lstrip("Ġ") for word in tokenizer.get_vocab()}
    return [line for line in lines if " means " in line and line.split(" means ")[0].lower() in known
            and len(line.split()) < 18 and not is_held_out(line, 4)]


def texts(npm: Path, passes: int, meanings: list[str]):
    """Half of the texts are one sentence, as the tests are, the others two to four."""
    pick = random.Random(9)
    for seed in range(passes):
        lines = facts.training_facts(npm, seed) + facts.capital_facts(npm) + 12 * facts.calendar_facts(npm) + meanings
        lines += templates.training_templates(1500, seed + 100) + [templates.drilled_agreement(pick) for _ in range(3500)]
        lines += [templates.drilled_pronoun(pick) for _ in range(3500)]
        pick.shuffle(lines)
        while lines:
            size = 1 if pick.random() < 0.5 else pick.randint(2, 4)
            yield lines[:size]
            lines = lines[size:]


HEADWORD = re.compile(r"^[A-Z][a-z]+(?= means )")


def whole(words: list[str]) -> re.Pattern:
    return re.compile(r"(?<!\w)(" + "|".join(map(re.escape, words)) + r")(?!\w)")


class Marker:
    """Finds the answers in a sentence and numbers their tokens from 1; other tokens get 0. Where there are names, only names are asked for."""

    def __init__(self, tokenizer: Tokenizer, npm: Path):
        nouns = [form for noun in templates.TRAIN_NOUNS + templates.MORE_NOUNS for form in (noun, templates.plural(noun))]
        self.names, self.words = whole(facts.answers(npm) + facts.ORDINALS), whole(WORDS + nouns)
        self.tokenizer = tokenizer

    def __call__(self, line: str) -> tuple[list[int], list[int]]:
        encoding = self.tokenizer.encode(line, add_special_tokens=False)
        marks = [0] * len(encoding.ids)
        answers = list(HEADWORD.finditer(line)) or list(self.names.finditer(line)) or list(self.words.finditer(line))
        for number, found in enumerate(answers, 1):
            for i, (start, end) in enumerate(encoding.offsets):
                if start < found.end() and end > found.start():
                    marks[i] = number
        return encoding.ids, marks


def marked_rows(lists: Iterable[list[str]], mark: Marker):
    """`[CLS] sentences [SEP]`, and the marks of their tokens."""
    for lines in lists:
        ids, marks, last = [2], [0], 0
        for line in lines:
            some, numbers = mark(line)
            ids += some
            marks += [number + last if number else 0 for number in numbers]
            last = max(marks)
        yield ids + [3], marks + [0]


def main() -> None:
    options = data_arguments(__doc__, ["bert", "gpt2"], passes=8).parse_args()
    folder = options.work / options.model
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    lists = texts(options.npm, options.passes, definitions(options.corpora, tokenizer))
    if options.model == "gpt2":
        return save_rows(folder / "drill.npz", [np.array(e.ids, dtype=np.int16) for e in tokenizer.encode_batch(["\n".join(lines) for lines in lists])])
    rows = list(marked_rows(lists, Marker(tokenizer, options.npm)))
    second = np.array([len(ids) for ids, _ in rows], dtype=np.int16)
    answer = np.concatenate([marks for _, marks in rows]).astype(np.int8)
    save_rows(folder / "drill.npz", [np.array(ids, dtype=np.int16) for ids, _ in rows], second=second, answer=answer)


if __name__ == "__main__":
    main()
