"""Sentence kinds: every function draws one (German, English) pair, without the first capital."""

from .clause import Clause, squeeze
from .drafts import (draft, german_english, human, modal_draft, quality_clause, relative_clause, shadow, state, verbs_for,
                     weather)
from .lexicon import AGELESS, SURNAMES
from .morphology import (ADJECTIVE, BELONG, COST, DIES, HABEN, LAST, LIKE_DE, LIKE_EN, NOUN, NOUN_TABLE, SEIN, VERB_TABLE,
                         WEIGH, Verb, ending, english_ing)
from .phrases import Joined, NounPhrase, Plain, Pronoun, with_preposition
from .sampling import (CITY_PAIRS, TIMES, adjectives, clock, date, digits, first_name, fitting, list_of, noun_phrase,
                       nouns_of, number_words, object_person, past_time, person_noun, place_phrase, PLACE_TABLE,
                       relative_by_blood, subject, where, whither, span, on_day)
from .lexicon import DAYS

COMMON = dict(time=60, place=45, manner=25, negative=13, adverb=12)
SUB = dict(time=22, place=22, manner=15, negative=12)
CONSIDER = [Verb("glauben | believe | p | - | -"), Verb("hoffen | hope | p | - | -"), Verb("sagen | say said | p | - | -"),
            Verb("wissen,weiß,wusste,gewusst | know knew known | p | - | -"),
            Verb("denken,denkt,dachte,gedacht | think thought | p | - | -")]
ASK = Verb("fragen | ask | p | - | -")
KNOW = CONSIDER[3]
TRY = [Verb("versuchen | try | p | - | -"), Verb("beschließen,beschließt,beschloss,beschlossen | decide | p | - | -"),
       Verb("vergessen,vergisst,vergaß,vergessen | forget forgot forgotten | p | - | -"),
       Verb("an|fangen,fängt,fing,angefangen | begin began begun | p | - | -"),
       Verb("versprechen,verspricht,versprach,versprochen | promise | p | - | -")]


def period(pair, mark="."):
    return pair[0] + mark, pair[1] + mark


def statement(r):
    tense = r.weighted([("past", 46), ("pres", 20), ("fut", 17), ("prog", 8), ("pp", 9)])
    clause = draft(r, tense, **COMMON)
    if tense == "past" and r.chance(7):
        clause.reason = cause(r)
    if tense == "prog":
        clause.negative = False
        for _, phrase in clause.slots:
            if getattr(phrase, "det", "") == "kein":
                phrase.det = "bare" if phrase.plural or phrase.noun.mass else "indef"
    return period(german_english(r, clause))


def cause(r):
    noun = r.pick(NOUN_TABLE["fact"])
    word = r.pick([("wegen", "because of"), ("trotz", "despite")])
    phrase = NounPhrase(noun)
    return f"{word[0]} {phrase.de('G')}", f"{word[1]} {phrase.en()}"


def modal(r):
    clause = modal_draft(r, time=50, place=35, manner=20, negative=18)
    return period(german_english(r, clause))


def gladly(r):
    verb = r.pick([v for v in verbs_for("p", "g") if v.infinitive in (
        "essen", "trinken", "lesen", "kochen", "backen", "schreiben", "spielen", "tanzen", "singen", "schwimmen", "reisen",
        "einkaufen", "fernsehen", "arbeiten", "malen", "fotografieren", "schlafen")])
    clause = draft(r, r.pick(["pres", "pres", "past"]), None, verb, place=40)
    for role, phrase in clause.slots:  # a taste is for things in general
        if isinstance(phrase, NounPhrase) and phrase.noun.cls not in ("instr",):
            clause.slots = [(role, NounPhrase(phrase.noun, "bare", [a for a in phrase.adjectives if not a[1]],
                                              plural=not phrase.noun.mass))]
        elif role == "A":
            clause.slots = [(role, first_name(r))]
    clause.gladly, clause.frequency, clause.adverb, clause.manner = True, None, None, None
    return period(german_english(r, clause))


# Two clauses --------------------------------------------------------------------------------
def combine(r, main, sub, german, english, first):
    """Main and subordinate clause, the latter first or last."""
    if first:
        return period((f"{sub.german_final(german)}, {main.german_main()}",
                       f"{sub.english(conjunction=english)}, {main.english()}"))
    front = "subject"
    return period((f"{main.german_main(front)}, {sub.german_final(german)}",
                   f"{main.english()} {sub.english(conjunction=english)}"))


def because(r):
    tense = r.weighted([("past", 70), ("pres", 30)])
    german, english = r.pick([("weil", "because"), ("weil", "because"), ("obwohl", "although")])
    first = r.chance(35)
    who = human(r)
    early, late = (who, shadow(who)) if r.chance(75) else (who, human(r, False))
    main_who, sub_who = (late, early) if first else (early, late)
    main = draft(r, tense, main_who, **SUB)
    sub = r.weighted([(state, 45), (None, 43), (weather, 12)])
    sub = draft(r, tense, sub_who, **SUB) if sub is None else sub(r, tense) if sub is weather else sub(r, sub_who, tense)
    return combine(r, main, sub, german, english, first)


