#!/usr/bin/env python3
"""The labelled examples of the quickstart grammar: known ones, and what holds for all of them.

That they change no byte of the corpus is what scripts/make_quickstart_corpus.py --check shows.
"""
import collections
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))

from quickstart_grammar.clause import Clause  # noqa: E402
from quickstart_grammar.morphology import ADJECTIVE, NOUN, VERB  # noqa: E402
from quickstart_grammar.phrases import NounPhrase, Plain, Pronoun  # noqa: E402
from quickstart_grammar.sampling import Rng  # noqa: E402
from quickstart_grammar.tasks import TASKS, bio, brackets, finish, positive, roles, task_files, to_passive  # noqa: E402

DOOR = NounPhrase(NOUN["Tür"], "def", [ADJECTIVE["alt"]])
ANNA = Plain("Anna", "Anna", "sie")
SIZES = {"train": 300, "valid": 40, "test": 40}


def tagged(clause, front="subject"):
    found = roles(clause, finish(clause.english(front)))
    return " ".join(word for word, *_ in found), " ".join(bio(found))


def known():
    """(words, tags) that were found, and those written by hand."""
    clause = Clause(VERB["zumachen"], ANNA, "past", [("A", DOOR)], time=("gestern", "yesterday"))
    yield tagged(clause, "time"), ("Yesterday , Anna closed the old door .",
                                   "B-ARGM-TMP O B-ARG0 B-V B-ARG1 I-ARG1 I-ARG1 O")
    clause = Clause(VERB["zumachen"], ANNA, "fut", [("A", DOOR)], negative=True)
    yield tagged(clause), ("Anna will not close the old door .", "B-ARG0 O B-ARGM-NEG B-V B-ARG1 I-ARG1 I-ARG1 O")
    clause = Clause(VERB["zumachen"], DOOR, "past", [("von/D/by", ANNA)], passive=True, werden=True)
    yield tagged(clause), ("The old door was closed by Anna .", "B-ARG1 I-ARG1 I-ARG1 O B-V B-ARG0 I-ARG0 O")
    child = Clause(VERB["freuen"], NounPhrase(NOUN["Kind"]), "pres", [("auf/A/to", NounPhrase(NOUN["Reise"], "ich"))])
    yield tagged(child), ("The child looks forward to my trip .", "B-ARG0 I-ARG0 B-V I-V B-ARG2 I-ARG2 I-ARG2 O")
    none = Clause(VERB["kaufen"], Pronoun("ich"), "pp", [("A", NounPhrase(NOUN["Hut"], "kein"))], negative=True)
    yield tagged(none), ("I have not bought a hat yet .", "B-ARG0 O B-ARGM-NEG B-V B-ARG1 I-ARG1 B-ARGM-TMP O")
    yield tagged(positive(none)), ("I have already bought a hat .", "B-ARG0 O B-ARGM-TMP B-V B-ARG1 I-ARG1 O")
    clause = Clause(VERB["zumachen"], ANNA, "past", [("A", DOOR)], negative=True, time=("gestern", "yesterday"))
    yield tagged(to_passive(clause)), ("The old door was not closed by Anna yesterday .",
                                       "B-ARG1 I-ARG1 I-ARG1 O B-ARGM-NEG B-V B-ARG0 I-ARG0 B-ARGM-TMP O")
    yield brackets("B-A I-A O B-V B-A B-A".split()), ["(A*", "*)", "*", "(V*)", "(A*)", "(A*)"]


def rows(text, first_line=0):
    return [line.split("\t") for line in text.splitlines()[first_line:]]


def sentences(text):
    return [[line.split("\t") for line in block.split("\n")] for block in text.strip().split("\n\n")]


