"""Random clauses: a verb, what it takes, and the adverbials that fit the tense."""

from .clause import Clause
from .lexicon import FREQUENCIES, FRONT_ADVERBS, MANNERS, MODALS, TOGETHER
from .links import tie
from .morphology import HABEN, HUNGRY, NOUN, SEIN, VERB_TABLE, Verb
from .phrases import NounPhrase, Plain, Pronoun, Relative, with_preposition
from .sampling import (PLACE_TABLE, TIMES, dwelling, near_furniture, object_person, slot_phrase,
                       subject, where, whither)

STATIVE = ("kennen", "lieben", "brauchen", "verstehen", "wohnen", "interessieren", "bewundern",
           "stehen", "liegen")
RAIN = [Verb("regnen | rain | x | - | m"), Verb("schneien | snow | x | - | m")]
# Predicates: of sein, of haben, and of haben where English has to be.
STATES = [("müde", "tired"), ("krank", "sick"), ("hungrig", "hungry"), ("nervös", "nervous"),
          ("traurig", "sad"), ("glücklich", "happy"), ("wütend", "angry"), ("neugierig", "curious"),
          ("allein", "alone"), ("ungeduldig", "impatient"), ("zu spät", "late"),
          ("sehr müde", "very tired"), ("sehr reich", "very rich")]
POSSESSIONS = [("keine Zeit", "no time"), ("viel Arbeit", "a lot of work"),
               ("wenig Geld", "little money"), ("viele Freunde", "many friends"),
               ("einen Plan", "a plan"), ("kein Glück", "no luck")]
FEELINGS = [("Hunger", "hungry"), ("Durst", "thirsty"), ("recht", "right"), ("Angst", "afraid"),
            ("Glück", "lucky"), ("es eilig", "in a hurry"), ("Urlaub", "on vacation"),
            ("gute Laune", "in a good mood"), ("schlechte Laune", "in a bad mood")]


def period(pair, mark="."):
    german, english = tie(*pair)
    return german + mark, english + mark


def verbs_for(letters, flag="", exclude=STATIVE):
    return [
        verb for verb in VERB_TABLE if set(letters) &
        set(verb.subjects) and flag in verb.flags and verb.infinitive not in exclude
    ]


ALL = {
    tense: [
        v for v in VERB_TABLE if not set("sf") & set(v.subjects) and
        (tense != "prog" or "g" in v.flags) and (tense != "pres" or v.subjects != "e") and
        (tense not in ("prog", "pp", "plup", "fut") or v.infinitive not in STATIVE)
    ] for tense in ("pres", "prog", "fut", "past", "pp", "plup")
}


def place_of(r, verb):
    """(name, pair) of the place or goal that the verb's frame asks for."""
    kind = verb.place_kind
    if kind.startswith("DIR"):
        return "direction", whither(r, kind)
    if kind == "PUT":
        return "direction", near_furniture(r, "A")
    if kind == "ON":
        return "direction", near_furniture(r, "D")
    if kind == "LOCw":
        return "direction", dwelling(r)
    if kind == "ARR":
        return "direction", where(r, (4,), 0, 45)
    if kind == "LOCe":
        return "direction", where(r, (1,), 0, 30)
    if kind == "through":
        phrase = NounPhrase(
            r.pick([r.pick(PLACE_TABLE[1][5][:3]), PLACE_TABLE[0][5][-1], NOUN["Dorf"]]))
        return "direction", (with_preposition("durch", phrase, "A"), "through " + phrase.en("o"))
    return "direction", where(r, city=0 if verb.infinitive == "sitzen" else 15)


def negate(clause):
    """Makes the clause negative where that reads well; an indefinite object gets kein."""
    for role, phrase in clause.slots:
        if getattr(phrase, "number", None) or (not phrase.definite and role != "A"):
            return
        if any(degree == 2 for _, degree in getattr(phrase, "adjectives", ())):
            return
    for role, phrase in clause.slots:
        if role == "A" and not phrase.definite:
            phrase.det = "kein"
    clause.negative, clause.manner, clause.frequency, clause.benefit = True, None, None, None
    if clause.tense == "pres":  # not every day, or every day not?
        clause.time = None


