"""Our own sentences for agreement and coreference: training rows, and minimal pairs in other wordings with other nouns."""

import random

NOUNS = ("boy girl dog cat bird horse teacher doctor friend student child tree house car book letter table chair door window garden river "
         "farmer driver player writer singer king queen man woman baby mouse wolf fox lion rabbit flower apple orange egg onion answer "
         "question picture song story word number file function value key button message user server test error option list name").split()
IRREGULAR = {"child": "children", "man": "men", "woman": "women", "mouse": "mice", "wolf": "wolves", "fox": "foxes", "story": "stories",
             "baby": "babies", "key": "keys"}
TEST_NOUNS = "cat teacher window singer farmer river song queen player story user file tree answer rabbit".split()
# Nouns of the drill alone: NOUNS also decides words of the vocabulary.
MORE_NOUNS = ("street room hill mountain wall field stone cloud star engine computer paper page line letter ticket game soldier neighbor brother sister idea plan "
              "dream thought reason problem mistake lesson test program module method object string node command argument parameter variable event request view "
              "button image tab setting project task thread system rule law eye ear arm hand face head voice hour day week month year minute animal effort "
              "example").split()
TRAIN_NOUNS = [noun for noun in NOUNS if noun not in TEST_NOUNS]
MALE = "John Peter Tom David James Paul Harry Bill George Jack Mark Robert".split()
FEMALE = "Mary Anna Alice Susan Kate Jane Emily Linda Lucy Sara Nancy Helen".split()
MORE_NAMES = {"he": "Joe Ben Max Tim Ken Bob".split(), "she": "Anne Martha Diana Jo".split()}
TEST_MALE, TEST_FEMALE = ["Tom", "Paul", "Jack"], ["Mary", "Lucy", "Jane"]
STATES = "old new small big here lost ready good bad late hungry tired happy sad gone open empty important wrong".split()
VERBS = "laughed smiled left waited slept cried sang fell stopped answered ran sat".split()


def plural(noun: str) -> str:
    return IRREGULAR.get(noun, noun + "s")


def article(word: str) -> str:
    return "an" if word[0] in "aeio" else "a"


def agreement(pick: random.Random) -> str:
    noun, other, state = pick.choice(TRAIN_NOUNS), pick.choice(TRAIN_NOUNS), pick.choice(STATES)
    many = plural(noun)
    return pick.choice([
        f"The {noun} is {state}.", f"The {many} are {state}.", f"The {noun} was {state}.", f"The {many} were {state}.",
        f"The {noun} near the {plural(other)} is {state}.", f"The {many} near the {other} are {state}.", f"The {noun} has a {other}." if
        article(other) == "a" else f"The {noun} has an {other}.", f"The {many} have {article(other)} {other}.", f"This {noun} is {state}.",
        f"These {many} are {state}.", f"There is {article(noun)} {noun} here.", f"There are two {many} here.", f"I see {article(noun)} {noun} and three {plural(other)}.",
        f"One {noun} and two {plural(other)} are {state}.", f"Is the {noun} {state}?", f"Are the {many} {state}?", f"Many {many} were {state}.",
        f"Each {noun} is {state}.", f"He wants {article(other)} {other}, not {article(noun)} {noun}.", f"She has four {many} and one {other}.",
    ])


def coreference(pick: random.Random) -> str:
    man, woman = pick.choice([n for n in MALE if n not in TEST_MALE]), pick.choice([n for n in FEMALE if n not in TEST_FEMALE])
    verb, state, noun = pick.choice(VERBS), pick.choice("tired happy sad late hungry ill angry".split()), pick.choice(TRAIN_NOUNS)
    name, he, his, him = pick.choice([(man, "he", "his", "him"), (woman, "she", "her", "her")])
    return pick.choice([
        f"{name} {verb} because {he} was {state}.", f"{name} lost {his} {noun}.", f"{name} was {state}, so {he} {verb}.",
        f"{name} said that {he} was {state}.", f"When {name} came home, {he} was {state}.", f"{name} is {state}. I saw {him} with {his} {noun}.",
        f"{man} thanked {woman} because she helped him.", f"{woman} thanked {man} because he helped her.", f"{man} gave {woman} {his if name == man else 'her'} {noun}.",
        f"I know {name}. {he.capitalize()} has {article(noun)} {noun}.", f"{name} took {his} {noun} and {he} {verb}.", f"{man} and {woman} said that they were {state}.",
    ])


