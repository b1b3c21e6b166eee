"""Labelled English examples of the grammar: classes, roles of words, pairs of sentences, documents."""

import copy

from .clause import Clause, capital, squeeze
from .descriptions import passive_clause
from .drafts import draft, front_of, human, negate
from .links import _signs_of, plain
from .phrases import Pronoun
from .sentences import with_dates
from .statements import statement_clause

TENSES = dict(past="past", pres="present", prog="present", fut="future", pp="perfect")
PERSONS = {"1s": "first_singular", "1p": "first_plural", "3s": "third_singular", "3p": "third_plural"}
# Roles in the manner of PropBank, by the part of the clause.
ADJUNCTS = dict(time="ARGM-TMP", place="ARGM-LOC", manner="ARGM-MNR", frequency="ARGM-TMP", adverb="ARGM-ADV",
                company="ARGM-COM", reason="ARGM-CAU", direction="ARGM-DIR", predicate="ARGM-PRD", benefit="ARGM-GOL")
PARTS = {"not": "ARGM-NEG", "modal": "ARGM-MOD", "already": "ARGM-TMP"}


def finish(english, mark="."):
    """A whole sentence, with signs."""
    return with_dates(capital(squeeze(english)) + mark)


# Classes ------------------------------------------------------------------------------------
def one_clause(r, passive=35):
    """(clause, what English has before the subject) of a statement; percent of the passive voice."""
    if r.chance(passive):
        clause = passive_clause(r)
        while clause.modal:
            clause = passive_clause(r)
        return clause, "time" if clause.time and r.chance(40) else "subject"
    clause = statement_clause(r)
    while clause.verb.en == "be" and clause.tense == "pp":  # the lexicon has no participle of it
        clause = statement_clause(r)
    return clause, front_of(r, clause)


def classified(r):
    """(tense, voice, subject, sentence)."""
    clause, front = one_clause(r)
    return (TENSES[clause.tense], "passive" if clause.passive else "active", PERSONS[clause.subject.pn],
            plain(finish(clause.english(front))))


# Roles --------------------------------------------------------------------------------------
def parts_of(clause):
    """{number of a sign: (role, part)}; equal roles of two parts are two arguments."""
    found = {}

    def give(text, role, part):
        for word in text.split():
            for number in _signs_of(word):
                found.setdefault(number, (role, part))

    give(clause.subject.en("s"), "ARG1" if clause.passive else "ARG0", "subject")
    for at, (role, phrase) in enumerate(clause.slots):
        agent = clause.passive and role == "von/D/by"
        name = "ARG0" if agent else "ARG1" if role == "A" else "ARG2"
        give(phrase.en("o"), name, at)
        give(clause.mark(role, "x") if "/" in role else "", name, at)
    for name, role in ADJUNCTS.items():
        if getattr(clause, name):
            give(clause.pair(name)[1], role, name)
    for part, role in PARTS.items():
        give(clause.mark(part, "x") if part in clause.signs else "", role, part)
    return found


def words_of(text):
    """The words of a sentence, with punctuation on its own."""
    words = []
    for word in text.split():
        stem = word.rstrip(",?!")
        if stem.endswith(".") and not stem.endswith(".m."):
            stem = stem if plain(stem) in ("Mr.", "Ms.") else stem[:-1]
        words.append(stem)
        words += word[len(stem):]
    return words


def roles(clause, text):
    """[(word, role or "O", part)] of a sentence that the clause has rendered, with signs."""
    verb = {number for number in _signs_of(clause.mark("verb", "x"))}
    parts = parts_of(clause)
    found = []
    for word in words_of(text):
        signs = _signs_of(word)
        if plain(word) == "not":
            found.append((plain(word), "ARGM-NEG", "not"))
        elif any(number in verb and sure for number, sure in signs.items()):
            found.append((plain(word), "V", "verb"))
        else:
            known = [parts[number] for number in signs if number in parts]
            helps = any(number in verb for number in signs) or not word.strip(".,?!")
            found.append((plain(word), *(known[0] if known else ("O", None) if helps or signs else (None, None))))
    # A word without counterpart in German ("to the man", "the roof of the house") belongs to the next one.
    for at in reversed(range(len(found))):
        word, role, part = found[at]
        if role is None:
            follows = found[at + 1][1:] if at + 1 < len(found) else ("O", None)
            found[at] = (word, *(("O", None) if follows[0] == "V" else follows))
    return found


def bio(found):
    """The tags of [(word, role, part)]."""
    tags, before = [], ("O", None)
    for _, role, part in found:
        tags.append("O" if role == "O" else f"{'I' if (role, part) == before else 'B'}-{role}")
        before = role, part
    return tags


def brackets(tags):
    """CoNLL-2005's column of BIO tags."""
    cells = []
    for at, tag in enumerate(tags):
        goes_on = at + 1 < len(tags) and tags[at + 1].startswith("I-")
        opening = f"({tag[2:]}*" if tag.startswith("B-") else "*"
        cells.append(opening + ("" if tag == "O" or goes_on else ")"))
    return cells


def tagged(r):
    """[(word, tag)] of a sentence of one clause."""
    clause, front = one_clause(r)
    found = roles(clause, finish(clause.english(front)))
    return list(zip([word for word, *_ in found], bio(found)))


