"""Statements of one clause and of two, with relative clauses and infinitives."""

from .clause import Clause
from .drafts import (draft, german_english, human, modal_draft, period, relative_clause, shadow,
                     state, verbs_for, weather)
from .lexicon import DAYS
from .links import tie
from .morphology import NOUN_TABLE, SEIN, VERB_TABLE, Verb, english_ing
from .phrases import NounPhrase, Plain
from .sampling import PLACE_TABLE, adjectives, noun_phrase, nouns_of, past_time, person_noun

COMMON = dict(time=80, place=65, manner=40, negative=13, adverb=14)
SUB = dict(time=14, place=35, manner=25, negative=12)
CONSIDER = [
    Verb("glauben | believe | p | - | -"),
    Verb("hoffen | hope | p | - | -"),
    Verb("sagen | say said | p | - | -"),
    Verb("wissen,weiß,wusste,gewusst | know knew known | p | - | -"),
    Verb("denken,denkt,dachte,gedacht | think thought | p | - | -")
]
ASK = Verb("fragen | ask | p | - | -")
KNOW = CONSIDER[3]
TRY = [
    Verb("versuchen | try | p | - | -"),
    Verb("beschließen,beschließt,beschloss,beschlossen | decide | p | - | -"),
    Verb("vergessen,vergisst,vergaß,vergessen | forget forgot forgotten | p | - | -"),
    Verb("an|fangen,fängt,fing,angefangen | begin began begun | p | - | -"),
    Verb("versprechen,verspricht,versprach,versprochen | promise | p | - | -")
]


def statement(r):
    return period(german_english(r, statement_clause(r)))


def statement_clause(r):
    tense = r.weighted([("past", 46), ("pres", 20), ("fut", 17), ("prog", 8), ("pp", 9)])
    clause = draft(r, tense, **COMMON)
    if tense == "past" and r.chance(7):
        clause.reason = cause(r)
    if tense == "prog":
        clause.negative = False
        for _, phrase in clause.slots:
            if getattr(phrase, "det", "") == "kein":
                phrase.det = "bare" if phrase.plural or phrase.noun.mass else "indef"
    return clause


def cause(r):
    noun = r.pick(NOUN_TABLE["fact"])
    word = r.pick([("wegen", "because of"), ("trotz", "despite")])
    phrase = NounPhrase(noun)
    return f"{word[0]} {phrase.de('G')}", f"{word[1]} {phrase.en()}"


def modal(r):
    clause = modal_draft(r, time=75, place=60, manner=30, negative=18)
    return period(german_english(r, clause))


def gladly(r):
    verb = r.pick([
        v for v in verbs_for("p", "g")
        if v.infinitive in ("essen", "trinken", "lesen", "kochen", "backen", "schreiben", "spielen",
                            "tanzen", "singen", "schwimmen", "reisen", "einkaufen", "fernsehen",
                            "arbeiten", "malen", "schlafen")
    ])
    clause = draft(r, r.pick(["pres", "pres", "past"]), None, verb, place=40)
    for role, phrase in clause.slots:  # a taste is for things in general
        if role == "A" and phrase.noun.cls != "instr":
            clause.slots = [(role,
                             NounPhrase(phrase.noun,
                                        "bare", [a for a in phrase.adjectives if not a[1]],
                                        plural=not phrase.noun.mass))]
    clause.gladly, clause.frequency, clause.adverb, clause.manner = True, None, None, None
    return period(german_english(r, clause))


# Two clauses --------------------------------------------------------------------------------
def combine(r, main, sub, german, english, first):
    """Main and subordinate clause, the latter first or last."""
    if first:
        return period((f"{sub.german_final(german)}, {main.german_main()}",
                       f"{sub.english(conjunction=english)}, {main.english()}"))
    return period((f"{main.german_main('subject')}, {sub.german_final(german)}",
                   f"{main.english()} {sub.english(conjunction=english)}"))


def because(r):
    tense = r.weighted([("past", 70), ("pres", 30)])
    german, english = r.pick([("weil", "because"), ("weil", "because"), ("obwohl", "although")])
    first = r.chance(35)
    who = human(r)
    early, late = (who, shadow(who)) if r.chance(75) else (who, human(r, False))
    main_who, sub_who = (late, early) if first else (early, late)
    main = draft(r, tense, main_who, **SUB)
    kind = r.weighted([("state", 45), ("draft", 43), ("weather", 12)])
    if kind == "weather":
        sub = weather(r, tense)
    else:
        sub = state(r, sub_who, tense) if kind == "state" else draft(r, tense, sub_who, **SUB)
    return combine(r, main, sub, german, english, first)