def draft(r, tense, who=None, verb=None, **chance):
    """A clause in `tense`. chance: percents of time, place, manner, negative and adverb."""
    pool = ALL[tense]
    if verb is None:
        verb = r.pick([v for v in pool if who is None or "p" in v.subjects])
    who = who or subject(r, verb.subjects)
    pronoun = verb.en_rest not in ("up", "on", "off", "along", "away") and chance.get(
        "pronoun", True)
    slots = [(role, slot_phrase(r, role, classes, who, pronoun)) for role, classes in verb.slots]
    more = dict([place_of(r, verb)] if verb.place_kind else [])
    steady = verb.infinitive in STATIVE
    clause = Clause(verb, who, tense, slots, perfect=r.chance(55) and not steady, **more)
    if tense in TIMES and not steady and r.chance(chance.get("time", 0)):
        clause.time = TIMES[tense](r)
    clause.werden = clause.time is None or r.chance(40)
    if "l" in verb.flags and r.chance(chance.get("place", 0)):
        clause.place = where(r)
    if "m" in verb.flags and r.chance(chance.get("manner", 0)):
        clause.manner = r.pick(MANNERS)
    if "b" in verb.flags and r.chance(chance.get("place", 0)):
        person = object_person(r, who.key, "für/A/for", False)
        clause.benefit = ("für " + person.de("A"), "for " + person.en("o"))
    if (verb.infinitive in TOGETHER and who.pn == "3s" and not (slots or clause.manner) and
            r.chance(chance.get("place", 0))):
        person = object_person(r, who.key, "mit/D/with", False)
        clause.company = ("mit " + person.de("D"), "with " + person.en("o"))
    if tense == "pres" and not clause.time and r.chance(chance.get("time", 0)) and not steady:
        clause.frequency = r.pick(FREQUENCIES)
    if r.chance(chance.get("negative", 0)):
        negate(clause)
    if r.chance(chance.get("adverb", 0)):
        clause.adverb = (("wahrscheinlich", "probably") if r.chance(25) and not clause.negative and
                         tense in ("past", "fut", "pres") else
                         r.pick(FRONT_ADVERBS if tense == "past" else FRONT_ADVERBS[:4]))
        clause.frequency = None
    return clause


def front_of(r, clause):
    """What stands before the finite verb."""
    choices = [("subject", 55)]
    choices += [(name, weight)
                for name, weight in (("time", 32), ("place", 9), ("reason", 20))
                if getattr(clause, name)]
    if clause.adverb and clause.adverb[1] != "probably":
        choices += [("adverb", 60)]
    for role, phrase in clause.slots:
        if (role == "A" and
                getattr(phrase, "det", "") in ("def", "dem", "er", "sie", "ich", "wir", "pl") and
            (phrase.noun.cls not in ("pers", "kin", "anim") and not phrase.relative and
             not clause.negative)):
            choices += [("A", 12)]
    return r.weighted(choices)


def german_english(r, clause):
    front = front_of(r, clause)
    return clause.german_main(front), clause.english(front)


def shadow(phrase):
    """The pronoun for a person just named; None for das Kind, which is es but not it."""
    return None if phrase.key == "es" else Pronoun(phrase.key)


def human(r, pronoun=True):
    """A person as a subject whom a pronoun can take up."""
    while True:
        phrase = subject(r, "p")
        if (shadow(phrase) and (pronoun or not phrase.is_pronoun) and
                getattr(phrase, "det", "") != "jed"):
            return phrase


def state(r, who, tense):
    """Somebody is tired, has no time, is in a hurry."""
    kind = r.weighted([("be", 55), ("have", 22), ("feel", 23)])
    if kind == "be":
        return Clause(SEIN, who, tense, predicate=r.pick(STATES), negative=r.chance(15))
    if kind == "have":
        return Clause(HABEN, who, tense, predicate=r.pick(POSSESSIONS))
    return Clause(HUNGRY, who, tense, predicate=r.pick(FEELINGS))


def weather(r, tense):
    verb = r.pick(RAIN)
    clause = Clause(verb,
                    Pronoun("es"),
                    tense,
                    manner=("stark", "heavily") if r.chance(35) else None)
    clause.perfect = r.chance(30)
    return clause


def relative_clause(r, head, outer=""):
    """(German, English) of a relative clause about `head`."""
    return tie(*draw_relative_clause(r, head, outer))


