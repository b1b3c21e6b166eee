"""To be, to please, to belong; comparisons, the passive, since, lists."""

from .clause import Clause
from .drafts import draft, german_english, human, period
from .lexicon import DAYS
from .links import UNLINKED, mark, plain, tie
from .morphology import BELONG, LIKE_DE, LIKE_EN, NOUN, NOUN_TABLE, SEIN, VERB, VERB_TABLE
from .phrases import Joined, NounPhrase, with_preposition
from .sampling import (CITY_PAIRS, PLACE_TABLE, TIMES, adjectives, first_name, fitting, list_of,
                       noun_phrase, nouns_of, number_words, object_person, past_time, person_noun,
                       place_phrase, relative_by_blood, span, subject)


def a_thing(r, classes="thing cloth furn dev veh bldg instr book"):
    noun = r.pick(r.pick(nouns_of(classes.split())))
    det = r.weighted([("def", 50), ("dem", 20), ("ich", 10), ("wir", 5), ("name", 15)])
    if noun.cls == "bldg" and det not in ("def", "dem"):
        det = "def"
    return NounPhrase(noun, det, [], owner_phrase=first_name(r) if det == "name" else None)


def comparable(r, noun):
    return r.pick([a for a in fitting(noun) if a.comparable])


DEGREES = [("", ""), ("sehr ", "very "), ("zu ", "too "), ("ziemlich ", "quite ")]


def describe(r):
    """The soup is very hot. The old lamp is not broken."""
    if r.chance(45):
        who, noun = human(r), NOUN["Lehrer"]
    else:
        cls = r.pick(
            "thing cloth furn dev veh bldg instr food dish room book abstr anim event film".split())
        who = noun_phrase(r, r.pick(NOUN_TABLE[cls]), adjective=0)
        while who.number or who.det in ("bare", "indef"):
            who = noun_phrase(r, r.pick(NOUN_TABLE[cls]), adjective=0)
        noun = who.noun
    adjective = r.pick([a for a in fitting(noun) if a.de not in ("schwer", "alt")])
    negative = r.chance(18)
    degree = r.pick([("", ""), ("sehr ", "very ")] if negative else DEGREES)
    if not adjective.comparable:
        degree = ("", "")
    clause = Clause(SEIN,
                    who,
                    r.pick(["pres", "past"]),
                    negative=negative,
                    predicate=(degree[0] + adjective.de, degree[1] + adjective.en))
    if clause.tense == "past" and r.chance(25) and noun.cls in ("pers", "anim"):
        clause.time = past_time(r)
    return period(german_english(r, clause))


def compare(r):
    kind = r.weighted([("people", 40), ("things", 60)])
    if kind == "people":
        first, second = human(r, False), relative_by_blood(r) if r.chance(50) else first_name(r)
        noun = NOUN["Lehrer"]
        if plain(first.de("N")) == plain(second.de("N")):
            second = NounPhrase(NOUN["Großmutter"], "ich")
    else:
        table = r.pick("cloth furn dev veh bldg instr thing anim".split())
        one, other = r.pick(NOUN_TABLE[table]), r.pick(NOUN_TABLE[table])
        first, second = NounPhrase(one, r.pick(["def", "dem"])), NounPhrase(
            other, "def" if one is not other else "ich")
        noun = one
    adjective = comparable(r, noun)
    relation = r.weighted([("more", 55), ("same", 20), ("less", 25)])
    more = tie(adjective.predicative(1), adjective.en_degrees[1])
    same = tie("genauso", "just as")
    predicate = {
        "more": (more[0] + " als", more[1] + " than"), "same": (
            f"{same[0]} {adjective.de} wie", f"{same[1]} {adjective.en} as"), "less": (
                f"nicht so {adjective.de} wie", f"not as {adjective.en} as")
    }[relation]
    predicate = f"{predicate[0]} {second.de('N')}", f"{predicate[1]} {second.en('o')}"
    clause = Clause(SEIN, first, r.pick(["pres", "pres", "past"]), predicate=predicate)
    return period((clause.german_main("subject"), clause.english()))