def when(r):
    german, english = r.pick([("als", "when"), ("bevor", "before"), ("nachdem", "after"),
                              ("während", "while")])
    first = r.chance(55)
    who = human(r)
    early, late = ((who, shadow(who)) if r.chance(65) or german == "nachdem" else
                   (who, human(r, False)))
    main_who, sub_who = (late, early) if first else (early, late)
    main = draft(r, "past", main_who, place=40, manner=30)
    tense = "plup" if german == "nachdem" else "past"
    pool = verbs_for("p", "g")
    sub = draft(r, tense, sub_who, r.pick(pool), place=35, manner=15)
    return combine(r, main, sub, german, english, first)


def if_then(r):
    first = r.chance(65)
    who = human(r)
    early, late = (who, shadow(who)) if r.chance(50) else (who, human(r, False))
    main_who, sub_who = (late, early) if first else (early, late)
    main = draft(r, "fut", main_who, place=45, manner=20, negative=20)
    kind = r.weighted([("weather", 35), ("state", 40), ("draft", 25)])
    if kind == "weather":
        sub = weather(r, "pres")
    elif kind == "state":
        sub = state(r, sub_who, "pres")
    else:
        sub = draft(r, "pres", sub_who, r.pick(verbs_for("p", "g")))
    if r.chance(40) and not sub.time:
        day = r.pick(DAYS)
        sub.time = r.pick([("morgen", "tomorrow"), ("am Wochenende", "on the weekend"),
                           ("heute Abend", "this evening"), ("am " + day[0], "on " + day[1])])
    main.werden = r.chance(35)
    return combine(r, main, sub, "wenn", "if", first)


def that(r):
    tense = r.weighted([("pres", 60), ("past", 40)])
    who = human(r)
    main = Clause(r.pick(CONSIDER), who, tense)
    other = shadow(who) if r.chance(35) else human(r, False)
    inner = r.pick(["past", "pres", "fut", "pp"] if tense == "pres" else ["plup", "past"])
    sub = state(r, other, tense) if r.chance(20) else draft(r, inner, other, **SUB)
    return combine(r, main, sub, "dass", "that", False)


def indirect_question(r):
    who = human(r)
    asks = r.chance(45)
    main = Clause(ASK if asks else KNOW, who, "pres" if r.chance(70) else "past", negative=not asks)
    other = human(r, False)
    word = r.weighted([(("ob", "whether"), 40), (("wann", "when"), 20), (("warum", "why"), 20),
                       (("wo", "where"), 20)])
    tense = "past"
    if word[0] == "wo":
        sub = draft(r, tense, other, r.pick(verbs_for("p", "l")), time=25)
    elif word[0] == "wann":
        sub = draft(r, tense, other, r.pick(verbs_for("p", "g")), place=20)
    else:
        sub = state(r, other, main.tense) if r.chance(35) else draft(r, tense, other, **SUB)
    return combine(r, main, sub, word[0], word[1], False)


def two_main(r):
    who = human(r)
    kind = r.weighted([("denn", 25), ("aber", 30), ("und", 25), ("deshalb", 20)])
    main = draft(r, "past", who, time=45, place=40)
    other = shadow(who) if kind in ("denn", "deshalb") or r.chance(40) else human(r, False)
    if kind == "deshalb":
        main = state(r, who, "past") if r.chance(75) else weather(r, "past")
        second = draft(r,
                       "past",
                       other if main.verb.base != "regnen" else human(r, False),
                       place=25,
                       negative=25)
        return period((f"{main.german_main('subject')}, deshalb {second.german_main()}",
                       f"{main.english()}, so {second.english()}"))
    second = (state(r, other, "past")
              if kind == "denn" or r.chance(30) else draft(r, "past", other, place=40, manner=25))
    if kind == "und" and other.is_pronoun:
        second = draft(r, "past", other, place=25)
    english = dict(denn="because", aber="but", und="and")[kind]
    comma_de, comma_en = (" ", ",") if kind == "und" else (", ", "" if kind == "denn" else ",")
    return period((f"{main.german_main('subject')}{comma_de}{kind} {second.german_main('subject')}",
                   f"{main.english()}{comma_en} {english} {second.english()}"))


