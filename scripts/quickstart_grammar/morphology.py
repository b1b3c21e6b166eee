"""Forms of German and English words, and the word tables as objects."""

import re

from .lexicon import ADJECTIVES, COMPOUNDS, NOUNS, VERBS
from .links import plain

CASES = "NADG"
GENDERS = "mfnp"
DEF = dict(N="der die das die", A="den die das die", D="dem der dem den", G="des der des der")
RELATIVE = dict(DEF, D="dem der dem denen", G="dessen deren dessen deren")
EIN = dict(N="- e - e", A="en e - e", D="em er em en", G="es er es er")
DIES = dict(N="er e es e", A="en e es e", D="em er em en", G="es er es er")
WEAK = dict(N="e e e en", A="en e e en", D="en en en en", G="en en en en")
MIXED = dict(N="er e es en", A="en e es en", D="en en en en", G="en en en en")
STRONG = dict(N="er e es e", A="en e es e", D="em er em en", G="en er en er")


def ending(table, case, gender):
    return table[case].split()[GENDERS.index(gender)].replace("-", "")


def umlaut(word):
    """Umlauts the last a, o, u or au: Baum -> Bäum, Großvater -> Großväter."""
    match = re.match(r"(.*?)(au|Au|[aouAOU])([^aouAOU]*)$", word)
    vowels = dict(
        zip(("au", "Au", "a", "o", "u", "A", "O", "U"), ("äu", "Äu", "ä", "ö", "ü", "Ä", "Ö", "Ü")))
    return match.group(1) + vowels[match.group(2)] + match.group(3)


def english_plural(noun):
    head, _, last = noun.rpartition(" ")
    odd = dict(man="men",
               child="children",
               mouse="mice",
               sheep="sheep",
               knife="knives",
               shelf="shelves",
               scarf="scarves",
               potato="potatoes",
               tomato="tomatoes")
    if last.endswith("woman"):
        last = last[:-2] + "en"
    elif last in odd:
        last = odd[last]
    elif re.search("(s|x|ch|sh)$", last):
        last += "es"
    elif re.search("[^aeiou]y$", last):
        last = last[:-1] + "ies"
    else:
        last += "s"
    return (head + " " + last).strip()


def a_or_an(following):
    following = plain(following)
    vowel = (re.match("[aeiou]", following, re.I) and
             not re.match("(uni|use|euro|one)", following, re.I) or following.startswith("hon"))
    return "an" if vowel else "a"


def lines(text):
    return [" ".join(item.split()) for item in text.split(";")]


class Noun:
    """Lemma, gender and forms of both languages, from one line of the table."""

    def __init__(self, text, cls):
        self.lemma, gender, plural, self.en = text.split(maxsplit=3)
        gender, _, genitive = gender.partition("/")
        self.cls, self.gender, self.weak = cls, gender[0], gender.endswith("*")
        self.genitive = self.lemma + (genitive or "s")
        stem = umlaut(self.lemma) if plural.startswith('"') else self.lemma
        self.mass = plural == "0"
        self.plural = plural[1:] if plural.startswith("=") else stem + plural.strip('"-')
        self.en_plural = "" if self.mass else english_plural(self.en)

    def de(self, case, plural):
        if plural:
            return self.plural + ("n" if case == "D" and self.plural[-1] not in "ns" else "")
        if self.weak and case != "N":
            return self.plural
        return self.genitive if case == "G" and self.gender in "mn" else self.lemma


class Adjective:

    def __init__(self, text):
        self.de, self.en, self.classes, kind, comparative, superlative = (text.split() +
                                                                          ["-"] * 3)[:6]
        self.comparable = kind != "-"
        stems = dict(teuer="teur", dunkel="dunkl", hoch="hoh", müde="müd")
        long = re.search("(d|t|s|ß|z|[^i]sch|eu)$", self.de)
        self.stems = [
            stems.get(self.de, self.de), self.de + "er" if comparative == "-" else comparative,
            self.de + ("est" if long else "st") if superlative == "-" else superlative
        ]
        self.en_degrees = [self.en, "more " + self.en, "most " + self.en]
        if self.en == "good":
            self.en_degrees = ["good", "better", "best"]
        elif kind == "er":
            base = self.en + self.en[-1] if self.en in ("big", "hot", "sad") else self.en
            base = base[:-1] + "i" if re.search("[^aeiou]y$", base) else base.rstrip("e")
            self.en_degrees[1:] = [base + "er", base + "est"]

    def attributive(self, table, case, gender, degree=0):
        return self.stems[degree] + ending(table, case, gender)

    def predicative(self, degree=0):
        return self.de if degree == 0 else self.stems[1]


PERSONS = "1s 2s 3s 1p 2p 3p".split()
SPECIAL = {
    "sein": "bin bist ist sind seid sind", "haben": "habe hast hat haben habt haben",
    "werden": "werde wirst wird werden werdet werden"
}


def needs_e(stem):
    """Whether an e goes before t and st: arbeitet, öffnet, zeichnet, but wohnt, lernt, kommt."""
    return bool(re.search("([dt]|[^aeiouäöülrhmn][mn]|ch[mn])$", stem))


def inflect_modal(infinitive, singular, pn):
    stem = singular[:-1] if singular.endswith("e") else singular
    return {
        "1s": singular, "2s": singular + ("t" if stem[-1] == "ß" else "st"), "3s": singular,
        "1p": infinitive, "2p": infinitive[:-2] + "t" if infinitive != "möchten" else "möchtet",
        "3p": infinitive
    }[pn]


