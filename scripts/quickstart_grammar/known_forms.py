"""Forms that the grammar must produce: its self test. The right column is from German and English
grammar, not from this program."""

from .clause import Clause
from .links import plain
from .morphology import (ADJECTIVE, NOUN, VERB, WERDEN, a_or_an, english_ing, english_past,
                         english_plural, english_third, umlaut)
from .phrases import NounPhrase, Plain, Pronoun, with_preposition
from .sampling import digits, number_words

# lemma: genitive singular, dative singular, nominative plural, dative plural
NOUN_FORMS = {
    "Hund": "Hundes Hund Hunde Hunden",
    "Haus": "Hauses Haus Häuser Häusern",
    "Frau": "Frau Frau Frauen Frauen",
    "Student": "Studenten Studenten Studenten Studenten",
    "Junge": "Jungen Jungen Jungen Jungen",
    "Großvater": "Großvaters Großvater Großväter Großvätern",
    "Apfel": "Apfels Apfel Äpfel Äpfeln",
    "Auto": "Autos Auto Autos Autos",
    "Lehrerin": "Lehrerin Lehrerin Lehrerinnen Lehrerinnen",
    "Bus": "Busses Bus Busse Bussen",
    "Museum": "Museums Museum Museen Museen",
    "Bett": "Bettes Bett Betten Betten",
    "Küchenfenster": "Küchenfensters Küchenfenster Küchenfenster Küchenfenstern",
    "Baum": "Baumes Baum Bäume Bäumen",
}

# infinitive: ich, du, er, wir, ihr; er in the preterite; participle; du imperative; zu infinitive
VERB_FORMS = {
    "kaufen": "kaufe kaufst kauft kaufen kauft kaufte gekauft kauf zu kaufen",
    "warten": "warte wartest wartet warten wartet wartete gewartet warte zu warten",
    "öffnen": "öffne öffnest öffnet öffnen öffnet öffnete geöffnet öffne zu öffnen",
    "zeichnen": "zeichne zeichnest zeichnet zeichnen zeichnet zeichnete gezeichnet zeichne "
                "zu zeichnen",
    "lesen": "lese liest liest lesen lest las gelesen lies zu lesen",
    "geben": "gebe gibst gibt geben gebt gab gegeben gib zu geben",
    "waschen": "wasche wäschst wäscht waschen wascht wusch gewaschen wasch zu waschen",
    "tanzen": "tanze tanzt tanzt tanzen tanzt tanzte getanzt tanz zu tanzen",
    "benutzen": "benutze benutzt benutzt benutzen benutzt benutzte benutzt benutz zu benutzen",
    "planen": "plane planst plant planen plant plante geplant plan zu planen",
    "reparieren": "repariere reparierst repariert reparieren repariert reparierte repariert "
                  "reparier zu reparieren",
    "aufmachen": "mache machst macht machen macht machte aufgemacht mach aufzumachen",
    "anhalten": "halte hältst hält halten haltet hielt angehalten halte anzuhalten",
    "einladen": "lade lädst lädt laden ladet lud eingeladen lade einzuladen",
    "füttern": "füttere fütterst füttert füttern füttert fütterte gefüttert füttere zu füttern",
}

ENGLISH = [
    (english_plural("child"), "children"), (english_plural("birthday party"), "birthday parties"),
    (english_plural("saleswoman"), "saleswomen"), (english_plural("key"), "keys"),
    (english_plural("church"), "churches"), (english_plural("tomato"), "tomatoes"),
    (english_third("carry"), "carries"), (english_third("watch"), "watches"),
    (english_third("go"), "goes"), (english_third("play"), "plays"),
    (english_ing("swim"), "swimming"), (english_ing("lie"), "lying"),
    (english_ing("write"), "writing"), (english_ing("see"), "seeing"),
    (english_past("stop"), "stopped"), (english_past("try"), "tried"),
    (english_past("use"), "used"), (english_past("play"), "played"),
    (a_or_an("old hat"), "an"), (a_or_an("useful key"), "a"),
    (a_or_an("honest boy"), "an"), (umlaut("Wollstuhl"), "Wollstühl"),
    (ADJECTIVE["groß"].en_degrees[2], "biggest"), (ADJECTIVE["lustig"].en_degrees[1], "funnier"),
    (ADJECTIVE["teuer"].en_degrees[1], "more expensive"), (ADJECTIVE["gut"].en_degrees[1], "better")
]

NUMBERS = [
    (number_words(21), ("einundzwanzig", "twenty-one")),
    (number_words(17), ("siebzehn", "seventeen")),
    (number_words(30), ("dreißig", "thirty")),
    (number_words(99), ("neunundneunzig", "ninety-nine")),
    (digits(1250, "5"), ("1.250,5", "1,250.5")),
    (digits(3), ("3", "3")),
]


