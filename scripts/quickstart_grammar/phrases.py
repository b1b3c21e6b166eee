"""Phrases that stand where a noun can stand, in both languages."""

from .lexicon import PRONOUNS
from .links import OPEN, UNLINKED, mark, new_sign, plain, tie
from .morphology import DEF, DIES, EIN, MIXED, RELATIVE, STRONG, WEAK, a_or_an, ending


# A phrase answers de(case) and en(role: s subject, o object, p possessive); `key` is its pronoun.
class Pronoun:
    is_pronoun, definite, relative = True, True, None

    def __init__(self, key):
        self.key, self.pn, self.sign = key, PRONOUNS[key][8], new_sign()

    def de(self, case):
        return mark(self.sign, PRONOUNS[self.key]["NAD".index(case)])

    def en(self, role="s"):
        return mark(self.sign, PRONOUNS[self.key][4 + "sop".index(role)])


class Plain:
    """A fixed phrase: a name, names joined, a quantity."""

    is_pronoun, definite, relative = False, True, None

    def __init__(self, de, en, key):
        self.german, self.english, self.key = de, en, key
        self.pn = "3p" if key == "pl" else "3s"
        self.tied = None

    def pair(self):
        """Both texts with their links, which are the same at each call."""
        if self.tied is None:
            self.tied = tie(self.german, self.english)
        return self.tied

    def de(self, case):
        herr = self.german.startswith("Herr ") and case != "N"
        german = self.pair()[0]
        return german.replace("Herr ", "Herrn ") if herr else german

    def en(self, role="s"):
        return self.pair()[1] + ("'s" if role == "p" else "")


class Joined:
    is_pronoun, definite, relative, pn, key = False, True, None, "3p", "pl"

    def __init__(self, parts, words=("und", "and"), prefixes=("", "")):
        self.parts, self.words, self.prefixes = parts, tie(*words), tie(*prefixes)

    def join(self, texts, language):
        head = ", ".join(texts[:-1])
        comma = "," if language and len(texts) > 2 else ""  # English lists have the serial comma
        return f"{self.prefixes[language]}{head}{comma} {self.words[language]} {texts[-1]}"

    def de(self, case):
        return self.join([part.de(case) for part in self.parts], 0)

    def en(self, role="s"):
        return self.join([part.en("o") for part in self.parts], 1)


class Relative:
    """The relative pronoun that stands for `head` in its clause."""

    is_pronoun, definite, relative = True, True, None

    def __init__(self, head, english):
        self.head, self.english, self.key, self.pn = head, english, head.key, head.pn

    def de(self, case):
        return ending(RELATIVE, case, self.head.agreement())  # its clause ties it to the English

    def en(self, role="s"):
        return self.english