def draw_relative_clause(r, head, outer):
    """The same, in which the words that open it are not linked yet.

    outer: the English verb of the main clause, which is not used again; "be" also keeps out a
    relative clause that would say what the thing is like.
    """
    noun = head.noun
    person = noun.cls in ("pers", "kin")
    kinds = ([("subject", 45), ("A", 22), ("D", 12), ("/", 12),
              ("whose", 9)] if person else [("A", 70), ("quality", 0 if outer == "be" else 30)])
    kind = r.weighted(kinds)
    if kind == "whose":
        return whose_clause(r, head)
    if kind == "quality":
        return quality_clause(r, head)
    if kind == "subject":
        clause = draft(r,
                       r.pick(["past", "past", "pres"]),
                       Relative(head, "who"),
                       time=25,
                       place=25)
        clause.relative = "subject"
        return clause.german_final(), clause.english(conjunction="who")
    verbs = [
        v for v in VERB_TABLE
        if "p" in v.subjects and v.en != outer and v.place_kind != "PUT" and any(
            (role == kind or (kind == "/" and "/" in role)) and
            ("pers" if person else noun.cls) in classes and (kind != "/" or role.split("/")[2])
            for role, classes in v.slots) and (kind != "D" or len(v.slots) == 1)
    ]
    if not verbs:
        return quality_clause(r, head)
    who = human(r)
    if kind == "A" and noun.cls in ("pers", "kin", "anim") and head.agreement() != "m":
        who = Pronoun(r.pick(["ich", "er", "wir"]))  # die Anna sieht: who sees whom?
    clause = draft(r, r.pick(["past", "past", "pres"]), who, r.pick(verbs), time=30, place=30)
    english = "whom" if person else "that"
    role, _ = next(
        (role, p) for role, p in clause.slots if role == kind or (kind == "/" and "/" in role))
    clause.slots = [
        (name, Relative(head, english) if name == role else p) for name, p in clause.slots
    ]
    clause.relative, clause.frequency = role, None
    return clause.german_final(), clause.english(conjunction=english)


def whose_clause(r, head):
    noun = r.pick([
        NOUN[lemma]
        for lemma in ("Hund", "Katze", "Bruder", "Schwester", "Auto", "Fahrrad", "Haus", "Sohn")
    ])
    if noun.cls in ("anim", "kin"):
        predicates = [("krank", "sick"), ("sehr klug", "very smart"),
                      ("immer müde", "always tired")]
    else:
        predicates = [("sehr alt", "very old"), ("zu klein", "too small"), ("blau", "blue"),
                      ("sehr teuer", "very expensive")]
    owner = dict(m="dessen", n="dessen", f="deren", p="deren")[head.agreement()]
    who = Plain(f"{owner} {noun.lemma}", f"whose {noun.en}", "er")
    clause = Clause(SEIN, who, r.pick(["pres", "past"]), predicate=r.pick(predicates))
    return clause.german_final(), clause.english()


def quality_clause(r, head):
    pairs = [("sehr teuer", "very expensive"), ("sehr schön", "very beautiful"),
             ("nicht teuer", "not expensive"), ("sehr alt", "very old")]
    if head.noun.cls == "anim":
        pairs = [("sehr schnell", "very fast"), ("sehr klug", "very smart"), ("krank", "sick")]
    if head.noun.cls in ("book", "read"):
        pairs = [("sehr spannend", "very exciting"), ("zu lang", "too long"),
                 ("nicht wichtig", "not important")]
    clause = Clause(SEIN, Relative(head, "that"), "past", predicate=r.pick(pairs))
    clause.relative = "subject"
    return clause.german_final(), clause.english(conjunction="that")


def modal_draft(r, who=None, **chance):
    """A clause with a modal verb and an infinitive."""
    modal = r.pick(MODALS)
    tense = "past" if modal[2] and r.chance(40) else "pres"
    verb = r.pick([v for v in verbs_for("p", "g")])
    chance = dict(chance, negative=0) if modal[0] == "möchten" else chance
    clause = draft(r, "past", who or subject(r, "p"), verb, **dict(chance, time=0, adverb=0))
    clause.tense, clause.modal = tense, modal
    if r.chance(chance.get("time", 0)):
        clause.time = TIMES["past" if tense == "past" else "fut"](r)
    return clause
