"""Prices, sizes, ages, dates and other numbers."""

from .clause import Clause
from .drafts import draft, human, period
from .lexicon import DAYS
from .links import UNLINKED, mark, tie
from .morphology import ADJECTIVE, COST, LAST, NOUN, NOUN_TABLE, SEIN, VERB, Verb, WEIGH
from .phrases import NounPhrase, Plain, with_preposition
from .sampling import (CITY_PAIRS, PLACE_TABLE, adjectives, date, digits, in_year, nouns_of,
                       number_words, on_day, past_time)


def price(r, cheap):
    if cheap:
        return digits(r.between(2, 120), r.pick(["50", "90", "95", "99", "25", "80"]))
    return digits(50 * r.between(21, 900))


def prices(r):
    noun = r.pick(
        r.pick(
            nouns_of(["thing", "cloth", "dish", "book"] if r.
                     chance(60) else ["furn", "dev", "veh", "instr"])))
    cheap = noun.cls in ("thing", "cloth", "dish", "book")
    amount = price(r, cheap)
    thing = NounPhrase(noun, r.pick(["def", "dem"]), adjectives(r, noun, "def", 35))
    if r.chance(60):
        clause = Clause(COST,
                        thing,
                        r.pick(["pres", "past"]),
                        predicate=(amount[0] + " Euro", amount[1] + " euros"))
        return period((clause.german_main("subject"), clause.english()))
    clause = Clause(VERB["bezahlen"], human(r), "past", perfect=r.chance(50), predicate=None)
    euros = tie(f"{amount[0]} Euro", f"{amount[1]} euros")
    clause.place = f"für {thing.de('A')} {euros[0]}", f"{euros[1]} for {thing.en('o')}"
    if r.chance(40):
        clause.time = past_time(r)
    return period((clause.german_main("subject"), clause.english()))


def measures(r):
    kind = r.pick([
        "inhabitants", "size", "weight", "distance", "age", "born", "built", "duration", "hours",
        "percent", "temperature", "million"
    ])
    return MEASURES[kind](r)


def inhabitants(r):
    place = NounPhrase(NOUN[r.pick(["Dorf", "Stadt", "Insel"])], r.pick(["def", "dem"]),
                       [ADJECTIVE[r.pick(["klein", "alt", "schön"])]] if r.chance(60) else [])
    count = digits(r.between(1010, 98000))
    return period(
        (f"{place.de('N')} hat {count[0]} Einwohner", f"{place.en()} has {count[1]} inhabitants"))


def size(r):
    lemma, adjective = r.pick([("Turm", "hoch"), ("Berg", "hoch"), ("Brücke", "lang"),
                               ("Fluss", "lang"), ("Tisch", "breit"), ("Schrank", "breit"),
                               ("Zimmer", "lang"), ("Zug", "lang"), ("Baum", "hoch"),
                               ("Schiff", "lang")])
    noun = NOUN.get(lemma, NOUN["Wohnzimmer"])
    ranges = dict(Berg=(900, 4000),
                  Fluss=(20, 900),
                  Tisch=(1, 3),
                  Schrank=(1, 3),
                  Zimmer=(3, 9),
                  Baum=(3, 40))
    low, high = ranges.get(lemma, (30, 300))
    fraction = str(r.between(1, 9)) if r.chance(60) and lemma != "Berg" or high < 4 else ""
    amount = digits(r.between(low, high), fraction)
    unit = ("Kilometer", "kilometers") if lemma == "Fluss" else ("Meter", "meters")
    thing = NounPhrase(noun, r.pick(["def", "dem"]),
                       [ADJECTIVE["alt"]] if r.chance(25) and lemma != "Berg" else [])
    return period((f"{thing.de('N')} ist {amount[0]} {unit[0]} {adjective}",
                   f"{thing.en()} is {amount[1]} {unit[1]} {ADJECTIVE[adjective].en}"))


def weight(r):
    noun = r.pick([
        NOUN[lemma]
        for lemma in ("Koffer", "Paket", "Hund", "Rucksack", "Katze", "Fernseher", "Korb", "Tasche")
    ])
    amount = digits(r.between(2, 30), str(r.between(1, 9)))
    clause = Clause(WEIGH,
                    NounPhrase(noun, r.pick(["def", "ich", "dem"]), adjectives(r, noun, "def", 30)),
                    r.pick(["pres", "past"]),
                    predicate=(amount[0] + " Kilogramm", amount[1] + " kilograms"))
    return period((clause.german_main("subject"), clause.english()))


def distance(r):
    amount = digits(r.between(2, 60), str(r.between(1, 9)))
    start = NounPhrase(r.pick(NOUN_TABLE["bldg"]), "def", [])
    goal = NounPhrase(r.pick(PLACE_TABLE[4][5]))
    where = tie(with_preposition("von", goal, "D"), f"from {goal.en()}")
    return period((f"{start.de('N')} ist {amount[0]} Kilometer {where[0]} entfernt",
                   f"{start.en()} is {amount[1]} kilometers away {where[1]}"))