def noun_phrases():
    """(got, expected) of noun phrases in every declension."""
    key, child, milk = NOUN["Schlüssel"], NOUN["Kind"], NOUN["Milch"]
    old, dear, dark = ADJECTIVE["alt"], ADJECTIVE["teuer"], ADJECTIVE["dunkel"]
    teacher = NounPhrase(NOUN["Lehrer"], "def", [old])
    examples = [
        (NounPhrase(key, "def", [old]), "der alte Schlüssel|den alten Schlüssel|"
         "dem alten Schlüssel|des alten Schlüssels", "the old key"),
        (NounPhrase(key, "indef", [dear]), "ein teurer Schlüssel|einen teuren Schlüssel|"
         "einem teuren Schlüssel|eines teuren Schlüssels", "an expensive key"),
        (NounPhrase(child, "ich", [(old, 1)], plural=True), "meine älteren Kinder|"
         "meine älteren Kinder|meinen älteren Kindern|meiner älteren Kinder", "my older children"),
        (NounPhrase(milk, "bare", [ADJECTIVE["kalt"]]), "kalte Milch|kalte Milch|kalter Milch|"
         "kalter Milch", "cold milk"),
        (NounPhrase(NOUN["Küche"], "dem", [(dark, 2)]), "diese dunkelste Küche|"
         "diese dunkelste Küche|dieser dunkelsten Küche|dieser dunkelsten Küche",
         "this darkest kitchen"),
        (NounPhrase(child, "bare", [old], plural=True, number=("viele", "many")),
         "viele alte Kinder|viele alte Kinder|vielen alten Kindern|vieler alter Kinder",
         "many old children"),
        (NounPhrase(NOUN["Auto"], "def", [], owner_phrase=teacher), "das Auto des alten Lehrers|"
         "das Auto des alten Lehrers|dem Auto des alten Lehrers|des Autos des alten Lehrers",
         "the old teacher's car"),
    ]
    for phrase, german, english in examples:
        yield "|".join(phrase.de(case) for case in "NADG"), german
        yield phrase.en(), english
    yield Plain("Herr Klein", "Mr. Klein", "er").de("D"), "Herrn Klein"
    yield with_preposition("in", NounPhrase(NOUN["Haus"]), "A"), "ins Haus"
    yield with_preposition("zu", NounPhrase(NOUN["Stadt"]), "D"), "zur Stadt"
    yield with_preposition("in", NounPhrase(NOUN["Haus"], "dem"), "D"), "in diesem Haus"


def clauses():
    """(got, expected) of one clause in every order."""
    door = NounPhrase(NOUN["Tür"], "def", [ADJECTIVE["alt"]])
    anna = Plain("Anna", "Anna", "sie")

    def clause(tense, **more):
        return Clause(VERB["zumachen"], anna, tense, [("A", door)], **more)

    past = clause("past", perfect=True, time=("gestern", "yesterday"))
    yield past.german_main("time"), "gestern hat Anna die alte Tür zugemacht"
    yield past.english("time"), "yesterday, Anna closed the old door"
    yield past.german_main("A"), "die alte Tür hat Anna gestern zugemacht"
    yield past.german_final("weil"), "weil Anna gestern die alte Tür zugemacht hat"
    yield past.english_question("why"), "why did Anna close the old door yesterday"
    present = clause("pres", negative=True)
    yield present.german_main("subject"), "Anna macht die alte Tür nicht zu"
    yield present.german_final("dass"), "dass Anna die alte Tür nicht zumacht"
    yield present.english(), "Anna does not close the old door"
    yield clause("pres").german_infinitive("ohne"), "ohne die alte Tür zuzumachen"
    modal = clause("past", modal=("müssen", "muss", "musste"))
    yield modal.german_final("obwohl"), "obwohl Anna die alte Tür zumachen musste"
    yield modal.english(), "Anna had to close the old door"
    future = clause("fut", werden=True, frequency=("oft", "often"))
    yield future.german_main("subject"), "Anna wird oft die alte Tür zumachen"
    yield future.english(), "Anna will often close the old door"
    yield clause("plup").german_final("nachdem"), "nachdem Anna die alte Tür zugemacht hatte"
    yield clause("plup").english(conjunction="after"), "after Anna had closed the old door"
    yield clause("prog").english(), "Anna is closing the old door"
    hat = NounPhrase(NOUN["Hut"], "kein")
    none = Clause(VERB["kaufen"], Pronoun("ich"), "pp", [("A", hat)], negative=True)
    yield none.german_main("subject"), "ich habe noch keinen Hut gekauft"
    yield none.english(), "I have not bought a hat yet"
    glad = Clause(VERB["freuen"], NounPhrase(NOUN["Kind"]), "pres",
                  [("auf/A/to", NounPhrase(NOUN["Reise"], "ich"))])
    yield glad.german_final("weil"), "weil sich das Kind auf meine Reise freut"
    yield glad.english(), "the child looks forward to my trip"


def pairs():
    """Every (got, expected)."""
    for lemma, forms in NOUN_FORMS.items():
        noun = NOUN[lemma]
        got = [noun.de("G", False), noun.de("D", False), noun.de("N", True), noun.de("D", True)]
        yield " ".join(got), forms
    for infinitive, forms in VERB_FORMS.items():
        verb = VERB[infinitive]
        got = [verb.present(person) for person in "1s 2s 3s 1p 2p".split()]
        got += [verb.past("3s"), verb.participle, verb.imperative(), verb.zu_infinitive()]
        yield " ".join(got), forms
    yield WERDEN.past("3p"), "wurden"
    yield from ENGLISH + NUMBERS
    yield from noun_phrases()
    yield from clauses()


def failures():
    """One line for every form that is wrong; empty if there is none."""
    checked = [(plain(got) if isinstance(got, str) else got, right) for got, right in pairs()]
    wrong = [f"error: {got!r} should be {right!r}" for got, right in checked if got != right]
    return wrong if len(checked) > 90 else wrong + [f"error: only {len(checked)} forms checked"]