def when(r):
    german, english = r.pick([("als", "when"), ("bevor", "before"), ("nachdem", "after"), ("während", "while")])
    first = r.chance(55)
    who = human(r)
    early, late = (who, shadow(who)) if r.chance(65) or german == "nachdem" else (who, human(r, False))
    main_who, sub_who = (late, early) if first else (early, late)
    main = draft(r, "past", main_who, place=20, manner=20)
    tense = "plup" if german == "nachdem" else "past"
    pool = verbs_for("p", "g")
    sub = draft(r, tense, sub_who, r.pick(pool), place=25)
    return combine(r, main, sub, german, english, first)


def if_then(r):
    first = r.chance(65)
    who = human(r)
    early, late = (who, shadow(who)) if r.chance(50) else (who, human(r, False))
    main_who, sub_who = (late, early) if first else (early, late)
    main = draft(r, "fut", main_who, place=20, manner=10, negative=20)
    sub = r.weighted([("weather", 35), ("state", 40), ("draft", 25)])
    sub = dict(weather=lambda: weather(r, "pres"), state=lambda: state(r, sub_who, "pres"),
               draft=lambda: draft(r, "pres", sub_who, r.pick(verbs_for("p", "g"))))[sub]()
    if r.chance(40) and not sub.time:
        sub.time = r.pick([("morgen", "tomorrow"), ("am Wochenende", "on the weekend"), ("heute Abend", "this evening"),
                           (lambda day: ("am " + day[0], "on " + day[1]))(r.pick(DAYS))])
    main.werden = r.chance(35)
    return combine(r, main, sub, "wenn", "if", first)


def that(r):
    tense = r.weighted([("pres", 60), ("past", 40)])
    who = human(r)
    main = Clause(r.pick(CONSIDER), who, tense, perfect=False)
    other = shadow(who) if r.chance(35) else human(r, False)
    sub = state(r, other, tense) if r.chance(40) else draft(
        r, r.pick(["past", "pres", "fut", "pp"]) if tense == "pres" else r.pick(["plup", "past"]), other, **SUB)
    return combine(r, main, sub, "dass", "that", False)


def indirect_question(r):
    who = human(r)
    asks = r.chance(45)
    main = Clause(ASK if asks else KNOW, who, "pres" if r.chance(70) else "past", negative=not asks)
    other = human(r, False)
    word = r.weighted([(("ob", "whether"), 40), (("wann", "when"), 20), (("warum", "why"), 20), (("wo", "where"), 20)])
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
    main = draft(r, "past", who, time=30, place=25)
    other = shadow(who) if kind in ("denn", "deshalb") or r.chance(40) else human(r, False)
    if kind == "deshalb":
        main = state(r, who, "past") if r.chance(75) else weather(r, "past")
        second = draft(r, "past", other if main.verb.base != "regnen" else human(r, False), place=25, negative=25)
        return period((f"{main.german_main('subject')}, deshalb {second.german_main()}",
                       f"{main.english()}, so {second.english()}"))
    second = state(r, other, "past") if kind == "denn" or r.chance(30) else draft(r, "past", other, place=25, manner=15)
    if kind == "und" and other.is_pronoun:
        second = draft(r, "past", other, place=25)
    english = dict(denn="because", aber="but", und="and")[kind]
    comma_de, comma_en = (" ", ",") if kind == "und" else (", ", "" if kind == "denn" else ",")
    return period((f"{main.german_main('subject')}{comma_de}{kind} {second.german_main('subject')}",
                   f"{main.english()}{comma_en} {english} {second.english()}"))


def with_relative(r):
    """A relative clause about the subject, or about an object and then after the verb."""
    if r.chance(55):
        head = person_noun(r) if r.chance(70) else noun_phrase(r, r.pick(r.pick(nouns_of(["bldg", "veh", "dev", "read"]))))
        while getattr(head, "det", "") == "name" or head.owner_phrase or head.number:
            head = person_noun(r)
        head.relative = relative_clause(r, head)
        if head.noun.cls == "pers":
            clause = draft(r, r.pick(["past", "past", "pres", "fut"]), head, time=20, place=25)
        else:
            clause = Clause(SEIN, head, r.pick(["past", "pres"]), predicate=r.pick(
                [("kaputt", "broken"), ("sehr alt", "very old"), ("zu teuer", "too expensive"), ("neu", "new")]))
        return period((clause.german_main("subject"), clause.english()))
    verbs = [v for v in VERB_TABLE if len(v.slots) == 1 and v.slots[0][0] == "A" and "p" in v.subjects
             and v.place_kind == "" and not set(v.slots[0][1]) & {"event", "line", "abstr", "room"}]
    clause = draft(r, "past", human(r), r.pick(verbs), pronoun=False)
    role, phrase = clause.slots[0]
    clause.benefit = clause.frequency = None
    if isinstance(phrase, NounPhrase) and not phrase.number and phrase.det in ("def", "indef", "dem") and not (
            phrase.owner_phrase or phrase.noun.mass):
        phrase.relative = relative_clause(r, phrase)
        if r.chance(40):
            clause.time = past_time(r)
            return period((clause.german_main("time"), clause.english("time")))
    return period((clause.german_main("subject"), clause.english()))