class Verb:
    """A German verb with its English counterpart, from one line of the table."""

    def __init__(self, text):
        german, english, self.subjects, frame, flags = [part.strip() for part in text.split(" | ")]
        self.reflexive = german.startswith("sich ")
        parts = german.replace("sich ", "").split(",")
        self.prefix, _, self.base = parts[0].rpartition("|")
        self.infinitive = self.prefix + self.base
        self.stem = re.sub("e?n$", "", self.base)
        if len(parts) == 1:
            parts += self.regular()
        _, self.third, self.preterite, participle = parts
        self.auxiliary = SEIN if participle.startswith("+") else HABEN
        self.participle = participle.lstrip("+")
        self.flags = flags
        words = english.split()
        self.en, _, self.en_rest = words[0].replace("_", " ").partition(" ")
        self.en_past = words[1] if len(words) > 1 else english_past(self.en)
        self.en_participle = words[2] if len(words) > 2 else self.en_past
        self.slots, self.place_kind = [], ""
        for word in frame.split():
            if "=" in word:
                role, first = word.split("=")
                self.slots.append((role, [first]))
            elif word.islower() and self.slots:
                self.slots[-1][1].append(word)
            elif word != "-":
                self.place_kind = word

    def regular(self):
        e = "e" if needs_e(self.stem) else ""
        bare = re.match("(be|er|ver|ent|ge)", self.base) or self.base.endswith("ieren")
        ge = "" if bare else "ge"
        return [self.stem + e + "t", self.stem + e + "te", self.prefix + ge + self.stem + e + "t"]

    def present(self, pn):
        if self.base in SPECIAL:
            return SPECIAL[self.base].split()[PERSONS.index(pn)]
        if not self.third.endswith("t"):  # wissen
            return inflect_modal(self.base, self.third, pn)
        if pn == "2s":
            keeps_t = self.stem.endswith("t") and self.third[-2] != "e"  # du hältst
            root = self.third if keeps_t else self.third[:-1]
            return root + ("t" if root[-1] in "sßzx" else "st")
        if pn == "1s":
            return self.stem + "e"
        return {
            "3s": self.third, "1p": self.base, "3p": self.base,
            "2p": self.stem + ("et" if needs_e(self.stem) else "t")
        }[pn]

    def past(self, pn):
        if pn in ("1s", "3s"):
            return self.preterite
        e = "" if self.preterite.endswith("e") else "e"
        return self.preterite + {"2s": "st", "1p": e + "n", "2p": "t", "3p": e + "n"}[pn]

    def imperative(self):
        """The du form: gib, lies, but lauf; arbeite, öffne, but mach."""
        root = self.third[:-1]
        if root not in (self.stem, self.stem + "e") and "ä" not in root:
            return root
        return self.stem + ("e" if needs_e(self.stem) or self.base.endswith("ern") else "")

    def zu_infinitive(self):
        return self.prefix + "zu" + self.base if self.prefix else "zu " + self.base


DOUBLED = "stop plan shop run sit swim get put begin forget".split()


def english_past(verb):
    if verb.endswith("e"):
        return verb + "d"
    if re.search("[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    return verb + (verb[-1] if verb in DOUBLED else "") + "ed"


def english_third(verb):
    if verb in ("be", "have"):
        return dict(be="is", have="has")[verb]
    if re.search("[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + ("es" if re.search("(s|x|ch|sh|o)$", verb) else "s")


def english_ing(verb):
    if verb in DOUBLED:
        return verb + verb[-1] + "ing"
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    return (verb[:-1] if re.search("[^e]e$", verb) and verb != "be" else verb) + "ing"


HABEN = SEIN = None  # the auxiliaries are verbs themselves
HABEN = Verb("haben,hat,hatte,gehabt | have had | p | - | -")
SEIN = Verb("sein,ist,war,+gewesen | be was been | p | - | -")
WERDEN = Verb("werden,wird,wurde,+geworden | become became become | p | - | -")
HUNGRY = Verb("haben,hat,hatte,gehabt | be was been | p | - | -")  # Hunger haben, Recht haben
WEIGH = Verb("wiegen,wiegt,wog,gewogen | weigh | t | - | -")
COST = Verb("kosten,kostet,kostete,gekostet | cost cost | t | - | -")
LAST = Verb("dauern,dauert,dauerte,gedauert | last | e | - | -")
LIKE_DE = Verb("gefallen,gefällt,gefiel,gefallen | please | t | - | -")
LIKE_EN = Verb("mögen,mag,mochte,gemocht | like | p | - | -")
BELONG = Verb("gehören | belong | t | - | -")
VERB_TABLE = [Verb(line) for line in VERBS.strip().split("\n")]
VERB = {verb.infinitive: verb for verb in reversed(VERB_TABLE)}  # the first of two equal ones
ADJECTIVE_TABLE = [Adjective(text) for text in lines(ADJECTIVES)]
ADJECTIVE = {a.de: a for a in ADJECTIVE_TABLE}
NOUN_TABLE = {cls: [Noun(text, cls) for text in lines(table)] for cls, table in NOUNS.items()}


def compound_nouns():
    for cls, heads, modifiers in COMPOUNDS:
        for head in lines(heads):
            german, gender, plural, english = head.split(maxsplit=3)
            for modifier in modifiers.split():
                link, meaning = modifier.split("=")
                yield Noun(f"{link}{german} {gender} {plural} {meaning} {english}", cls)


for _noun in compound_nouns():
    NOUN_TABLE[_noun.cls].append(_noun)
NOUN = {noun.lemma: noun for table in NOUN_TABLE.values() for noun in table}
