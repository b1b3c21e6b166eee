#!/usr/bin/env python3
"""Writes the bundled German-English quickstart corpus (data/quickstart) from a grammar.

Both sides of a pair are rendered from one structure (scripts/quickstart_grammar), so a German
sentence has exactly one translation. The output is a function of SEED alone: the same bytes on
every machine and Python version (3.9 or later, standard library only).

    make_quickstart_corpus.py                    write the files
    make_quickstart_corpus.py --check            exit 1 if the files differ from a fresh corpus
    make_quickstart_corpus.py --self-test        exit 1 if the grammar misses a known form
    make_quickstart_corpus.py --sample N [SEED]  print N fresh pairs
    make_quickstart_corpus.py --links FOLDER     write the word links of the files into FOLDER
    make_quickstart_corpus.py --tasks FOLDER     write labelled English examples into FOLDER

The links are those of the grammar: each word knows what it was rendered from. A line for each pair
in Pharaoh format, German-English, counted from 0 in the words between spaces; `1p2` is a possible
link (an auxiliary to a verb of the other language, or one of an idiom's words to another).

The examples of --tasks are drawn for themselves, from the same grammar: nothing of them is in the
corpus on purpose. Each task has files for train, valid and test, none with an example of another:

    classify.train.tsv   tense, voice, subject, text (with a header): three labels of a sentence
    tag.train.conll      word, tag: PropBank's roles of a clause as BIO
    roles.train.conll    word, predicate, a column of brackets for each predicate (CoNLL-2005)
    pair.train.tsv       label, first, second (with a header): paraphrase, contradiction or neutral;
                         the second has another order of words or another voice, or "not" on one side
    documents.train.tsv  label, then a sentence in each further column: the label is the tense of the
                         one question among them
"""

import argparse
import hashlib
import sys
from pathlib import Path

from quickstart_grammar.known_forms import failures
from quickstart_grammar.links import pharaoh
from quickstart_grammar.sampling import Rng
from quickstart_grammar.sentences import linked_sentence, sentence
from quickstart_grammar.tasks import task_files

SEED = 2024
SIZES = {"test": 1000, "valid": 500, "train": 20000}  # pairs
TASK_SIZES = {"train": 4000, "valid": 500, "test": 500}  # examples of each task
LENGTHS = range(3, 31)  # words of a German sentence
SHORT = 8  # most sentences with fewer words are left out
FOLDER = Path(__file__).resolve().parent.parent / "data" / "quickstart"


def draw_pairs(count):
    """`count` (German, English, links), no sentence twice, in random order."""
    rng = Rng(SEED)
    translations, english_seen, pairs = {}, set(), []
    while len(pairs) < count:
        german, english, links = linked_sentence(rng)
        if translations.setdefault(german, english) != english:
            raise ValueError(
                f"two translations of {german!r}: {translations[german]!r} and {english!r}")
        words = len(german.split())
        if english in english_seen or words not in LENGTHS or (words < SHORT and rng.chance(60)):
            continue
        english_seen.add(english)
        pairs.append((german, english, links))
    # Short sentences run out, so late pairs are longer: the parts must be drawn from all of them.
    rng.shuffle(pairs)
    return pairs


def statistics(pairs):
    """Pairs, words, distinct words and mean length, as a row of the README's table."""
    sides = [[sentence.split() for sentence in side] for side in list(zip(*pairs))[:2]]
    words = [sum(map(len, side)) for side in sides]
    distinct = [len({word for sentence in side for word in sentence}) for side in sides]
    mean = [count / len(pairs) for count in words]
    return (f"{len(pairs):,} | {words[0]:,} / {words[1]:,} | {distinct[0]:,} / {distinct[1]:,} | "
            f"{mean[0]:.1f} / {mean[1]:.1f}")