def in_which(r):
    """Das Haus, in dem er wohnt, ist alt."""
    row = PLACE_TABLE[r.pick((0, 1, 1))]
    noun = r.pick(row[5])
    head = NounPhrase(noun, "def", adjectives(r, noun, "def", 30))
    clause = draft(r, r.pick(["past", "pres"]), human(r), r.pick([v for v in verbs_for("p", "l") if not v.place_kind]),
                   manner=10)
    clause.frequency = None
    relative = f"in {dict(m='dem', f='der', n='dem')[noun.gender]} "
    head.relative = relative + clause.german_final(), "in which " + clause.english()
    main = Clause(SEIN, head, "pres", predicate=r.pick(
        [("sehr klein", "very small"), ("sehr alt", "very old"), ("schön", "beautiful"), ("sehr groß", "very big"),
         ("heute geschlossen", "closed today")]))
    return period((main.german_main("subject"), main.english()))


# Infinitives --------------------------------------------------------------------------------
def to_infinitive(r):
    who = human(r)
    verb = r.pick(TRY)
    clause = Clause(verb, who, "past" if verb.infinitive != "versuchen" or r.chance(50) else "pres", perfect=r.chance(55))
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
    goes = r.pick([v for v in VERB_TABLE if v.infinitive in ("gehen", "fahren", "laufen", "reisen", "fliegen")])
    clause = draft(r, r.weighted([("past", 75), ("fut", 25)]), who, goes, time=40)
    inner = draft(r, "past", who, r.pick([v for v in verbs_for("p", "g") if not v.place_kind]))
    inner.company = None
    front = "time" if clause.time and r.chance(50) else "subject"
    german, english = clause.german_main(front), clause.english(front)
    if clause.tense == "past" and r.chance(30):
        inner = draft(r, "past", who, r.pick([v for v in verbs_for("p", "m") if v.slots]))
        words = english_ing(inner.verb.en) + inner.english_infinitive()[len(inner.verb.en):]
        return period((f"{german}, {inner.german_infinitive('ohne')}", f"{english} without {words}"))
    return period((f"{german}, {inner.german_infinitive('um')}", f"{english} to {inner.english_infinitive()}"))


def judgement(r):
    inner = draft(r, "past", Plain("", "", None), r.pick([v for v in verbs_for("p", "g") if not v.reflexive]), place=20)
    inner.company = None
    adjective = r.pick([("schwierig", "difficult"), ("wichtig", "important"), ("verboten", "forbidden"),
                        ("gefährlich", "dangerous"), ("langweilig", "boring"), ("möglich", "possible"), ("schön", "nice")])
    be = r.pick([("ist", "is"), ("war", "was")])
    no = ("nicht ", "not ") if r.chance(25) else ("", "")
    return period((f"es {be[0]} {no[0]}{adjective[0]}, {inner.german_infinitive()}",
                   f"it {be[1]} {no[1]}{adjective[1]} to {inner.english_infinitive()}"))


# Questions and commands ---------------------------------------------------------------------
def asked(r):
    return Pronoun(r.pick(["du", "Sie", "ihr"])) if r.chance(50) else human(r)


def polite(clause):
    clause.perfect = True  # the preterite of the second person is rare
    return clause


def question(r):
    kind = r.weighted([("yes", 30), ("when", 11), ("where", 11), ("why", 13), ("who", 12), ("what", 15), ("which", 8)])
    tense = r.weighted([("past", 60), ("pres", 20), ("fut", 20)])
    if kind == "who":
        clause = draft(r, tense, Plain("wer", "who", "er"), time=30, place=25)
        clause.frequency = None
        return period((clause.german_main("subject"), clause.english()), "?")
    if kind in ("what", "which"):
        return question_about_object(r, tense, kind)
    if kind == "yes":
        clause = modal_draft(r, asked(r), place=30) if r.chance(35) else polite(
            draft(r, r.pick([tense, tense, "pp"]), asked(r), time=40, place=25, negative=12))
        clause.frequency = clause.adverb = None
        if clause.tense == "pp":
            clause.tense, clause.time = "past", None
        return period((clause.german_main(), clause.english_question()), "?")
    if kind == "where":
        clause = polite(draft(r, tense, asked(r), r.pick(verbs_for("p", "l")), time=30))
        word = ("wo", "where")
    elif kind == "when":
        clause = polite(draft(r, r.pick(["past", "fut"]), asked(r), r.pick(verbs_for("p", "g")), place=25))
        word = ("wann", "when")
    else:
        clause = polite(draft(r, tense, asked(r), time=25, place=25, negative=20))
        word = ("warum", "why")
    clause.frequency = clause.company = None
    return period((f"{word[0]} {clause.german_main()}", clause.english_question(word[1])), "?")