def problems_of_tags(name, found):
    for sentence in found:
        before = "O"
        for word, tag in sentence:
            if tag.startswith("I-") and before[2:] != tag[2:]:
                yield f"{name}: {tag} of {word!r} goes on with nothing"
            before = tag
        tags = [tag for _, tag in sentence]
        if tags.count("B-V") != 1 or not {"B-ARG0", "B-ARG1"} & set(tags):
            yield f"{name}: {sentence} has no verb, or no argument"
    counts = collections.Counter(tag for sentence in found for _, tag in sentence)
    if not 0.05 < counts["O"] / counts.total() < 0.35:
        yield f"{name}: {counts['O']} of {counts.total()} words have no role"


def problems_of_roles(name, found):
    numbers = collections.Counter()
    for sentence in found:
        predicates = [row[1] for row in sentence if row[1] != "-"]
        numbers[len(predicates)] += 1
        if any(len(row) != 2 + len(predicates) for row in sentence):
            yield f"{name}: {sentence[0]} has another number of columns"
        for column in range(len(predicates)):
            cells = [row[2 + column] for row in sentence]
            if cells.count("(V*)") + cells.count("(V*") != 1 or "".join(cells).count("(") != "".join(cells).count(")"):
                yield f"{name}: {cells} are no brackets of one verb"
    if set(numbers) != {1, 2}:
        yield f"{name}: sentences with {sorted(numbers)} predicates"


def check_part(part, text):
    """What is wrong with the files of one part; text(name) gives one."""
    classified = rows(text("classify"), 1)
    expected = [{"past", "present", "future", "perfect"}, {"active", "passive"},
                {"first_singular", "first_plural", "third_singular", "third_plural"}]
    for column, labels in enumerate(expected):
        if {row[column] for row in classified} != labels or {len(row) for row in classified} != {4}:
            yield f"classify.{part}: other labels than {labels}"
    pairs = rows(text("pair"), 1)
    if {row[0] for row in pairs} != {"paraphrase", "contradiction", "neutral"}:
        yield f"pair.{part}: other labels"
    for label, first, second in pairs:
        has_not = [" not " in f" {side} " for side in (first, second)]
        if first == second or (label == "contradiction") != (has_not[0] != has_not[1]):
            yield f"pair.{part}: {label}: {first} / {second}"
    documents = rows(text("documents"))
    for label, *found in documents:
        if sum(sentence.endswith("?") for sentence in found) != 1 or not 4 <= len(found) <= 8:
            yield f"documents.{part}: {found}"
        asked = next(sentence for sentence in found if sentence.endswith("?"))
        if (label == "future") != asked.startswith("Will "):
            yield f"documents.{part}: {label}: {asked}"
    yield from problems_of_tags(f"tag.{part}", sentences(text("tag")))
    yield from problems_of_roles(f"roles.{part}", sentences(text("roles")))


def problems_of_files():
    files = task_files(lambda number: Rng(7 + number), SIZES)
    if files != task_files(lambda number: Rng(7 + number), SIZES):
        yield "the files are not the same the second time"
    if len(files) != 3 * len(TASKS):
        yield f"{len(files)} files"
    endings = {name: TASKS[name][3] for name in TASKS}
    for part, size in SIZES.items():
        def text(name, part=part):
            return files[f"{name}.{part}.{endings[name]}"]
        counts = [len(rows(text("classify"), 1)), len(rows(text("pair"), 1)), len(rows(text("documents"))),
                  len(sentences(text("tag"))), len(sentences(text("roles")))]
        if set(counts) != {size}:
            yield f"{part}: {counts} examples, not {size}"
        yield from check_part(part, text)
    for name in ("classify", "pair", "documents"):
        texts = [tuple(row[-1:] if name == "classify" else row[1:]) for part in SIZES
                 for row in rows(files[f"{name}.{part}.tsv"], 0 if name == "documents" else 1)]
        if len(set(texts)) != len(texts):
            yield f"{name}: an example is there twice"


def main():
    problems, count = [], 0
    for got, right in known():
        count += 1
        if got != right:
            problems.append(f"{got} should be {right}")
    problems += problems_of_files()
    print(*problems[:20], f"{count} examples by hand, {len(problems)} problems", sep="\n")
    return 1 if problems or count < 8 else 0


if __name__ == "__main__":
    sys.exit(main())