class NounPhrase:
    """Determiner, adjectives, noun, and what follows the noun.

    det: def, indef, bare, kein, dem (dieser), jed, or a phrase's key with owner set (mein, sein);
    number: a (German, English) pair before the adjectives; owner_phrase: a possessor.
    """

    is_pronoun = False

    def __init__(self, noun, det="def", adjectives=(), plural=False, **more):
        self.noun, self.det, self.plural = noun, det, plural
        self.signs = {}
        self.adjectives = [a if isinstance(a, tuple) else (a, 0) for a in adjectives]
        self.number = more.get("number")
        self.owner_phrase = more.get("owner_phrase")
        self.tail = more.get("tail")  # a (German, English) phrase after the noun
        self.relative = None  # a (German, English) relative clause
        self.key = "pl" if plural else dict(m="er", f="sie", n="es")[noun.gender]
        self.pn = "3p" if plural else "3s"

    def mark(self, part, text):
        """The text with the sign of a part of the phrase: det, number, noun, tail or an index."""
        return mark(self.signs.setdefault(part, new_sign()), text)

    def tied_tail(self, language):
        if "tail" not in self.signs:
            self.signs["tail"] = tie(*self.tail)
        return self.signs["tail"][language]

    @property
    def definite(self):
        return self.det not in ("indef", "bare", "kein")

    def agreement(self):
        return "p" if self.plural else self.noun.gender

    def german_determiner(self, case):
        gender = self.agreement()
        if self.det == "name":
            return self.owner_phrase.de("N") + "s", STRONG
        if self.det == "def":
            return self.german_article(case), WEAK
        if self.det in ("dem", "jed"):
            stem = dict(dem="dies", jed="jed")[self.det]
            return self.mark("det", stem + ending(DIES, case, gender)), WEAK
        if self.det == "bare":
            return "", STRONG
        stem = dict(indef="ein", kein="kein").get(self.det) or PRONOUNS[self.det][7]
        return self.mark("det", stem + ending(EIN, case, gender)), MIXED

    def german_article(self, case):
        article = ending(DEF, case, self.agreement())
        # "the old teacher's car" has no word for the article of the car
        has_own = not (self.owner_phrase and self.owner_phrase.en("p"))
        return self.mark("det", article) if has_own else mark(UNLINKED, article)

    def german_number(self, case):
        number = self.number[0] if self.number else ""
        if number in ("viele", "einige", "mehrere"):
            number = number[:-1] + ending(STRONG, case, "p")
        return self.mark("number", number)

    def de(self, case):
        det, table = self.german_determiner(case)
        words = [det, self.german_number(case)]
        words += [
            self.mark(i, a.attributive(table, case, self.agreement(), d))
            for i, (a, d) in enumerate(self.adjectives)
        ]
        words.append(self.mark("noun", self.noun.de(case, self.plural)))
        if self.owner_phrase and self.det != "name":
            words.append(self.owner_phrase.de("G"))
        if self.tail:
            words.append(self.tied_tail(0))
        return " ".join(word for word in words if word)

    def en(self, role="s"):
        words = [self.mark("number", self.number[1])] if self.number else []
        words += [self.mark(i, a.en_degrees[d]) for i, (a, d) in enumerate(self.adjectives)]
        words.append(self.mark("noun", self.noun.en_plural if self.plural else self.noun.en))
        text = " ".join(words)
        owner = self.owner_phrase
        if owner and owner.en("p"):
            text = owner.en("p") + " " + text
        elif self.det != "bare":
            text = self.mark("det", self.english_determiner(text, role)) + " " + text
        if owner and not owner.en("p"):
            text += f" {mark(UNLINKED, 'of')} {owner.en('o')}"
        if self.tail:
            text += " " + self.tied_tail(1)
        if role == "p":
            if self.noun.cls not in ("pers", "kin", "anim"):
                return ""  # a thing owns with "of"
            text += "'" if text.endswith("s") else "'s"
        return text

    def english_determiner(self, text, role):
        if self.det == "indef" or self.det == "kein" and role != "s" and self.countable():
            return a_or_an(text)
        if self.det == "kein":
            return "no" if role == "s" else "any"
        if self.det in PRONOUNS:
            return PRONOUNS[self.det][6]
        demonstrative = "these" if self.plural else "this"
        return {"def": "the", "dem": demonstrative, "jed": "every"}[self.det]

    def countable(self):
        return not self.plural and not self.noun.mass


CONTRACTIONS = {
    "in dem": "im", "in das": "ins", "an dem": "am", "an das": "ans", "zu dem": "zum",
    "zu der": "zur", "von dem": "vom", "bei dem": "beim"
}


def with_preposition(preposition, phrase, case):
    german = phrase.de(case)
    if getattr(phrase, "det", "") == "def":
        article, _, rest = german.partition(" ")
        short = CONTRACTIONS.get(f"{preposition} {plain(article)}")
        if short:  # a word for two, of which the article has its sign
            return f"{OPEN}{article[:-len(plain(article))]}{short} {rest}"
    return f"{preposition} {german}"