def age(r):
    number = number_words(r.between(2, 99))
    who = human(r, False)
    if r.chance(40):
        clause = Clause(SEIN,
                        who,
                        "pres",
                        predicate=(number[0] + " Jahre alt", number[1] + " years old"))
    else:
        when_born = date(r, False) if r.chance(50) else on_day(r)
        verb = Verb("werden,wird,wurde,+geworden | turn | p | - | -")
        clause = Clause(verb,
                        who,
                        "fut",
                        time=when_born,
                        predicate=(number[0] + " Jahre alt", number[1] + " years old"))
        clause.werden = False
    return period((clause.german_main("subject"), clause.english()))


def born(r):
    who, city, day = human(r), r.pick(CITY_PAIRS), tie(*date(r))
    city = tie(f"in {city[0]}", f"in {city[1]}")
    be_de = {"1s": "wurde", "3s": "wurde"}.get(who.pn, "wurden")
    be_en = "was" if who.pn in ("1s", "3s") else "were"
    return period((f"{who.de('N')} {be_de} {day[0]} {city[0]} geboren",
                   f"{who.en()} {be_en} born {city[1]} {day[1]}"))


def built(r):
    noun = r.pick(NOUN_TABLE["bldg"])
    thing = NounPhrase(noun, r.pick(["def", "dem"]), adjectives(r, noun, "def", 40))
    german_year, english_year = tie(*in_year(r.between(1405, 2019)))
    german, english = thing.de("N"), thing.en()
    return period(
        r.pick([
            (f"{german} wurde {german_year} gebaut", f"{english} was built {english_year}"),
            (f"{german_year} wurde {german} gebaut", f"{english_year}, {english} was built")
        ]))


def duration(r):
    number = number_words(r.between(2, 12))
    unit = r.pick([("Stunden", "hours"), ("Tage", "days"), ("Minuten", "minutes"),
                   ("Wochen", "weeks")])
    thing = NounPhrase(r.pick(NOUN_TABLE["event"]), r.pick(["def", "dem"]))
    clause = Clause(LAST,
                    thing,
                    r.pick(["past", "past", "pres"]),
                    negative=False,
                    perfect=r.chance(40),
                    predicate=(f"{number[0]} {unit[0]}", f"{number[1]} {unit[1]}"))
    return period((clause.german_main("subject"), clause.english()))


def hours(r):
    noun = r.pick([
        noun for noun in PLACE_TABLE[1][5] if noun.lemma not in ("Park", "Stadt", "Dorf", "Kirche")
    ])
    day = r.pick(DAYS)
    opens, closes = clock_digits(r, 8, 11), clock_digits(r, 14, 20)
    thing = NounPhrase(noun)
    days, is_open = tie(f"{day[0].lower()}s", f"on {day[1]}s"), tie("geöffnet", "open")
    german = f"von {opens[0]} bis {closes[0]} {mark(UNLINKED, 'Uhr')} {is_open[0]}"
    return period((f"{thing.de('N')} ist {days[0]} {german}",
                   f"{thing.en()} is {is_open[1]} {days[1]} from {opens[1]} to {closes[1]}"))


def clock_digits(r, first, last):
    hour, minute = r.between(first, last), r.pick([0, 15, 30, 45])
    half = "a.m." if hour < 12 else "p.m."
    short = hour if hour <= 12 else hour - 12
    return tie(f"{hour}:{minute:02}", f"{short}:{minute:02} {half}")


def percent(r):
    amount = digits(r.between(3, 95), str(r.between(1, 9)) if r.chance(60) else "")
    noun = r.pick([
        n for n in NOUN_TABLE["pers"]
        if n.lemma in ("Student", "Schüler", "Lehrer", "Tourist", "Gast", "Kunde", "Ärztin", "Frau",
                       "Mann", "Kind", "Bauer", "Musiker")
    ])
    group = NounPhrase(noun, "def", adjectives(r, noun, "name", 20), plural=True)
    who = Plain(f"{amount[0]} Prozent {group.de('G')}", f"{amount[1]} percent {mark(UNLINKED, 'of')} {group.en()}",
                "pl")
    if r.chance(50):
        who.german, who.english = "etwa " + who.german, "about " + who.english
    clause = draft(r, r.pick(["past", "pres"]), who, None, place=30)
    clause.frequency = None
    return period((clause.german_main("subject"), clause.english()))


def temperature(r):
    amount = digits(r.between(2, 38), str(r.between(1, 9)) if r.chance(65) else "")
    city, time = r.pick(CITY_PAIRS), tie(*on_day(r))
    city, be = tie(f"in {city[0]}", f"in {city[1]}"), tie("waren", "was")
    return period((f"{time[0]} {be[0]} es {city[0]} {amount[0]} Grad",
                   f"{time[1]}, it {be[1]} {amount[1]} degrees {city[1]}"))


def million(r):
    amount = digits(r.between(2, 90), str(r.between(1, 9)))
    noun = r.pick(NOUN_TABLE["bldg"])
    thing = NounPhrase(noun, "def", [ADJECTIVE["neu"]] if r.chance(50) else [])
    clause = Clause(COST,
                    thing,
                    "past",
                    perfect=r.chance(50),
                    predicate=(amount[0] + " Millionen Euro", amount[1] + " million euros"))
    return period((clause.german_main("subject"), clause.english()))


MEASURES = dict(inhabitants=inhabitants,
                size=size,
                weight=weight,
                distance=distance,
                age=age,
                born=born,
                built=built,
                duration=duration,
                hours=hours,
                percent=percent,
                temperature=temperature,
                million=million)