def question_about_object(r, tense, kind):
    verbs = [v for v in VERB_TABLE if v.slots and v.slots[-1][0] == "A" and "p" in v.subjects
             and "pers" not in v.slots[-1][1] and not v.place_kind and "event" not in v.slots[-1][1]]
    clause = polite(draft(r, tense, asked(r), r.pick(verbs), time=30, place=20))
    phrase = clause.slots[-1][1]
    german, english = "was", "what"
    if kind == "which" and isinstance(phrase, NounPhrase) and not phrase.noun.mass:
        noun = phrase.noun
        german = f"welch{ending(DIES, 'A', noun.gender)} {noun.de('A', False)}"
        english = "which " + noun.en
    clause.slots[-1] = ("A", Plain(german, english, "es"))
    clause.relative, clause.frequency, clause.benefit = "A", None, None
    return period((clause.german_main("A"), clause.english_question(english)), "?")


def small_question(r):
    noun = r.pick(r.pick(nouns_of(["thing", "cloth", "furn", "dev", "veh", "bldg"])))
    phrase = NounPhrase(noun, r.pick(["def", "dem", "Sie", "du"]) if noun.cls != "bldg" else "def", adjectives(r, noun, "def"))
    word, verb, predicate = r.pick([(("wo", "where"), SEIN, None), (("wie viel", "how much"), COST, None),
                                    (("wie alt", "how old"), SEIN, None), (("warum", "why"), SEIN, ("so teuer", "so expensive"))])
    if noun.cls == "bldg":
        word, verb, predicate = r.pick([(("wo", "where"), SEIN, None), (("wie alt", "how old"), SEIN, None)])
    clause = Clause(verb, phrase, "pres", predicate=predicate)
    return period((f"{word[0]} {clause.german_main()}", clause.english_question(word[1])), "?")


def command(r, mark="!"):
    who = Pronoun(r.pick(["du", "Sie"]))
    clause = draft(r, "pres", who, r.pick([v for v in verbs_for("p", "g") if not v.reflexive]), place=25, manner=15,
                   negative=15)
    clause.company = clause.frequency = None
    for _, phrase in clause.slots:
        if getattr(phrase, "det", "") == "jed":
            phrase.det = "def"
    no = "do not " if clause.negative else ""
    please = r.chance(50)
    clause.adverb = ("bitte", "please") if please else None
    english = squeeze(("please " if please else "") + no + clause.english_infinitive())
    if who.key == "Sie":
        return period((clause.german_main(), english), mark)
    clause.front = "subject"
    rest = [text for name, text in clause.german_middle() if name != "subject"]
    return period((clause.assemble([clause.verb.imperative()] + rest + [clause.verb.prefix]), english), mark)


def quotation(r):
    kind = r.weighted([("say", 60), ("ask", 25), ("shout", 15)])
    speaker = human(r)
    name = speaker.de("N"), speaker.en()
    past = {"say": ("sagte", "said"), "ask": ("fragte", "asked"), "shout": ("rief", "shouted")}[kind]
    ends = {"1p": "n", "3p": "n"}.get(speaker.pn, "")
    verb = (past[0] + ("en" if kind == "shout" else "n") if ends else past[0]), past[1]
    if kind == "shout":
        inner = command(r)
    elif kind == "ask":
        inner = question(r)
    else:
        key = "wir" if speaker.pn in ("3p", "1p") else "ich"
        clause = draft(r, r.pick(["past", "fut", "pres", "pp"]), Pronoun(key), time=25, place=25, negative=15)
        inner = period(german_english(r, clause))
    german, english = inner[0][0].upper() + inner[0][1:], inner[1][0].upper() + inner[1][1:]
    if kind == "say":
        return period((f"„{german[:-1]}“, {verb[0]} {name[0]}", f"\"{english[:-1]},\" {name[1]} {verb[1]}"))
    return period((f"„{german}“, {verb[0]} {name[0]}", f"\"{english}\" {name[1]} {verb[1]}"))


# To be, to please, to belong ----------------------------------------------------------------
def a_thing(r, classes="thing cloth furn dev veh bldg instr read"):
    noun = r.pick(r.pick(nouns_of(classes.split())))
    det = r.weighted([("def", 50), ("dem", 20), ("ich", 10), ("wir", 5), ("name", 15)])
    if noun.cls == "bldg" and det not in ("def", "dem"):
        det = "def"
    return NounPhrase(noun, det, [], owner_phrase=first_name(r) if det == "name" else None)


def comparable(r, noun, who=True):
    choices = [a for a in fitting(noun) if a.comparable]
    return r.pick(choices) if choices else None


def describe(r):
    """The soup is very hot. The old lamp is not broken."""
    if r.chance(45):
        who, noun = human(r), NOUN["Lehrer"]
    else:
        cls = r.pick("thing cloth furn dev veh bldg instr food dish room read abstr anim event".split())
        who = noun_phrase(r, r.pick(NOUN_TABLE[cls]), adjective=0)
        while who.number or who.det in ("bare", "indef"):
            who = noun_phrase(r, r.pick(NOUN_TABLE[cls]), adjective=0)
        noun = who.noun
    adjective = r.pick([a for a in fitting(noun) if a.de not in ("schwer", "alt")])
    degree = r.pick([("", ""), ("sehr ", "very "), ("zu ", "too "), ("ziemlich ", "quite ")])
    if not adjective.comparable:
        degree = ("", "")
    clause = Clause(SEIN, who, r.pick(["pres", "past"]), negative=r.chance(18),
                    predicate=(degree[0] + adjective.de, degree[1] + adjective.en))
    if clause.tense == "past" and r.chance(25) and noun.cls in ("pers", "anim"):
        clause.time = past_time(r)
    return period(german_english(r, clause))


