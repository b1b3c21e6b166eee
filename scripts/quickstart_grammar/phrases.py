"""Phrases that stand where a noun can stand, in both languages."""

from .lexicon import PRONOUNS
from .morphology import DEF, DIES, EIN, MIXED, RELATIVE, STRONG, WEAK, a_or_an, ending


# A phrase answers de(case) and en(role: s subject, o object, p possessive); `key` is its pronoun.
class Pronoun:
    is_pronoun, definite, relative = True, True, None

    def __init__(self, key):
        self.key, self.pn = key, PRONOUNS[key][8]

    def de(self, case):
        return PRONOUNS[self.key]["NAD".index(case)]

    def en(self, role="s"):
        return PRONOUNS[self.key][4 + "sop".index(role)]


class Plain:
    """A fixed phrase: a name, names joined, a quantity."""

    is_pronoun, definite, relative = False, True, None

    def __init__(self, de, en, key):
        self.german, self.english, self.key = de, en, key
        self.pn = "3p" if key == "pl" else "3s"

    def de(self, case):
        herr = self.german.startswith("Herr ") and case != "N"
        return self.german.replace("Herr ", "Herrn ") if herr else self.german

    def en(self, role="s"):
        return self.english + ("'s" if role == "p" else "")


class Joined:
    is_pronoun, definite, relative, pn, key = False, True, None, "3p", "pl"

    def __init__(self, parts, words=("und", "and"), prefixes=("", "")):
        self.parts, self.words, self.prefixes = parts, words, prefixes

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
        return ending(RELATIVE, case, self.head.agreement())

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
        self.adjectives = [a if isinstance(a, tuple) else (a, 0) for a in adjectives]
        self.number = more.get("number")
        self.owner_phrase = more.get("owner_phrase")
        self.tail = more.get("tail")  # a (German, English) phrase after the noun
        self.relative = None  # a (German, English) relative clause
        self.key = "pl" if plural else dict(m="er", f="sie", n="es")[noun.gender]
        self.pn = "3p" if plural else "3s"

    @property
    def definite(self):
        return self.det not in ("indef", "bare", "kein")

    def agreement(self):
        return "p" if self.plural else self.noun.gender

    def german_determiner(self, case):
        gender = self.agreement()
        if self.det == "name":
            return self.owner_phrase.german + "s", STRONG
        if self.det == "def":
            return ending(DEF, case, gender), WEAK
        if self.det in ("dem", "jed"):
            return dict(dem="dies", jed="jed")[self.det] + ending(DIES, case, gender), WEAK
        if self.det == "bare":
            return "", STRONG
        stem = dict(indef="ein", kein="kein").get(self.det) or PRONOUNS[self.det][7]
        return stem + ending(EIN, case, gender), MIXED

    def german_number(self, case):
        number = self.number[0] if self.number else ""
        if number in ("viele", "einige", "mehrere"):
            number = number[:-1] + ending(STRONG, case, "p")
        return number

    def de(self, case):
        det, table = self.german_determiner(case)
        words = [det, self.german_number(case)]
        words += [a.attributive(table, case, self.agreement(), d) for a, d in self.adjectives]
        words.append(self.noun.de(case, self.plural))
        if self.owner_phrase and self.det != "name":
            words.append(self.owner_phrase.de("G"))
        if self.tail:
            words.append(self.tail[0])
        return " ".join(word for word in words if word)

    def en(self, role="s"):
        words = [self.number[1]] if self.number else []
        words += [a.en_degrees[d] for a, d in self.adjectives]
        words.append(self.noun.en_plural if self.plural else self.noun.en)
        text = " ".join(words)
        owner = self.owner_phrase
        if owner and owner.en("p"):
            text = owner.en("p") + " " + text
        elif self.det == "kein":
            text = (("no " +
                     text) if role == "s" else a_or_an(text) if self.countable() else "any " + text)
        elif self.det == "indef":
            text = a_or_an(text)
        elif self.det in PRONOUNS:
            text = PRONOUNS[self.det][6] + " " + text
        elif self.det != "bare":
            demonstrative = "these" if self.plural else "this"
            text = {"def": "the", "dem": demonstrative, "jed": "every"}[self.det] + " " + text
        if owner and not owner.en("p"):
            text += " of " + owner.en("o")
        if self.tail:
            text += " " + self.tail[1]
        if role == "p":
            if self.noun.cls not in ("pers", "kin", "anim"):
                return ""  # a thing owns with "of"
            text += "'" if text.endswith("s") else "'s"
        return text

    def countable(self):
        return not self.plural and not self.noun.mass


CONTRACTIONS = {
    "in dem": "im", "in das": "ins", "an dem": "am", "an das": "ans", "zu dem": "zum",
    "zu der": "zur", "von dem": "vom", "bei dem": "beim"
}


def with_preposition(preposition, phrase, case):
    text = preposition + " " + phrase.de(case)
    if getattr(phrase, "det", "") == "def":
        for long, short in CONTRACTIONS.items():
            if text.startswith(long + " "):
                return short + text[len(long):]
    return text