def with_relative(r):
    """A relative clause about the subject, or about an object and then after the verb."""
    if r.chance(55):
        head = (person_noun(r) if r.chance(70) else noun_phrase(
            r, r.pick(r.pick(nouns_of(["bldg", "veh", "dev", "book"])))))
        while getattr(head, "det", "") == "name" or head.owner_phrase or head.number:
            head = person_noun(r)
        head.relative = relative_clause(r, head, "" if head.noun.cls == "pers" else "be")
        if head.noun.cls == "pers":
            clause = draft(r, r.pick(["past", "past", "pres", "fut"]), head, time=35, place=40)
            clause.frequency = None
        else:
            broken = ("kaputt", "broken") if head.noun.cls in ("veh", "dev") else ("klein", "small")
            choices = [
                broken, ("sehr alt", "very old"), ("zu teuer", "too expensive"), ("neu", "new")
            ]
            if head.noun.cls == "book":
                choices = [("sehr lang", "very long"), ("zu kurz", "too short"),
                           ("wichtig", "important")]
            clause = Clause(SEIN, head, r.pick(["past", "pres"]), predicate=r.pick(choices))
        return period((clause.german_main("subject"), clause.english()))
    verbs = [
        v for v in VERB_TABLE
        if len(v.slots) == 1 and v.slots[0][0] == "A" and "p" in v.subjects and
        v.place_kind == "" and not set(v.slots[0][1]) & {"event", "line", "abstr", "room"}
    ]
    clause = draft(r, "past", human(r), r.pick(verbs), pronoun=False)
    role, phrase = clause.slots[0]
    clause.benefit = clause.frequency = None
    if (isinstance(phrase, NounPhrase) and not phrase.number and
            phrase.det in ("def", "indef", "dem") and
            not (phrase.owner_phrase or phrase.noun.mass)):
        phrase.relative = relative_clause(r, phrase, clause.verb.en)
        if r.chance(40):
            clause.time = past_time(r)
            return period((clause.german_main("time"), clause.english("time")))
    return period((clause.german_main("subject"), clause.english()))


def in_which(r):
    """Das Haus, in dem er wohnt, ist alt."""
    row = PLACE_TABLE[r.pick((0, 1, 1))]
    noun = r.pick(row[5])
    head = NounPhrase(noun, "def", adjectives(r, noun, "def", 30))
    clause = draft(r,
                   r.pick(["past", "pres"]),
                   human(r),
                   r.pick([v for v in verbs_for("p", "l") if not v.place_kind]),
                   manner=10)
    clause.frequency = None
    relative = f"in {dict(m='dem', f='der', n='dem')[noun.gender]} "
    head.relative = tie(relative + clause.german_final(), "in which " + clause.english())
    main = Clause(SEIN,
                  head,
                  "pres",
                  predicate=r.pick([("sehr klein", "very small"), ("sehr alt", "very old"),
                                    ("schön", "beautiful"), ("sehr groß", "very big"),
                                    ("heute geschlossen", "closed today")]))
    return period((main.german_main("subject"), main.english()))


# Infinitives --------------------------------------------------------------------------------
def to_infinitive(r):
    who = human(r)
    verb = r.pick(TRY)
    clause = Clause(verb,
                    who,
                    "past" if verb.infinitive != "versuchen" or r.chance(50) else "pres",
                    perfect=r.chance(55))
    inner = draft(r, "past", who, r.pick(verbs_for("p", "g")), place=20, manner=15)
    inner.company = None
    if r.chance(30):
        clause.time = past_time(r)
        clause.tense = "past"
    front = "time" if clause.time else "subject"
    return period((f"{clause.german_main(front)}, {inner.german_infinitive()}",
                   f"{clause.english(front)} to {inner.english_infinitive()}"))


def purpose(r):
    """Sie fuhr in die Stadt, um ein Buch zu kaufen. Er ging weg, ohne die Tür zu schließen."""
    who = human(r)
    goes = r.pick([
        v for v in VERB_TABLE if v.infinitive in ("gehen", "fahren", "laufen", "reisen", "fliegen")
    ])
    clause = draft(r, r.weighted([("past", 75), ("fut", 25)]), who, goes, time=40)
    inner = draft(r, "past", who, r.pick([v for v in verbs_for("p", "g") if not v.place_kind]))
    inner.company = None
    front = "time" if clause.time and r.chance(50) else "subject"
    german, english = clause.german_main(front), clause.english(front)
    if clause.tense == "past" and r.chance(30):
        inner = draft(r, "past", who, r.pick([v for v in verbs_for("p", "m") if v.slots]))
        words = inner.english_infinitive(english_ing(inner.verb.en))
        return period(
            (f"{german}, {inner.german_infinitive('ohne')}", f"{english} without {words}"))
    return period((f"{german}, {inner.german_infinitive('um')}",
                   f"{english} to {inner.english_infinitive()}"))


def judgement(r):
    inner = draft(r,
                  "past",
                  Plain("", "", None),
                  r.pick([v for v in verbs_for("p", "g") if not v.reflexive]),
                  place=20)
    inner.company = None
    adjective = r.pick([("schwierig", "difficult"), ("wichtig", "important"),
                        ("verboten", "forbidden"), ("gefährlich", "dangerous"),
                        ("langweilig", "boring"), ("möglich", "possible"), ("schön", "nice")])
    be = r.pick([("ist", "is"), ("war", "was")])
    no = ("nicht ", "not ") if r.chance(25) else ("", "")
    opening = tie(f"es {be[0]} {no[0]}{adjective[0]}", f"it {be[1]} {no[1]}{adjective[1]}")
    return period((f"{opening[0]}, {inner.german_infinitive()}",
                   f"{opening[1]} to {inner.english_infinitive()}"))
