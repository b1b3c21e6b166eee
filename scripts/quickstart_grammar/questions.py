"""Questions, commands and quotations."""

from .clause import Clause, capital, squeeze
from .drafts import draft, german_english, human, modal_draft, period, verbs_for
from .links import tie
from .morphology import COST, DIES, SEIN, VERB_TABLE, ending
from .phrases import NounPhrase, Plain, Pronoun
from .sampling import adjectives, nouns_of


def asked(r):
    return Pronoun(r.pick(["du", "Sie", "ihr"])) if r.chance(50) else human(r)


def polite(clause):
    clause.perfect = True  # the preterite of the second person is rare
    return clause


def question(r):
    kind = r.weighted([("yes", 30), ("when", 11), ("where", 11), ("why", 13), ("who", 12),
                       ("what", 15), ("which", 8)])
    tense = r.weighted([("past", 60), ("pres", 20), ("fut", 20)])
    if kind == "who":
        clause = draft(r, tense, Plain("wer", "who", "er"), time=30, place=25)
        clause.frequency = None
        return period((clause.german_main("subject"), clause.english()), "?")
    if kind in ("what", "which"):
        return question_about_object(r, tense, kind)
    if kind == "yes":
        clause = (modal_draft(r, asked(r), place=30) if r.chance(35) else polite(
            draft(r, r.pick([tense, tense, "pp"]), asked(r), time=40, place=25, negative=12)))
        clause.frequency = clause.adverb = None
        if clause.tense == "pp":
            clause.tense, clause.time = "past", None
        return period((clause.german_main(), clause.english_question()), "?")
    if kind == "where":
        clause = polite(draft(r, tense, asked(r), r.pick(verbs_for("p", "l")), time=30))
        word = ("wo", "where")
    elif kind == "when":
        clause = polite(
            draft(r, r.pick(["past", "fut"]), asked(r), r.pick(verbs_for("p", "g")), place=25))
        word = ("wann", "when")
    else:
        clause = polite(draft(r, tense, asked(r), time=25, place=25, negative=20))
        word = ("warum", "why")
    clause.frequency = clause.company = None
    return period((f"{word[0]} {clause.german_main()}", clause.english_question(word[1])), "?")


def question_about_object(r, tense, kind):
    verbs = [
        v for v in VERB_TABLE
        if v.slots and v.slots[-1][0] == "A" and "p" in v.subjects and "pers" not in v.slots[-1][1]
        and not v.place_kind and not set(v.slots[-1][1]) & {"event", "line", "bldg"}
    ]
    clause = polite(draft(r, tense, asked(r), r.pick(verbs), time=30, place=20))
    phrase = clause.slots[-1][1]
    german, english = "was", "what"
    if kind == "which" and isinstance(phrase, NounPhrase) and not phrase.noun.mass:
        noun = phrase.noun
        which, what = tie(f"welch{ending(DIES, 'A', noun.gender)}",
                          "which"), tie(noun.de("A", False), noun.en)
        german, english = f"{which[0]} {what[0]}", f"{which[1]} {what[1]}"
    clause.slots[-1] = ("A", Plain(german, english, "es"))
    clause.relative, clause.frequency, clause.benefit = "A", None, None
    word = clause.slots[-1][1].en("o")
    return period((clause.german_main("A"), clause.english_question(word)), "?")


def small_question(r):
    noun = r.pick(r.pick(nouns_of(["thing", "cloth", "furn", "dev", "veh", "bldg"])))
    phrase = NounPhrase(noun,
                        r.pick(["def", "dem", "Sie", "du"]) if noun.cls != "bldg" else "def",
                        adjectives(r, noun, "def"))
    word, verb, predicate = r.pick([(("wo", "where"), SEIN, None),
                                    (("wie viel", "how much"), COST, None),
                                    (("wie alt", "how old"), SEIN, None),
                                    (("warum", "why"), SEIN, ("so teuer", "so expensive"))])
    if noun.cls == "bldg":
        word, verb, predicate = r.pick([(("wo", "where"), SEIN, None),
                                        (("wie alt", "how old"), SEIN, None)])
    clause = Clause(verb, phrase, "pres", predicate=predicate)
    return period((f"{word[0]} {clause.german_main()}", clause.english_question(word[1])), "?")


def command(r, mark="!"):
    who = Pronoun(r.pick(["du", "Sie"]))
    clause = draft(r,
                   "pres",
                   who,
                   r.pick([v for v in verbs_for("p", "g") if not v.reflexive]),
                   place=25,
                   manner=15,
                   negative=15)
    clause.company = clause.frequency = None
    no = f"{clause.maybe('verb', 'do')} {clause.english_not()} " if clause.negative else ""
    please = r.chance(50)
    clause.adverb = ("bitte", "please") if please else None
    english = squeeze((clause.pair("adverb")[1] + " " if please else "") + no +
                      clause.english_infinitive())
    if who.key == "Sie":
        return period((clause.german_main(), english), mark)
    clause.front = "subject"
    rest = [text for name, text in clause.german_middle() if name != "subject"]
    return period(
        (clause.assemble([clause.mark("verb", clause.verb.imperative())] + rest +
                         [clause.mark("verb", clause.verb.prefix)]), english), mark)


def quotation(r):
    kind = r.weighted([("say", 60), ("ask", 25), ("shout", 15)])
    speaker = human(r)
    name = speaker.de("N"), speaker.en()
    past = {"say": ("sagte", "said"), "ask": ("fragte", "asked"), "shout": (
        "rief", "shouted")}[kind]
    ends = {"1p": "n", "3p": "n"}.get(speaker.pn, "")
    verb = (past[0] + ("en" if kind == "shout" else "n") if ends else past[0]), past[1]
    if kind == "shout":
        inner = command(r)
    elif kind == "ask":
        inner = question(r)
    else:
        key = "wir" if speaker.pn in ("3p", "1p") else "ich"
        clause = draft(r,
                       r.pick(["past", "fut", "pres", "pp"]),
                       Pronoun(key),
                       time=50,
                       place=50,
                       negative=15)
        inner = period(german_english(r, clause))
    german, english = capital(inner[0]), capital(inner[1])
    if kind == "say":
        return period(
            (f"„{german[:-1]}“, {verb[0]} {name[0]}", f'"{english[:-1]}," {name[1]} {verb[1]}'))
    return period((f"„{german}“, {verb[0]} {name[0]}", f'"{english}" {name[1]} {verb[1]}'))