def compare(r):
    kind = r.weighted([("people", 40), ("things", 60)])
    if kind == "people":
        first, second = human(r, False), relative_by_blood(r) if r.chance(50) else first_name(r)
        noun = NOUN["Lehrer"]
        if first.de("N") == second.de("N"):
            second = title_like(r)
    else:
        table = r.pick("cloth furn dev veh bldg instr thing anim".split())
        one, other = r.pick(NOUN_TABLE[table]), r.pick(NOUN_TABLE[table])
        first, second = NounPhrase(one, r.pick(["def", "dem"])), NounPhrase(other, "def" if one is not other else "ich")
        noun = one
    adjective = comparable(r, noun)
    relation = r.weighted([("more", 55), ("same", 20), ("less", 25)])
    predicate = {
        "more": (adjective.predicative(1) + " als", adjective.en_degrees[1] + " than"),
        "same": (f"genauso {adjective.de} wie", f"just as {adjective.en} as"),
        "less": (f"nicht so {adjective.de} wie", f"not as {adjective.en} as"),
    }[relation]
    predicate = f"{predicate[0]} {second.de('N')}", f"{predicate[1]} {second.en('o')}"
    clause = Clause(SEIN, first, r.pick(["pres", "pres", "past"]), predicate=predicate)
    return period((clause.german_main("subject"), clause.english()))


def title_like(r):
    name = r.pick(SURNAMES)
    return Plain("Frau " + name, "Ms. " + name, "sie")


def superlative(r):
    cls = r.pick("bldg veh pers anim dish".split())
    noun = r.pick(NOUN_TABLE[cls])
    choices = [a for a in fitting(noun) if a.comparable]
    adjective = r.pick(choices)
    row = PLACE_TABLE[1]
    place = NounPhrase(r.pick(row[5][:2] + row[5][2:3]))
    where_pair = r.pick([(with_preposition("in", place, "D"), "in " + place.en()), ("in " + r.pick(CITY_PAIRS)[0], None),
                         ("der Welt", "in the world")])
    if where_pair[1] is None:
        city = r.pick(CITY_PAIRS)
        where_pair = "in " + city[0], "in " + city[1]
    if r.chance(45):
        phrase = NounPhrase(noun, "def", [(adjective, 2)])
        return period((f"das ist {phrase.de('N')} {where_pair[0]}", f"this is {phrase.en()} {where_pair[1]}"))
    if r.chance(50):
        many = NounPhrase(noun, "def", [(adjective, 2)], plural=True)
        one = dict(m="einer", f="eine", n="eines")[noun.gender]
        return period((f"das ist {one} {many.de('G')} {where_pair[0]}", f"this is one of {many.en()} {where_pair[1]}"))
    phrase = NounPhrase(noun, "def", [(adjective, 2)])
    if cls in ("pers", "anim"):
        city = r.pick(CITY_PAIRS)
        return period((f"{phrase.de('N')} {where_pair[0]} wohnt in {city[0]}",
                       f"{phrase.en()} {where_pair[1]} lives in {city[1]}"))
    who = human(r)
    clause = Clause(VERB_TABLE[5], who, "past", [("A", phrase)], perfect=True, place=where_pair)
    clause.place, phrase.tail = None, where_pair
    return period(german_english(r, clause))


def pleases(r):
    """Der Film gefällt dem Lehrer: the German dative is the English subject."""
    classes = "thing cloth furn veh bldg instr room read event".split()
    thing = noun_phrase(r, r.pick(r.pick(nouns_of(classes))), adjective=35)
    while thing.number or not thing.definite or thing.det == "name" and r.chance(50):
        thing = noun_phrase(r, r.pick(r.pick(nouns_of(classes))), adjective=35)
    person = object_person(r, "du", "D")
    tense, perfect, negative = r.pick(["pres", "past"]), r.chance(50), r.chance(25)
    german = Clause(LIKE_DE, thing, tense, [("D", person)], perfect=perfect, negative=negative)
    english = Clause(LIKE_EN, person, tense, [("A", thing)], negative=negative)
    return period((german.german_main(r.pick(["subject", "D"])), english.english()))


def belongs(r):
    thing = a_thing(r, "thing cloth furn dev veh instr read")
    thing.det = "dem" if thing.det in ("ich", "wir", "name") else thing.det
    thing.owner_phrase = None
    thing.adjectives = [(a, 0) for a in ([r.pick(fitting(thing.noun))] if r.chance(50) else [])]
    person = object_person(r, "du", "D")
    german = Clause(BELONG, thing, r.pick(["pres", "pres", "past"]), [("D", person)], negative=r.chance(20))
    english = Clause(BELONG, thing, german.tense, [("zu/D/to", person)], negative=german.negative)
    return period((german.german_main(r.pick(["subject", "subject", "D"])), english.english()))