def superlative(r):
    cls = r.pick("bldg veh pers anim dish".split())
    noun = r.pick(NOUN_TABLE[cls])
    adjective = comparable(r, noun)
    place, city = NounPhrase(r.pick(PLACE_TABLE[1][5][:3])), r.pick(CITY_PAIRS)
    where_pair = r.pick([(with_preposition("in", place, "D"), "in " + place.en()),
                         ("in " + city[0], "in " + city[1]), ("der Welt", "in the world")])
    where_pair = tie(*where_pair)
    if r.chance(45):
        phrase = NounPhrase(noun, "def", [(adjective, 2)])
        return period(
            (f"das ist {phrase.de('N')} {where_pair[0]}", f"this is {phrase.en()} {where_pair[1]}"))
    if r.chance(50):
        many = NounPhrase(noun, "def", [(adjective, 2)], plural=True)
        one = dict(m="einer", f="eine", n="eines")[noun.gender]
        return period((f"das ist {one} {many.de('G')} {where_pair[0]}",
                       f"this is one {mark(UNLINKED, 'of')} {many.en()} {where_pair[1]}"))
    phrase = NounPhrase(noun, "def", [(adjective, 2)])
    if cls in ("pers", "anim"):
        city = r.pick(CITY_PAIRS)
        return period((f"{phrase.de('N')} {where_pair[0]} wohnt in {city[0]}",
                       f"{phrase.en()} {where_pair[1]} lives in {city[1]}"))
    who = human(r)
    clause = Clause(VERB["essen" if cls == "dish" else "sehen"],
                    who,
                    "past", [("A", phrase)],
                    perfect=True)
    phrase.tail = where_pair
    return period(german_english(r, clause))


def pleases(r):
    """Der Film gefällt dem Lehrer: the German dative is the English subject."""
    classes = "thing cloth furn veh bldg instr room book event film".split()
    thing = noun_phrase(r, r.pick(r.pick(nouns_of(classes))), adjective=35)
    while thing.number or not thing.definite or thing.det == "name" and r.chance(50):
        thing = noun_phrase(r, r.pick(r.pick(nouns_of(classes))), adjective=35)
    person = object_person(r, "du", "D")
    tense, perfect, negative = r.pick(["pres", "past"]), r.chance(50), r.chance(25)
    german = Clause(LIKE_DE, thing, tense, [("D", person)], perfect=perfect, negative=negative)
    english = Clause(LIKE_EN, person, tense, [("A", thing)], negative=negative)
    english.signs = german.signs
    return period((german.german_main(r.pick(["subject", "D"])), english.english()))


def belongs(r):
    thing = a_thing(r, "thing cloth furn dev veh instr book")
    thing.det = "dem" if thing.det in ("ich", "wir", "name") else thing.det
    thing.owner_phrase = None
    thing.adjectives = [(a, 0) for a in ([r.pick(fitting(thing.noun))] if r.chance(50) else [])]
    person = object_person(r, "du", "D")
    german = Clause(BELONG,
                    thing,
                    r.pick(["pres", "pres", "past"]), [("D", person)],
                    negative=r.chance(20))
    english = Clause(BELONG, thing, german.tense, [("zu/D/to", person)], negative=german.negative)
    english.signs = german.signs
    return period((german.german_main(r.pick(["subject", "subject", "D"])), english.english()))


