"""Random words, phrases, times and places that go together."""

from .lexicon import (AGELESS, CITIES, DAYS, DAY_PARTS, FEMALE, GOODS, LETTER, LIE, MALE, MONTHS,
                      OUTER, OWNED, PLACES, STAND, SURNAMES, TENS_DE, TENS_EN, UNITS_DE, UNITS_EN)
from .links import UNLINKED, mark, plain, tie
from .morphology import ADJECTIVE_TABLE, NOUN, NOUN_TABLE, Noun, lines
from .phrases import Joined, NounPhrase, Plain, Pronoun, with_preposition

COLORS = ("rot", "blau", "grün", "gelb", "schwarz", "weiß", "braun", "grau")
PLACE_TABLE = []
for _row in PLACES:
    _nouns = [
        noun for text in lines(_row[5]) for noun in ([NOUN[lemma] for lemma in text[1:].split(
        )] if text.startswith("@") else [Noun(text, "place")])
    ]
    PLACE_TABLE.append(_row[:5] + (_nouns,))
CITY_PAIRS = [tuple((city.split("=") * 2)[:2]) for city in CITIES]


class Rng:
    """SplitMix64 (Steele, Lea and Flood, 2014): the only source of chance here."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def below(self, n):
        return self.next() % n

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def chance(self, percent):
        return self.below(100) < percent

    def pick(self, items):
        return items[self.below(len(items))]

    def weighted(self, table):
        """One item of [(item, weight), ...]."""
        roll = self.below(sum(weight for _, weight in table))
        for item, weight in table:
            if roll < weight:
                return item
            roll -= weight
        raise ValueError("the weights of a table are positive")

    def shuffle(self, items):
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]


# Numbers ------------------------------------------------------------------------------------
def number_words(n):
    """2 to 99 in words: 21 is (einundzwanzig, twenty-one)."""
    if n <= 12:
        return UNITS_DE[n], UNITS_EN[n]
    if n < 20:
        german = {16: "sechzehn", 17: "siebzehn"}.get(n, UNITS_DE[n - 10] + "zehn")
        english = {13: "thirteen", 15: "fifteen", 18: "eighteen"}.get(n, UNITS_EN[n - 10] + "teen")
        return german, english
    tens, unit = divmod(n, 10)
    if not unit:
        return TENS_DE[tens - 2], TENS_EN[tens - 2]
    german = ("ein" if unit == 1 else UNITS_DE[unit]) + "und" + TENS_DE[tens - 2]
    return german, TENS_EN[tens - 2] + "-" + UNITS_EN[unit]


def digits(whole, fraction=""):
    """(1.250,5, 1,250.5) of the whole 1250 and the fraction digits 5."""
    english = f"{whole:,}"
    german = english.replace(",", ".")
    return (german + "," + fraction, english + "." + fraction) if fraction else (german, english)


def clock(r, first=7, last=21):
    """A time of day between two full hours."""
    hour = r.between(first, last)
    half = "a.m." if hour < 12 else "p.m."
    short = hour if hour <= 12 else hour - 12
    style = r.weighted([("digits", 60), ("hour", 20), ("halb", 12), ("viertel", 8)])
    if style == "digits":
        minute = 5 * r.between(1, 11)
        return f"um {hour}:{minute:02} Uhr", f"at {short}:{minute:02} {half}"
    if style == "hour":
        return f"um {hour} Uhr", f"at {short} {half}"
    if style == "halb":  # German counts towards the next hour
        half = tie("halb", "half past")
        return f"um {half[0]} {UNITS_DE[short % 12 + 1]}", f"at {half[1]} {UNITS_EN[short]}"
    side = r.pick([("nach", "past"), ("vor", "to")])
    quarter = tie("Viertel", "a quarter")
    return (f"um {quarter[0]} {side[0]} {UNITS_DE[short]}",
            f"at {quarter[1]} {side[1]} {UNITS_EN[short]}")


def date(r, years=True):
    month = r.pick(MONTHS)
    day = r.between(1, 28)
    month, number = tie(*month), tie(f"{day}.", f"{day}")
    if not years or r.chance(40):
        return f"am {number[0]} {month[0]}", f"on {month[1]} {number[1]}"
    year = r.between(1985, 2023)
    return f"am {number[0]} {month[0]} {year}", f"on {month[1]} {number[1]}, {year}"


def span(r, low=2):
    """(drei Tagen, three days), in the dative."""
    number = number_words(r.between(13, 30) if r.chance(12) else r.between(low, 12))
    unit = r.pick([("Tagen", "days"), ("Wochen", "weeks"), ("Monaten", "months"),
                   ("Jahren", "years")])
    return tie(f"{number[0]} {unit[0]}", f"{number[1]} {unit[1]}")


def with_clock(r, pair, hours=(7, 21), percent=30):
    pair = tie(*pair)
    if not r.chance(percent):
        return pair
    time = tie(*clock(r, *hours))
    return f"{pair[0]} {time[0]}", f"{pair[1]} {time[1]}"


def on_day(r):
    day = r.pick(DAYS)
    if r.chance(50):
        return with_clock(r, (f"am {day[0]}", f"on {day[1]}"))
    part, hours = r.pick(list(zip(DAY_PARTS, ((7, 11), (13, 17), (18, 21)))))
    day = tie(day[0] + part[0], f"{day[1]} {part[1]}")
    return with_clock(r, (f"am {day[0]}", f"on {day[1]}"), hours, 25)


def past_time(r):
    kind = r.weighted([("word", 30), ("day", 14), ("last", 10), ("ago", 14), ("date", 14),
                       ("month", 6), ("year", 5), ("event", 7)])
    if kind == "word":
        pair = r.pick([("gestern", "yesterday"), ("vorgestern", "the day before yesterday"),
                       ("gestern Abend", "yesterday evening"), ("heute Morgen", "this morning"),
                       ("letzte Woche", "last week"), ("letzten Monat", "last month"),
                       ("letztes Jahr", "last year"), ("letzten Sommer", "last summer")])
        return with_clock(r, pair) if pair[0] in ("gestern", "vorgestern") else pair
    if kind == "last":
        day = r.pick(DAYS)
        return f"letzten {day[0]}", f"last {day[1]}"
    if kind == "ago":
        pair = span(r)
        return "vor " + pair[0], pair[1] + " ago"
    if kind == "month":
        month, year = r.pick(MONTHS), r.between(1985, 2023)
        return f"im {month[0]} {year}", f"in {month[1]} {year}"
    if kind == "year":
        return in_year(r.between(1985, 2023))
    return dict(day=on_day, date=date, event=around_event)[kind](r)


def in_year(year):
    return f"im {mark(UNLINKED, 'Jahr')} {year}", f"in {year}"


def around_event(r):
    phrase = NounPhrase(r.pick(NOUN_TABLE["event"]))
    preposition, case, english = r.pick([("vor", "D", "before"), ("nach", "D", "after"),
                                         ("während", "G", "during")])
    return f"{preposition} {phrase.de(case)}", f"{english} {phrase.en()}"


def future_time(r):
    kind = r.weighted([("word", 45), ("day", 20), ("next", 12), ("in", 10), ("date", 13)])
    if kind == "word":
        pair = r.pick([("morgen", "tomorrow"), ("übermorgen", "the day after tomorrow"),
                       ("bald", "soon"), ("heute Abend", "this evening"),
                       ("nächste Woche", "next week"), ("nächsten Monat", "next month"),
                       ("nächstes Jahr", "next year"), ("morgen Abend", "tomorrow evening")])
        return with_clock(r, pair) if pair[0] in ("morgen", "übermorgen") else pair
    if kind == "day":
        return on_day(r)
    if kind == "next":
        day = r.pick(DAYS)
        return f"nächsten {day[0]}", f"next {day[1]}"
    if kind == "in":
        pair = span(r)
        return "in " + pair[0], "in " + pair[1]
    return date(r, years=False)


def habit_time(r):
    kind = r.weighted([("each", 40), ("days", 25), ("other", 35)])
    if kind == "each":
        pair, hours = r.pick([(("jeden Morgen", "every morning"), (7, 11)),
                              (("jeden Abend", "every evening"), (18, 21)),
                              (("jeden Nachmittag", "every afternoon"), (13, 17)),
                              (("jeden Tag", "every day"), (7, 21))])
        return with_clock(r, pair, hours)
    day = r.pick(DAYS)
    if kind == "days":
        if r.chance(50):
            return f"jeden {day[0]}", f"every {day[1]}"
        return day[0].lower() + "s", f"on {day[1]}s"
    return r.pick([("am Wochenende", "on the weekend"), ("im Sommer", "in the summer"),
                   ("im Winter", "in the winter"), ("abends", "in the evening"),
                   ("morgens", "in the morning"), ("nachts", "at night"),
                   ("jede Woche", "every week"), ("jedes Jahr", "every year")])


TIMES = dict(past=past_time, fut=future_time, pres=habit_time)


# Noun phrases -------------------------------------------------------------------------------
def fitting(noun):
    """The adjectives that go with a noun."""
    return [
        a for a in ADJECTIVE_TABLE if LETTER.get(noun.cls, "L") in a.classes and
        not (noun.lemma in AGELESS and a.de in ("alt", "jung"))
    ]


def adjectives(r, noun, det, percent=48):
    choices = fitting(noun)
    if not choices or not r.chance(percent):
        return []
    first = r.pick(choices)
    if (first.comparable and first.de not in COLORS and
            noun.cls not in ("kin", "place", "event") and r.chance(7)):
        if det in ("indef", "def"):
            return [(first, 1 if det == "indef" else 2)]
    colors = [a for a in choices if a.de in COLORS]
    if colors and first.de not in COLORS and r.chance(12):
        return [first, r.pick(colors)]
    return [first]


def can_own(key):
    return key not in (None, "es", "ihr")


def female_or_male(r):
    return r.pick([(FEMALE, "sie"), (MALE, "er")])


def first_name(r, other_than=""):
    names, key = female_or_male(r)
    name = r.pick([n for n in names if n != other_than])
    return Plain(name, name, key)


def title_name(r):
    surname = r.pick(SURNAMES)
    if r.chance(50):
        return Plain("Frau " + surname, "Ms. " + surname, "sie")
    return Plain("Herr " + surname, "Mr. " + surname, "er")


def two_names(r):
    first = first_name(r)
    second = first_name(r, first.german)
    return Plain(f"{first.german} und {second.german}", f"{first.english} and {second.english}",
                 "pl")


def relative_by_blood(r, owner=None):
    noun = r.pick(NOUN_TABLE["kin"])
    if r.chance(22):
        return NounPhrase(noun, "name", owner_phrase=first_name(r))
    det = owner if can_own(owner) else r.pick(["ich", "wir"])
    return NounPhrase(noun,
                      det, [],
                      plural=noun.lemma[:4] in ("Brud", "Schw", "Onke", "Tant") and r.chance(12))


def noun_phrase(r, noun, owner=None, plain=False, adjective=48):
    """A phrase around a noun. owner: the pronoun key that mein, sein, ... may refer to."""
    if noun.mass:
        det = "bare" if r.chance(75) else "def"
        return NounPhrase(noun, det, adjectives(r, noun, det, adjective * 3 // 4))
    kinds = [("def", 36), ("indef", 30), ("dem", 6), ("plural", 8), ("many", 4), ("number", 5)]
    if not plain:
        kinds += ([("owner", 14)] if can_own(owner) and
                  noun.cls not in ("bldg", "food", "cake", "dish", "veg", "line", "part") else [])
        kinds += ([("name", 4),
                   ("genitive",
                    4)] if LETTER.get(noun.cls, "") in "TCUVRI" and noun.cls != "line" else [])
    kind = r.weighted(kinds)
    if kind == "owner":
        return NounPhrase(noun, owner, adjectives(r, noun, owner, adjective), plural=r.chance(12))
    if kind == "name":
        return NounPhrase(noun,
                          "name",
                          adjectives(r, noun, "name", adjective),
                          owner_phrase=first_name(r))
    if kind == "genitive":
        person = NounPhrase(r.pick(NOUN_TABLE["pers"]), "def", plural=r.chance(15))
        return NounPhrase(noun,
                          "def",
                          adjectives(r, noun, "name", adjective // 2),
                          owner_phrase=person)
    if kind == "plural":
        return NounPhrase(noun,
                          r.pick(["def", "bare"]),
                          adjectives(r, noun, "bare", adjective + 15),
                          plural=True)
    if kind == "many":
        number = r.pick([("viele", "many"), ("einige", "some"), ("mehrere", "several")])
        return NounPhrase(noun,
                          "bare",
                          adjectives(r, noun, "bare", adjective),
                          plural=True,
                          number=number)
    if kind == "number":
        number = number_words(r.between(13, 99) if r.chance(15) else r.between(2, 12))
        return NounPhrase(noun,
                          "bare",
                          adjectives(r, noun, "bare", adjective),
                          plural=True,
                          number=number)
    return NounPhrase(noun, kind, adjectives(r, noun, kind, adjective))


def person_noun(r, owner=None):
    noun = r.pick(NOUN_TABLE["pers"])
    owner = owner if noun.lemma in OWNED else None
    return noun_phrase(r, noun, owner, adjective=38)


def subject(r, letters):
    """A subject for a verb whose table row allows `letters`."""
    letter = letters[0] if len(letters) == 1 or r.chance(80) else letters[1]
    if letter != "p":
        cls = dict(a="anim", v="veh", l="line", e="event")[letter]
        return noun_phrase(r, r.pick(NOUN_TABLE[cls]), plain=True, adjective=30)
    kind = r.weighted([("pronoun", 22), ("name", 19), ("title", 6), ("names", 5), ("kin", 12),
                       ("noun", 36)])
    if kind == "pronoun":
        return Pronoun(r.weighted([("ich", 25), ("er", 25), ("sie", 25), ("wir", 15), ("pl", 10)]))
    if kind == "noun":
        phrase = person_noun(r)
        if phrase.det == "def" and not phrase.plural and r.chance(8):
            phrase.tail = from_city(r)
        elif phrase.det == "def" and not phrase.plural and not phrase.adjectives and r.chance(9):
            phrase.det = "jed"
        return phrase
    return dict(name=first_name, title=title_name, names=two_names, kin=relative_by_blood)[kind](r)


def from_city(r):
    city = r.pick(CITY_PAIRS)
    return "aus " + city[0], "from " + city[1]


def object_person(r, owner, role, pronoun=True):
    """A person other than the one with the key `owner`; accusative sie is always her."""
    kind = r.weighted([("pronoun", 15 if pronoun else 0), ("name", 18), ("title", 6), ("kin", 18),
                       ("noun", 43)])
    if kind == "pronoun":
        keys = dict(ich=["er", "sie"], wir=["er", "sie"]).get(owner, ["ich", "er", "sie", "wir"])
        return Pronoun(r.pick(keys + (["pl"] if role == "D" or "/D/" in role else [])))
    if kind == "noun":
        return person_noun(r, owner)
    if kind == "kin":
        return relative_by_blood(r, owner)
    return dict(name=first_name, title=title_name)[kind](r)


def nouns_of(classes):
    """The classes of a frame as tables of nouns."""
    special = dict(task=["Problem", "Aufgabe"],
                   stand=STAND.split(),
                   lie=LIE.split(),
                   outer=OUTER.split(),
                   play=["Theaterstück", "Lied"])
    tables = []
    for cls in classes:
        if cls == "goods":
            tables += [NOUN_TABLE[name] for name in GOODS.split()]
        else:
            tables.append([NOUN[lemma]
                           for lemma in special[cls]] if cls in special else NOUN_TABLE[cls])
    return tables


def slot_phrase(r, role, classes, who, pronoun=True):
    """A complement for a clause about `who`, never the same words."""
    cls = r.pick(classes)
    while True:
        if cls == "pers":
            phrase = object_person(r, who.key, role, pronoun)
        else:
            phrase = noun_phrase(r, r.pick(r.pick(nouns_of([cls]))), who.key)
        if plain(phrase.en("o")) != plain(who.en("o")):
            return phrase


def list_of(r, nouns, owner):
    """Two to four different things, joined by und."""
    chosen = []
    while len(chosen) < r.between(2, 4):
        noun = r.pick(nouns)
        if noun not in [phrase.noun for phrase in chosen]:
            chosen.append(noun_phrase(r, noun, owner, plain=True, adjective=25))
    return Joined(chosen)


# Places -------------------------------------------------------------------------------------
def place_phrase(r, row):
    noun = r.pick(row[5])
    det = r.weighted([("def", 85), ("indef", 15)])
    return NounPhrase(noun, det, adjectives(r, noun, det, 20))


def where(r, rows=(0, 1, 1, 1, 2, 3, 4, 4), home=8, city=15):
    """A place as (German, English)."""
    if r.chance(home):
        return "zu Hause", "at home"
    if r.chance(city):
        pair = r.pick(CITY_PAIRS)
        return "in " + pair[0], "in " + pair[1]
    row = PLACE_TABLE[r.pick(rows)]
    phrase = place_phrase(r, row)
    return with_preposition(row[0], phrase, "D"), f"{row[3]} {phrase.en()}"


def whither(r, kind):
    """A goal: on foot (DIR), by vehicle (DIRv) or far away (DIRc)."""
    choice = r.weighted(
        dict(DIR=[("home", 12), ("work", 8), ("person", 12), ("place", 68)],
             DIRv=[("home", 12), ("work", 10), ("city", 40), ("place", 38)],
             DIRc=[("city", 1)])[kind])
    if choice == "home":
        return "nach Hause", "home"
    if choice == "work":
        return "zur Arbeit", "to work"
    if choice == "city":
        pair = r.pick(CITY_PAIRS)
        return "nach " + pair[0], "to " + pair[1]
    if choice == "person":
        phrase = r.pick([
            title_name(r),
            NounPhrase(NOUN[r.pick(["Arzt", "Ärztin", "Bäcker", "Chefin", "Anwältin"])])
        ])
        return with_preposition("zu", phrase, "D"), f"to {phrase.en('o')}"
    row = PLACE_TABLE[r.pick((0, 1, 1, 2, 4) if kind == "DIR" else (1, 4))]
    phrase = place_phrase(r, row)
    return with_preposition(row[1], phrase, row[2]), f"{row[4]} {phrase.en()}"


def near_furniture(r, case):
    """A place at a piece of furniture: dative where, accusative whither."""
    phrase = noun_phrase(r, r.pick(NOUN_TABLE["furn"]), plain=True, adjective=25)
    while phrase.plural:
        phrase = noun_phrase(r, r.pick(NOUN_TABLE["furn"]), plain=True, adjective=25)
    preposition, english = r.pick([("auf", "on"), ("auf", "on"), ("unter", "under"),
                                   ("neben", "next to"), ("hinter", "behind"),
                                   ("vor", "in front of")])
    return with_preposition(preposition, phrase, case), f"{english} {phrase.en('o')}"


def dwelling(r):
    """Where somebody lives."""
    if r.chance(60):
        city = r.pick(CITY_PAIRS)
        return "in " + city[0], "in " + city[1]
    noun, preposition, english = r.pick([("Haus", "in", "in"), ("Dorf", "in", "in"),
                                         ("Stadt", "in", "in"), ("Schloss", "in", "in"),
                                         ("Insel", "auf", "on"), ("Turm", "in", "in")])
    det = r.pick(["def", "indef", "indef"])
    phrase = NounPhrase(
        NOUN[noun], det,
        [r.pick([a for a in ADJECTIVE_TABLE if a.de in ("klein", "groß", "alt", "schön")])])
    return with_preposition(preposition, phrase, "D"), f"{english} {phrase.en()}"