def there_is(r):
    row = PLACE_TABLE[r.pick((0, 1, 1))]
    place = place_phrase(r, row)
    noun = r.pick(r.pick(nouns_of(["furn", "dev", "dish"] if row is PLACE_TABLE[0] else ["bldg", "anim", "pers", "read"])))
    number = r.weighted([(None, 45), (("viele", "many"), 20), (("drei", "three"), 15), (("keine", "no"), 20)])
    thing = NounPhrase(noun, "bare" if number else "indef", adjectives(r, noun, "bare", 60), plural=bool(number), number=number)
    if number and number[0] == "keine":
        thing = NounPhrase(noun, "kein", adjectives(r, noun, "bare", 60), plural=True)
    past = r.chance(40)
    be = ("were" if past else "are") if number else ("was" if past else "is")
    german_place = with_preposition(row[0], place, "D")
    verb = "gab" if past else "gibt"
    what = thing.en("s") if thing.det == "kein" else thing.en("o")
    return period((f"{german_place} {verb} es {thing.de('A')}", f"there {be} {what} {row[3]} {place.en()}"))


def since(r):
    """Er wohnt seit drei Jahren in Berlin: a German present is an English present perfect."""
    names = ("wohnen", "arbeiten", "warten", "kennen", "schlafen", "suchen", "sitzen", "spielen")
    verb = r.pick([v for v in VERB_TABLE if v.infinitive in names])
    clause = draft(r, "pres", None, verb, place=70)
    clause.tense, clause.frequency, clause.company = "since", None, None
    if r.chance(70):
        length = span(r, 2)
        clause.time = "seit " + length[0], "for " + length[1]
    else:
        clause.time = r.pick([(f"seit {day[0]}", f"since {day[1]}") for day in DAYS[:5]] + [("seit gestern", "since yesterday")])
    return period((clause.german_main(r.pick(["subject", "subject", "time"])), clause.english()))


def passive(r):
    verb = r.pick([v for v in VERB_TABLE if "w" in v.flags])
    classes = next(classes for role, classes in verb.slots if role == "A")
    thing = slot_thing(r, classes)
    tense = r.weighted([("past", 60), ("pres", 15), ("fut", 25)])
    clause = Clause(verb, thing, tense, passive=True, werden=True)
    if r.chance(55):
        clause.time = TIMES[tense](r)
    if tense == "fut" and r.chance(60):
        clause.tense, clause.modal = "pres", r.pick([("müssen", "muss", "musste"), ("können", "kann", "konnte")])
    elif r.chance(35):
        clause.slots = [("von/D/by", object_person(r, None, "D", False))]
    return period((clause.german_main("time" if clause.time and r.chance(40) else "subject"),)
                  + (clause.english("time" if clause.front == "time" else ""),))


def slot_thing(r, classes):
    while True:
        cls = r.pick(classes)
        phrase = person_noun(r) if cls == "pers" else noun_phrase(r, r.pick(r.pick(nouns_of([cls]))))
        if phrase.definite:
            return phrase


def listing(r):
    kind = r.weighted([("list", 50), ("both", 17), ("neither", 16), ("measure", 17)])
    infinitive = r.pick(["kaufen", "essen", "mitbringen", "suchen", "finden", "vergessen", "verlieren", "zurückbringen"])
    verb = next(v for v in VERB_TABLE if v.infinitive == infinitive)
    if kind == "measure":
        verb = next(v for v in VERB_TABLE if v.infinitive == r.pick(["kaufen", "mitbringen"]))
    clause = draft(r, r.weighted([("past", 75), ("fut", 25)]), subject(r, "p"), verb, time=50, pronoun=False)
    eats = infinitive in ("kaufen", "essen", "mitbringen")
    pool = [n for cls in (["food", "veg", "eat"] if eats else ["thing", "cloth"]) for n in NOUN_TABLE[cls]]
    things = list_of(r, pool, clause.subject.key)
    if kind == "both":
        things = Joined(things.parts[:2], ("als auch", "and"), ("sowohl ", "both "))
    elif kind == "neither":
        parts = [NounPhrase(p.noun, "def" if p.countable() else p.det, []) for p in things.parts[:2]]
        things = Joined(parts, ("noch", "nor"), ("weder ", "neither "))
    elif kind == "measure":
        number = number_words(r.between(2, 12))
        drink = r.pick(NOUN_TABLE["drink"])
        bottles = NounPhrase(NOUN["Flasche"], "bare", [], plural=True, number=number, tail=(drink.lemma, "of " + drink.en))
        things = Joined([bottles, list_of(r, pool, clause.subject.key).parts[0]])
    clause.slots = [("A", things)]
    clause.frequency = clause.benefit = None
    return period(german_english(r, clause))