def there_is(r):
    row = PLACE_TABLE[r.pick((0, 1, 1))]
    place = place_phrase(r, row)
    noun = r.pick(
        r.pick(
            nouns_of(["furn", "dev", "dish"] if row is
                     PLACE_TABLE[0] else ["bldg", "anim", "pers", "book"])))
    number = r.weighted([(None, 45), (("viele", "many"), 20), (("drei", "three"), 15),
                         (("keine", "no"), 20)])
    thing = NounPhrase(noun,
                       "bare" if number else "indef",
                       adjectives(r, noun, "bare", 60),
                       plural=bool(number),
                       number=number)
    if number and number[0] == "keine":
        thing = NounPhrase(noun, "kein", adjectives(r, noun, "bare", 60), plural=True)
    past = r.chance(40)
    be = ("were" if past else "are") if number else ("was" if past else "is")
    german_place, english_place = tie(with_preposition(row[0], place, "D"),
                                      f"{row[3]} {place.en()}")
    verb, be = tie("gab" if past else "gibt", be)
    what = thing.en("s") if thing.det == "kein" else thing.en("o")
    return period(
        (f"{german_place} {verb} es {thing.de('A')}", f"there {be} {what} {english_place}"))


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
        clause.time = r.pick([(f"seit {day[0]}", f"since {day[1]}") for day in DAYS[:5]] +
                             [("seit gestern", "since yesterday")])
    return period((clause.german_main(r.pick(["subject", "subject", "time"])), clause.english()))


def passive(r):
    clause = passive_clause(r)
    front = "time" if clause.time and r.chance(40) else "subject"
    return period((clause.german_main(front), clause.english(front)))


def passive_clause(r):
    verb = r.pick([v for v in VERB_TABLE if "w" in v.flags])
    classes = next(classes for role, classes in verb.slots if role == "A")
    thing = slot_thing(r, classes)
    tense = r.weighted([("past", 60), ("pres", 15), ("fut", 25)])
    clause = Clause(verb, thing, tense, passive=True, werden=True)
    if r.chance(55):
        clause.time = TIMES[tense](r)
    if tense == "fut" and r.chance(60):
        clause.tense, clause.modal = "pres", r.pick([("müssen", "muss", "musste"),
                                                     ("können", "kann", "konnte")])
    elif r.chance(35):
        clause.slots = [("von/D/by", object_person(r, None, "D", False))]
    return clause


def slot_thing(r, classes):
    while True:
        cls = r.pick(classes)
        phrase = (person_noun(r)
                  if cls == "pers" else noun_phrase(r, r.pick(r.pick(nouns_of([cls])))))
        if phrase.definite:
            return phrase


def listing(r):
    kind = r.weighted([("list", 50), ("both", 17), ("neither", 16), ("measure", 17)])
    infinitive = r.pick([
        "kaufen", "essen", "mitbringen", "suchen", "finden", "vergessen", "verlieren",
        "zurückbringen"
    ])
    verb = VERB[infinitive]
    if kind == "measure":
        verb = VERB[r.pick(["kaufen", "mitbringen"])]
    clause = draft(r,
                   r.weighted([("past", 75), ("fut", 25)]),
                   subject(r, "p"),
                   verb,
                   time=50,
                   pronoun=False)
    eats = infinitive in ("kaufen", "essen", "mitbringen")
    pool = [
        n for cls in (["food", "cake", "veg", "eat"] if eats else ["thing", "cloth"])
        for n in NOUN_TABLE[cls]
    ]
    things = list_of(r, pool, clause.subject.key)
    if kind == "both":
        things = Joined(things.parts[:2], ("als auch", "and"), ("sowohl ", "both "))
    elif kind == "neither":
        parts = [
            NounPhrase(p.noun, "def" if p.countable() else p.det, []) for p in things.parts[:2]
        ]
        things = Joined(parts, ("noch", "nor"), ("weder ", "neither "))
    elif kind == "measure":
        number = number_words(r.between(2, 12))
        drink = r.pick(NOUN_TABLE["drink"])
        bottles = NounPhrase(NOUN["Flasche"],
                             "bare", [],
                             plural=True,
                             number=number,
                             tail=(drink.lemma, "of " + drink.en))
        things = Joined([bottles, list_of(r, pool, clause.subject.key).parts[0]])
    clause.slots = [("A", things)]
    clause.frequency = clause.benefit = None
    return period(german_english(r, clause))
