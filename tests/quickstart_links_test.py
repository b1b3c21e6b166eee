#!/usr/bin/env python3
"""The word links of the quickstart grammar: known ones, and what holds for all of them.

That they change no byte of the corpus is what scripts/make_quickstart_corpus.py --check shows.
"""
import collections
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))

from quickstart_grammar.clause import Clause  # noqa: E402
from quickstart_grammar.links import links, pharaoh, plain, tie  # noqa: E402
from quickstart_grammar.morphology import ADJECTIVE, NOUN, VERB  # noqa: E402
from quickstart_grammar.phrases import NounPhrase, Plain, Pronoun, with_preposition  # noqa: E402
from quickstart_grammar.sampling import Rng  # noqa: E402
from quickstart_grammar.sentences import linked_sentence, sentence  # noqa: E402

DOOR = NounPhrase(NOUN["Tür"], "def", [ADJECTIVE["alt"]])
ANNA = Plain("Anna", "Anna", "sie")


def known():
    """(German, English, links) with links written by hand."""
    clause = Clause(VERB["zumachen"], ANNA, "past", [("A", DOOR)], perfect=True, time=("gestern", "yesterday"))
    # gestern hat Anna die alte Tür zugemacht | yesterday, Anna closed the old door
    yield clause.german_main("time"), clause.english("time"), "0-0 1p2 2-1 3-3 4-4 5-5 6-2"
    clause = Clause(VERB["zumachen"], ANNA, "pres", [("A", DOOR)], negative=True)
    # Anna macht die alte Tür nicht zu | Anna does not close the old door
    yield clause.german_main("subject"), clause.english(), "0-0 1p1 1-3 2-4 3-5 4-6 5-2 6p1 6-3"
    glad = Clause(VERB["freuen"], NounPhrase(NOUN["Kind"]), "pres",
                  [("auf/A/to", NounPhrase(NOUN["Reise"], "ich"))])
    # das Kind freut sich auf meine Reise | the child looks forward to my trip
    yield glad.german_main("subject"), glad.english(), "0-0 1-1 2-2 2-3 3p2 3p3 4-4 5-5 6-6"
    none = Clause(VERB["kaufen"], Pronoun("ich"), "pp", [("A", NounPhrase(NOUN["Hut"], "kein"))], negative=True)
    # ich habe noch keinen Hut gekauft | I have not bought a hat yet
    yield none.german_main("subject"), none.english(), "0-0 1-1 2-6 3-2 3-4 4-5 5-3"
    house = NounPhrase(NOUN["Haus"])
    # im Haus | in the house
    yield *tie(with_preposition("in", house, "D"), "in " + house.en()), "0-0 0-1 1-2"
    teacher = NounPhrase(NOUN["Lehrer"], "def")
    car = NounPhrase(NOUN["Auto"], "def", [], owner_phrase=teacher)
    # das Auto des Lehrers | the teacher's car
    yield car.de("N"), car.en(), "1-2 2-0 3-1"


def problems_of_sample(count):
    """What is wrong with `count` sentences, and how many of their words have no link."""
    first, second = Rng(11), Rng(11)
    num_words, num_unlinked, num_links = 0, 0, collections.Counter()
    for _ in range(count):
        german, english, found = linked_sentence(first)
        if (german, english) != sentence(second) or plain(german + english) != german + english:
            yield f"{german!r} is another sentence with links"
        sides = len(german.split()), len(english.split())
        if any(i >= sides[0] or j >= sides[1] for i, j, _ in found):
            yield f"{german!r}: a link leads outside"
        if found != sorted(found) or len({(i, j) for i, j, _ in found}) != len(found):
            yield f"{german!r}: links are not in their order, or there twice"
        num_words += sum(sides)
        num_unlinked += sides[0] - len({i for i, *_ in found}) + sides[1] - len({j for _, j, _ in found})
        num_links.update(sure for *_, sure in found)
    if not num_unlinked < 0.015 * num_words:
        yield f"{num_unlinked} of {num_words} words have no link"
    if not 0.02 < num_links[False] / num_links.total() < 0.15:
        yield f"{num_links[False]} of {num_links.total()} links are possible ones"


def main():
    problems, count = [], 0
    for german, english, right in known():
        count += 1
        got = pharaoh(links(german, english))
        if got != right:
            problems.append(f"{plain(german)} | {plain(english)}: {got} should be {right}")
    problems += problems_of_sample(400)
    print(*problems, f"{count} sentences by hand, {len(problems)} problems", sep="\n")
    return 1 if problems or count < 6 else 0


if __name__ == "__main__":
    sys.exit(main())