README = """# The quickstart corpus

{total:,} German-English sentence pairs **made by a grammar, not by people**: enough to train a
first model in minutes, without a download. German is the source, English the target.

BLEU on this corpus says nothing about real translation. The sentences have a closed vocabulary,
every German sentence has exactly one English reference, and what a model has to learn is the
grammar below. Use it to see that a build trains, to compare settings quickly, and in tests.

| part | pairs | words de / en | distinct de / en | words a sentence de / en |
|---|---|---|---|---|
{rows}

Words are split at spaces, punctuation included. No sentence, German or English, occurs twice in
the three parts together: `valid` and `test` are new combinations of what training has seen, apart
from some numbers and rare forms.

## What it covers

- Nouns with gender, plural and genitive; articles, possessives, strong, weak and mixed adjective
  endings in four cases; comparatives and superlatives; compounds with linking elements.
- Verb-second clauses with a fronted time, place, adverb or object; verb-final clauses after weil,
  obwohl, dass, ob, wenn, als, bevor, nachdem, während; relative clauses; infinitives with zu, um,
  ohne.
- Separable and reflexive verbs, modals, perfect and preterite (one English simple past),
  pluperfect, passive, imperative, questions; nicht and kein against do-support, not any and no.
- Prepositions with their case, in, auf, an with dative and accusative; dative verbs whose object
  becomes the English subject (gefallen).
- Numbers (1.250,5 and 1,250.5), einundzwanzig, prices, dates, clock times (halb neun, 14:30 Uhr),
  quotations, lists, names.

## Regenerating it

`python3 scripts/make_quickstart_corpus.py` writes these files; `--check` compares them with a
fresh corpus. The bytes depend on nothing but the seed in the script.

```
{checksums}
```

(SHA-256.) Licence: CC0 1.0, no rights reserved.
"""


def make_files():
    """{file name: bytes} of the whole folder."""
    pairs = draw_pairs(sum(SIZES.values()))
    files, rows, at = {}, {}, 0
    for part, size in SIZES.items():
        chosen, at = pairs[at:at + size], at + size
        rows[part] = f"| {part} | {statistics(chosen)} |"
        for side, language in enumerate(("de", "en")):
            files[f"{part}.{language}"] = "".join(
                pair[side] + "\n" for pair in chosen).encode("utf-8")
    order = [
        f"{part}.{language}" for part in ("train", "valid", "test") for language in ("de", "en")
    ]
    checksums = "\n".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}" for name in order)
    readme = README.format(total=len(pairs),
                           rows="\n".join(rows[part] for part in ("train", "valid", "test")),
                           checksums=checksums)
    files["README.md"] = readme.encode("utf-8")
    return files


def make_links():
    """{file name: bytes} of the word links of all parts."""
    pairs, files, at = draw_pairs(sum(SIZES.values())), {}, 0
    for part, size in SIZES.items():
        chosen, at = pairs[at:at + size], at + size
        files[f"{part}.links"] = "".join(pharaoh(links) + "\n" for *_, links in chosen).encode()
    return files


def make_tasks():
    """{file name: bytes} of the labelled examples of all tasks."""
    files = task_files(lambda number: Rng(SEED + 1 + number), TASK_SIZES)
    return {name: text.encode("utf-8") for name, text in files.items()}


def check(files):
    """Names the files in FOLDER that are missing or differ; 0 if there are none, else 1."""
    status = 0
    for name, content in sorted(files.items()):
        path = FOLDER / name
        if not path.is_file() or path.read_bytes() != content:
            print(f"error: {path}: differs from a fresh corpus. Fix: run {Path(__file__).name}.",
                  file=sys.stderr)
            status = 1
    return status


def main():
    parser = argparse.ArgumentParser(description="Writes the quickstart corpus.")
    parser.add_argument("--check",
                        action="store_true",
                        help="compare the files with a fresh corpus")
    parser.add_argument("--self-test",
                        action="store_true",
                        help="check the grammar against known forms")
    parser.add_argument("--sample",
                        type=int,
                        nargs="+",
                        metavar=("N", "SEED"),
                        help="print N fresh pairs")
    parser.add_argument("--links",
                        type=Path,
                        metavar="FOLDER",
                        help="write the word links of the files into FOLDER")
    parser.add_argument("--tasks",
                        type=Path,
                        metavar="FOLDER",
                        help="write labelled English examples into FOLDER")
    arguments = parser.parse_args()
    if arguments.self_test:
        wrong = failures()
        print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
        return 1 if wrong else 0
    if arguments.sample:
        rng = Rng((arguments.sample + [SEED])[1])
        for _ in range(arguments.sample[0]):
            print("\n  ".join(sentence(rng)))
        return 0
    if arguments.tasks:
        files = make_tasks()
    else:
        files = make_links() if arguments.links else make_files()
    if arguments.check:
        return check(files)
    folder = arguments.tasks or arguments.links or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