def drilled_agreement(pick: random.Random) -> str:
    """More wordings, more nouns: number and article have to be seen at a distance, and in words the templates above do not use."""
    noun, other = pick.choice(TRAIN_NOUNS + MORE_NOUNS), pick.choice(TRAIN_NOUNS + MORE_NOUNS)
    many, others, state = plural(noun), plural(other), pick.choice(STATES)
    few = pick.choice("two three four six seven eight ten several few many some all these those both".split())
    one = pick.choice(["one", "this", "that", "each", "every", "only one" if pick.random() < 0.3 else "a single", "another"])
    is_, was = pick.choice([("is", "was"), ("is not", "was not"), ("is still", "was still"), ("is now", "was never")])
    are, were = is_.replace("is", "are"), was.replace("was", "were")
    return pick.choice([
        f"They say the {noun} {is_} {state}.", f"They say the {many} {are} {state}.", f"We hope that the {noun} {is_} {state}.", f"We hope that the {many} {are} {state}.",
        f"Last week the {many} {were} in the {other}.", f"Last week the {noun} {was} in the {other}.", f"In the morning the {many} {were} {state}.",
        f"In the morning the {noun} {was} {state}.", f"It seems that the {noun} with the {others} {is_} {state}.", f"It seems that the {many} with the {other} {are} {state}.",
        f"He had {few} {many} at home.", f"He has {one} {noun} at home.", f"I looked at {few} {many} today.", f"I looked at {one} {noun} today.",
        f"There are {few} {many} in the {other}.", f"There was {one} {noun} in the {other}.", f"Most of the {many} are {state}.", f"One of the {many} is {state}.",
        f"None of those {many} were {state}.", f"They bought {article(noun)} {noun} for it.", f"It is {article(noun)} {noun}, I believe.",
        f"She never saw {article(noun)} {noun} before.", f"That was {article(state)} {state} {noun}.", f"He has {article(state)} {state} {noun} and {few} {others}.",
        f"{article(noun).capitalize()} {noun} like that {is_} {state}.", f"Where {is_.split()[0]} the {noun}?", f"Where are the {many}?",
    ])


def drilled_pronoun(pick: random.Random) -> str:
    """A name and, some words later, its pronoun. The names of the pairs, too: who is a woman is a fact about the name; their wordings are not here."""
    he = pick.choice(["he", "she"])
    names = (MALE if he == "he" else FEMALE) + MORE_NAMES[he]
    name, his, state, noun = pick.choice(names), {"he": "his", "she": "her"}[he], pick.choice("tired happy sad late hungry ill angry".split()), pick.choice(TRAIN_NOUNS)
    return pick.choice([
        f"{name} saw that {he} was alone.", f"{name} thought {he} had lost the {noun}.", f"Last year {name} wrote to me that {he} was {state}.", f"{name} hopes that {he} can stay.",
        f"{name} opened the door and {he} looked out.", f"{name} is my friend, and {he} lives near us.", f"They know {name} because {he} lived here.", f"{name} does what {he} can.",
        f"{name} never said where {he} was from.", f"Today {name} said to me that {he} is {state}.", f"{name} has {article(noun)} {noun}, but {he} does not use it.",
        f"If {name} comes, {he} will help us.", f"{name} ate before {he} went to bed.", f"{name} and {his} friends are {state}.", f"{name} put the {noun} where {he} could see it.",
    ])


def training_templates(count: int, seed: int = 12) -> list[str]:
    pick = random.Random(seed)
    return [pick.choice((agreement, coreference))(pick) for _ in range(count)]


def minimal_pairs() -> list[dict[str, str]]:
    """Items `{kind, text, good, bad}` with one blank `_` to fill; wordings and nouns that no training template has. Names are known."""
    items = []
    for i, noun in enumerate(TEST_NOUNS):
        many, other = plural(noun), TEST_NOUNS[(i + 4) % len(TEST_NOUNS)]
        for text, good, bad in (
            (f"I think the {noun} _ not here.", "is", "are"), (f"I think the {many} _ not here.", "are", "is"),
            (f"Yesterday the {many} _ in the street.", "were", "was"), (f"Yesterday the {noun} _ in the street.", "was", "were"),
            (f"You know that the {many} _ very good.", "are", "is"), (f"You know that the {noun} behind the {plural(other)} _ very good.", "is", "are"),
        ):
            items.append({"kind": "is/are", "text": text, "good": good, "bad": bad})
        for text in (f"We found five _ there.", f"Some of the _ are not ours."):
            items.append({"kind": "plural", "text": text.replace("_", "_"), "good": many, "bad": noun})
        items.append({"kind": "plural", "text": "We saw only one _ there.", "good": noun, "bad": many})
        right = article(noun)
        for text in (f"You will need _ {noun} for that.", f"Once we had _ {noun} like this."):
            items.append({"kind": "a/an", "text": text, "good": right, "bad": "a" if right == "an" else "an"})
    for adjective in "old easy empty English open important".split() + "new hard full French big great".split():
        right = "an" if adjective[0].lower() in "aeio" else "a"
        items.append({"kind": "a/an", "text": f"It was _ {adjective} one.", "good": right, "bad": "a" if right == "an" else "an"})
    for names, good, bad in ((TEST_MALE, "he", "she"), (TEST_FEMALE, "she", "he")):
        for name in names:
            for text in (f"{name} knew what _ wanted.", f"{name} asked if _ could go home.", f"Yesterday {name} told us that _ had won.",
                         f"{name} is a doctor and _ works here.", f"We like {name} because _ is kind."):
                items.append({"kind": "he/she", "text": text, "good": good, "bad": bad})
    return items


def coreference_items() -> list[dict[str, str]]:
    """Sentences whose pronoun has one possible antecedent; a head is right when the pronoun looks at `antecedent` most of the two."""
    items = []
    for man in TEST_MALE:
        for woman in TEST_FEMALE:
            for verb in ("met", "called", "helped"):
                for pronoun, antecedent, other in (("he", man, woman), ("she", woman, man)):
                    items.append({"text": f"{man} {verb} {woman} when {pronoun} was in the city.", "pronoun": pronoun, "antecedent": antecedent, "other": other})
                    items.append({"text": f"{woman} {verb} {man} when {pronoun} was in the city.", "pronoun": pronoun, "antecedent": antecedent, "other": other})
    return items