def with_predicates(r):
    """[(word, predicate or "-", a bracket for each predicate)] of a sentence of one or two clauses."""
    clauses = [one_clause(r) for _ in range(1 if r.chance(40) else 2)]
    parts = [roles(clause, with_dates(squeeze(clause.english(front)) + ".")) for clause, front in clauses]
    rows = [found[:-1] if found[-1][0] == "." else found for found in parts]
    joint = [(",", "O", None), (r.pick(["and", "but"]), "O", None)]
    words, places, at = [], [], 0
    for number, found in enumerate(rows):
        if number:
            words += [word for word, *_ in joint]
            at += len(joint)
        places.append(at)
        words += [word for word, *_ in found]
        at += len(found)
    words[0] = capital(words[0])
    if words[-1][-1] != ".":
        words.append(".")
    predicates, columns = ["-"] * len(words), []
    for (clause, _), found, place in zip(clauses, rows, places):
        tags = ["O"] * place + bio(found)
        tags += ["O"] * (len(words) - len(tags))
        predicates[tags.index("B-V")] = clause.verb.en
        columns.append(brackets(tags))
    return list(zip(words, predicates, *columns))


# Pairs --------------------------------------------------------------------------------------
def positive(clause):
    """A copy of a negative clause that says the opposite."""
    clause = copy.deepcopy(clause)
    clause.negative = False
    for _, phrase in clause.slots:
        if getattr(phrase, "det", "") == "kein":
            phrase.det = "bare" if phrase.plural or phrase.noun.mass else "indef"
    return clause


def to_passive(clause):
    """The same clause in the passive voice."""
    thing = clause.slots[0][1]
    slots = [("von/D/by", clause.subject)]
    more = {name: getattr(clause, name) for name in ("time", "place", "manner")}
    return Clause(clause.verb, thing, clause.tense, slots, passive=True, werden=True, negative=clause.negative, **more)


def has_passive(clause):
    return ("w" in clause.verb.flags and len(clause.slots) == 1 and clause.slots[0][0] == "A" and
            clause.slots[0][1].definite and not (clause.frequency or clause.benefit or clause.company))


def paired(r):
    """(label, first, second): the same said in another way, its opposite, or something else."""
    tense = r.weighted([("past", 50), ("pres", 20), ("fut", 30)])
    while True:
        clause = draft(r, tense, human(r), time=90, place=45)
        negate(clause)
        # What cannot be negated, or said in another way, is no use.
        if clause.negative and (clause.time or has_passive(clause)):
            break
    says_no = r.chance(50)
    first = clause if says_no else positive(clause)
    label = r.pick(["paraphrase", "contradiction", "neutral"])
    second = first
    if label == "contradiction":
        second = positive(clause) if says_no else clause
    if label == "neutral":
        second = other_than(r, first)
    texts = [first.english("subject"), said_otherwise(r, second)]
    r.shuffle(texts)
    return (label, *(plain(finish(text)) for text in texts))


def other_than(r, clause):
    """The clause with another person as its subject."""
    other, before = copy.deepcopy(clause), plain(clause.subject.en())
    while plain(other.subject.en()) == before:
        other.subject = human(r)
    return other


def said_otherwise(r, clause):
    """English in another order or voice than that of clause.english("subject")."""
    if has_passive(clause) and (not clause.time or r.chance(50)):
        return to_passive(clause).english("time" if clause.time and r.chance(50) else "subject")
    return clause.english("time" if clause.time else "subject")


# Documents ----------------------------------------------------------------------------------
def document(r):
    """(tense, sentences): the tense is that of the one question among them."""
    sentences = []
    for _ in range(r.between(3, 7)):
        clause, front = one_clause(r, passive=15)
        sentences.append(plain(finish(clause.english(front))))
    tense = r.pick(["past", "pres", "fut"])
    clause = draft(r, tense, Pronoun(r.pick(["du", "ihr"])) if r.chance(50) else human(r), time=40, place=25)
    clause.frequency = clause.adverb = None
    sentences.insert(r.below(len(sentences) + 1), plain(finish(clause.english_question(), "?")))
    return TENSES[tense], sentences


# Files --------------------------------------------------------------------------------------
def table(rows):
    return "".join("\t".join(row) + "\n" for row in rows)


def columns(sentences):
    return "".join(table(sentence) + "\n" for sentence in sentences)


# Name: (how to draw an example, what of it may not occur twice, the file's text, its ending, its first line).
TASKS = {
    "classify": (classified, lambda row: row[-1], table, "tsv", "tense\tvoice\tsubject\ttext\n"),
    "tag": (tagged, lambda rows: " ".join(row[0] for row in rows), columns, "conll", ""),
    "roles": (with_predicates, lambda rows: " ".join(row[0] for row in rows), columns, "conll", ""),
    "pair": (paired, lambda row: frozenset(row[1:]), table, "tsv", "label\tfirst\tsecond\n"),
    "documents": (document, lambda row: tuple(row[1]), lambda rows: table([row[0], *row[1]] for row in rows), "tsv", ""),
}


def task_files(rng_of, sizes):
    """{file name: text} for {part: number of examples}. rng_of(number) is the stream of a task."""
    files = {}
    for number, (name, (draw, key, to_text, ending, first_line)) in enumerate(TASKS.items()):
        r, seen = rng_of(number), set()
        for part, size in sizes.items():
            examples = []
            while len(examples) < size:
                example = draw(r)
                if key(example) not in seen:
                    seen.add(key(example))
                    examples.append(example)
            files[f"{name}.{part}.{ending}"] = first_line + to_text(examples)
    return files