# Numbers ------------------------------------------------------------------------------------
def price(r, cheap=True):
    if cheap:
        return digits(r.between(2, 120), r.pick(["50", "90", "95", "99", "25", "80"]))
    return digits(50 * r.between(21, 900))


def prices(r):
    noun = r.pick(r.pick(nouns_of(["thing", "cloth", "dish", "read"] if r.chance(60) else ["furn", "dev", "veh", "instr"])))
    cheap = noun.cls in ("thing", "cloth", "dish", "read")
    amount = price(r, cheap)
    thing = NounPhrase(noun, r.pick(["def", "dem"]), adjectives(r, noun, "def", 35))
    if r.chance(60):
        clause = Clause(COST, thing, r.pick(["pres", "past"]), predicate=(amount[0] + " Euro", amount[1] + " euros"))
        return period((clause.german_main("subject"), clause.english()))
    pay = next(v for v in VERB_TABLE if v.infinitive == "bezahlen")
    clause = Clause(pay, human(r), "past", perfect=r.chance(50), predicate=None)
    clause.place = f"für {thing.de('A')} {amount[0]} Euro", f"{amount[1]} euros for {thing.en('o')}"
    if r.chance(40):
        clause.time = past_time(r)
    return period((clause.german_main("subject"), clause.english()))


def measures(r):
    kind = r.pick(["inhabitants", "size", "weight", "distance", "age", "born", "built", "duration", "hours", "percent",
                   "temperature", "million"])
    return MEASURES[kind](r)


def inhabitants(r):
    place = NounPhrase(NOUN[r.pick(["Dorf", "Stadt", "Insel"])], r.pick(["def", "dem"]),
                       [ADJECTIVE[r.pick(["klein", "alt", "schön"])]] if r.chance(60) else [])
    count = digits(r.between(1010, 98000))
    return period((f"{place.de('N')} hat {count[0]} Einwohner", f"{place.en()} has {count[1]} inhabitants"))


def size(r):
    lemma, adjective = r.pick([("Turm", "hoch"), ("Berg", "hoch"), ("Brücke", "lang"), ("Fluss", "lang"), ("Tisch", "breit"),
                               ("Schrank", "breit"), ("Zimmer", "lang"), ("Zug", "lang"), ("Baum", "hoch"), ("Schiff", "lang")])
    noun = NOUN.get(lemma, NOUN["Wohnzimmer"])
    ranges = dict(Berg=(900, 4000), Fluss=(20, 900), Tisch=(1, 3), Schrank=(1, 3), Zimmer=(3, 9), Baum=(3, 40))
    low, high = ranges.get(lemma, (30, 300))
    fraction = str(r.between(1, 9)) if r.chance(60) and lemma != "Berg" or high < 4 else ""
    amount = digits(r.between(low, high), fraction)
    unit = ("Kilometer", "kilometers") if lemma == "Fluss" else ("Meter", "meters")
    thing = NounPhrase(noun, r.pick(["def", "dem"]), [ADJECTIVE["alt"]] if r.chance(25) and lemma != "Berg" else [])
    return period((f"{thing.de('N')} ist {amount[0]} {unit[0]} {adjective}",
                   f"{thing.en()} is {amount[1]} {unit[1]} {ADJECTIVE[adjective].en}"))


def weight(r):
    noun = r.pick([NOUN[lemma] for lemma in ("Koffer", "Paket", "Hund", "Rucksack", "Katze", "Fernseher", "Korb", "Tasche")])
    amount = digits(r.between(2, 30), str(r.between(1, 9)))
    clause = Clause(WEIGH, NounPhrase(noun, r.pick(["def", "ich", "dem"]), adjectives(r, noun, "def", 30)), r.pick(["pres", "past"]),
                    predicate=(amount[0] + " Kilogramm", amount[1] + " kilograms"))
    return period((clause.german_main("subject"), clause.english()))


def distance(r):
    amount = digits(r.between(2, 60), str(r.between(1, 9)))
    start = NounPhrase(r.pick(NOUN_TABLE["bldg"]), "def", [])
    goal = NounPhrase(r.pick(PLACE_TABLE[4][5]))
    return period((f"{start.de('N')} ist {amount[0]} Kilometer {with_preposition('von', goal, 'D')} entfernt",
                   f"{start.en()} is {amount[1]} kilometers away from {goal.en()}"))


def age(r):
    number = number_words(r.between(2, 99))
    who = human(r, False)
    if r.chance(40):
        clause = Clause(SEIN, who, "pres", predicate=(number[0] + " Jahre alt", number[1] + " years old"))
    else:
        when_born = date(r, False) if r.chance(50) else on_day(r)
        verb = Verb("werden,wird,wurde,+geworden | turn | p | - | -")
        clause = Clause(verb, who, "fut", time=when_born, predicate=(number[0] + " Jahre alt", number[1] + " years old"))
        clause.werden = False
    return period((clause.german_main("subject"), clause.english()))


def born(r):
    who, city, day = human(r), r.pick(CITY_PAIRS), date(r)
    be_de = {"1s": "wurde", "3s": "wurde"}.get(who.pn, "wurden")
    be_en = "was" if who.pn in ("1s", "3s") else "were"
    return period((f"{who.de('N')} {be_de} {day[0]} in {city[0]} geboren", f"{who.en()} {be_en} born in {city[1]} {day[1]}"))


def built(r):
    noun = r.pick(NOUN_TABLE["bldg"])
    thing = NounPhrase(noun, r.pick(["def", "dem"]), adjectives(r, noun, "def", 40))
    year = r.between(1405, 2019)
    return period(r.pick([(f"{thing.de('N')} wurde im Jahr {year} gebaut", f"{thing.en()} was built in {year}"),
                          (f"im Jahr {year} wurde {thing.de('N')} gebaut", f"in {year}, {thing.en()} was built")]))


def duration(r):
    number = number_words(r.between(2, 12))
    unit = r.pick([("Stunden", "hours"), ("Tage", "days"), ("Minuten", "minutes"), ("Wochen", "weeks")])
    thing = NounPhrase(r.pick(NOUN_TABLE["event"]), r.pick(["def", "dem"]))
    clause = Clause(LAST, thing, r.pick(["past", "past", "pres"]), negative=False, perfect=r.chance(40),
                    predicate=(f"{number[0]} {unit[0]}", f"{number[1]} {unit[1]}"))
    return period((clause.german_main("subject"), clause.english()))


def hours(r):
    noun = r.pick([noun for noun in PLACE_TABLE[1][5] if noun.lemma not in ("Park", "Stadt", "Dorf", "Kirche")])
    day = r.pick(DAYS)
    opens, closes = clock_digits(r, 8, 11), clock_digits(r, 14, 20)
    thing = NounPhrase(noun)
    return period((f"{thing.de('N')} ist {day[0].lower()}s von {opens[0]} bis {closes[0]} Uhr geöffnet",
                   f"{thing.en()} is open on {day[1]}s from {opens[1]} to {closes[1]}"))


def clock_digits(r, first, last):
    hour, minute = r.between(first, last), r.pick([0, 15, 30, 45])
    half = "a.m." if hour < 12 else "p.m."
    short = hour if hour <= 12 else hour - 12
    return f"{hour}:{minute:02}", f"{short}:{minute:02} {half}"


def percent(r):
    amount = digits(r.between(3, 95), str(r.between(1, 9)) if r.chance(60) else "")
    noun = r.pick([n for n in NOUN_TABLE["pers"] if n.lemma in (
        "Student", "Schüler", "Lehrer", "Tourist", "Gast", "Kunde", "Ärztin", "Frau", "Mann", "Kind", "Bauer", "Musiker")])
    group = NounPhrase(noun, "def", adjectives(r, noun, "name", 20), plural=True)
    who = Plain(f"{amount[0]} Prozent {group.de('G')}", f"{amount[1]} percent of {group.en()}", "pl")
    if r.chance(50):
        who.german, who.english = "etwa " + who.german, "about " + who.english
    clause = draft(r, r.pick(["past", "pres"]), who, None, place=30)
    clause.frequency = None
    return period((clause.german_main("subject"), clause.english()))


def temperature(r):
    amount = digits(r.between(2, 38), str(r.between(1, 9)) if r.chance(65) else "")
    city, time = r.pick(CITY_PAIRS), on_day(r)
    return period((f"{time[0]} waren es in {city[0]} {amount[0]} Grad", f"{time[1]}, it was {amount[1]} degrees in {city[1]}"))


def million(r):
    amount = digits(r.between(2, 90), str(r.between(1, 9)))
    noun = r.pick(NOUN_TABLE["bldg"])
    thing = NounPhrase(noun, "def", [ADJECTIVE["neu"]] if r.chance(50) else [])
    clause = Clause(COST, thing, "past", perfect=r.chance(50), predicate=(amount[0] + " Millionen Euro", amount[1] + " million euros"))
    return period((clause.german_main("subject"), clause.english()))


MEASURES = dict(inhabitants=inhabitants, size=size, weight=weight, distance=distance, age=age, born=born, built=built,
                duration=duration, hours=hours, percent=percent, temperature=temperature, million=million)

KINDS = [(statement, 270), (modal, 85), (gladly, 20), (because, 65), (when, 55), (if_then, 40), (that, 40),
         (indirect_question, 25), (two_main, 45), (with_relative, 80), (in_which, 12), (to_infinitive, 30), (purpose, 22),
         (judgement, 14), (question, 75), (small_question, 10), (command, 35), (quotation, 30), (describe, 28), (compare, 25),
         (superlative, 14), (pleases, 20), (belongs, 12), (there_is, 14), (since, 20), (passive, 35), (listing, 28),
         (prices, 20), (measures, 48)]


def capital(text):
    at = 1 if text[0] in "„\"" else 0
    return text[:at] + text[at].upper() + text[at + 1:]


def sentence(r):
    """One (German, English) pair."""
    german, english = r.weighted(KINDS)(r)
    for mark in ".?!":
        german = german.replace("," + mark, mark)
    return capital(squeeze(german.replace(",,", ","))), capital(english)
