"""Clauses: German verb-second, verb-first and verb-final order, English order and do-support."""

import re

from .lexicon import PRONOUNS
from .morphology import WERDEN, english_ing, english_third, inflect_modal
from .phrases import with_preposition


def squeeze(text):
    return re.sub(" +", " ", text).strip()


class Clause:
    """One finite clause, rendered in both languages in any of their word orders.

    tense: pres, prog (gerade), fut, past, pp (schon: present perfect), since, plup. slots: a list
    of (role, phrase), the role being A, D or `preposition/case/english`. The adverbials are
    (German, English) pairs. `relative` names the slot that a relative or question word fills.
    """

    PAIRS = ("time", "place", "manner", "frequency", "adverb", "company", "reason", "direction",
             "predicate", "benefit")

    def __init__(self, verb, subject, tense, slots=(), **more):
        self.verb, self.subject, self.tense, self.slots = verb, subject, tense, list(slots)
        for name in self.PAIRS:
            setattr(self, name, more.get(name))
        self.modal, self.negative = more.get("modal"), more.get("negative", False)
        self.perfect = more.get("perfect", False)  # the German past is a perfect, not a preterite
        self.werden, self.passive = more.get("werden", False), more.get("passive", False)
        self.gladly, self.relative, self.front = more.get("gladly", False), None, ""

    # German -----------------------------------------------------------------------------------
    def german_verbs(self):
        """(finite verb, rest at the end of a main clause, all verbs of a verb-final clause)."""
        verb, pn = self.verb, self.subject.pn
        end = verb.participle + " werden" if self.passive else verb.infinitive
        past = self.tense == "past"
        if self.modal:
            name, singular, preterite = self.modal
            finite = inflect_modal(name, singular, pn)
            if past:
                finite = preterite + {"1p": "n", "3p": "n", "2s": "st", "2p": "t"}.get(pn, "")
        elif self.tense == "fut" and self.werden:
            finite = WERDEN.present(pn)
        elif self.passive:
            finite, end = (WERDEN.past(pn) if past else WERDEN.present(pn)), verb.participle
        elif self.tense in ("pp", "plup") or (past and self.perfect):
            finite = verb.auxiliary.past(pn) if self.tense == "plup" else verb.auxiliary.present(pn)
            end = verb.participle
        else:
            finite = verb.past(pn) if past else verb.present(pn)
            return finite, verb.prefix, verb.prefix + finite
        return finite, end, end + " " + finite

    def german_slot(self, role, phrase):
        if role in ("A", "D"):
            return phrase.de(role)
        preposition, case, _ = role.split("/")
        return with_preposition(preposition, phrase, case)

    def negated_by_kein(self):
        return any(getattr(phrase, "det", "") == "kein" for _, phrase in self.slots)

    def german_middle(self):
        """The middle field: [(name, text)], in order."""
        subject = [("subject", self.subject.de("N"))]
        if self.subject.relative:
            subject = [("subject", subject[0][1] + ", " + self.subject.relative[0] + ",")]
        if self.verb.reflexive:
            reflexive = ("reflexive", PRONOUNS[self.subject.key][3])
            subject.insert(1 if self.subject.is_pronoun or self.front == "subject" else 0,
                           reflexive)
        pronouns, datives, definite, indefinite, prepositional = [], [], [], [], []
        for role, phrase in self.slots:
            group = (prepositional if "/" in role else
                     (pronouns if phrase.is_pronoun else
                      datives if role == "D" else definite if phrase.definite else indefinite))
            group.append((role, self.german_slot(role, phrase)))
        pair = {
            name: [(name, getattr(self, name)[0])] if getattr(self, name) else []
            for name in self.PAIRS
        }
        yet = "noch" if self.negated_by_kein() else "noch nicht"
        particle = {"prog": "gerade", "pp": yet if self.negative else "schon"}.get(self.tense, "")
        nicht = ([("nicht", "nicht")]
                 if self.negative and not self.negated_by_kein() and self.tense != "pp" else [])
        late = [("particle", particle)] if self.tense == "pp" else []
        early = [("particle", particle)] if self.tense == "prog" else []
        gern = [("gern", "gern")] if self.gladly else []
        times = pair["time"] + pair["reason"]
        after_time = times if self.negative else []
        before_time = [] if self.negative else times
        return (subject + pronouns + before_time + pair["adverb"] + early + pair["frequency"] +
                gern + datives + definite + after_time + late + nicht + pair["manner"] +
                pair["company"] + pair["place"] + pair["benefit"] + indefinite + prepositional +
                pair["direction"] + pair["predicate"])

    def trailing_relatives(self):
        return "".join(", " + phrase.relative[0] for _, phrase in self.slots if phrase.relative)

    def german_main(self, front=""):
        """Verb second with `front` first; without one, verb first (questions)."""
        self.front = front
        finite, end, _ = self.german_verbs()
        middle = self.german_middle()
        first = [text for name, text in middle if name == front]
        rest = [text for name, text in middle if name != front]
        return self.assemble(first + [finite] + rest + [end])

    def german_final(self, conjunction=""):
        """Verb last, after a conjunction or the relative word of the clause."""
        middle = self.german_middle()
        first = [text for name, text in middle if name == self.relative]
        rest = [text for name, text in middle if name != self.relative]
        return self.assemble([conjunction] + first + rest + [self.german_verbs()[2]])

    def german_infinitive(self, opening=""):
        """The zu infinitive, without the subject."""
        self.front = "subject"
        rest = [text for name, text in self.german_middle() if name != "subject"]
        return self.assemble([opening] + rest + [self.verb.zu_infinitive()])

    def assemble(self, words):
        return " ".join(word for word in words if word) + self.trailing_relatives()

    # English ----------------------------------------------------------------------------------
    def english_be(self, past=False):
        if self.subject.key == "ich":
            return "was" if past else "am"
        third = self.subject.pn == "3s"
        return ("was" if third else "were") if past else ("is" if third else "are")

    def english_lexical(self, base, past_form):
        """(auxiliary, rest, plain form); a do form is the auxiliary where there is no other."""
        past = self.tense in ("past",)
        first, _, rest = base.partition(" ")
        third = self.subject.pn == "3s"
        if first == "be":
            return self.english_be(past), rest, None
        if self.tense in ("pp", "since"):
            return "has" if third else "have", past_form, None
        if past:
            return "did", base, past_form
        return (("does", base, (english_third(first) + " " + rest).strip()) if third else
                ("do", base, base))

    def english_verbs(self):
        verb = self.verb
        base = (verb.en + " " + verb.en_rest).strip()
        past = (verb.en_past + " " + verb.en_rest).strip()
        participle = (verb.en_participle + " " + verb.en_rest).strip()
        third = self.subject.pn == "3s"
        if self.passive:
            if not self.modal and self.tense != "fut":
                return self.english_be(self.tense == "past"), participle, None
            base, past = "be " + participle, ""
        if self.modal:
            return self.english_modal(base)
        if self.gladly:
            return self.english_lexical("like to " + base, "liked to " + base)
        if self.tense == "fut":
            return "will", base, None
        if self.tense == "prog":
            return self.english_be(), (english_ing(verb.en) + " " + verb.en_rest).strip(), None
        if self.tense == "plup":
            return "had", participle, None
        have = "has" if third else "have"
        if self.tense == "since" and "g" in verb.flags:
            return have, squeeze(f"been {english_ing(verb.en)} {verb.en_rest}"), None
        if self.tense in ("pp", "since"):
            return have, participle, None
        return self.english_lexical(base, past)

    def english_modal(self, base):
        name, past = self.modal[0], self.tense == "past"
        if name == "können":
            return (self.english_be(past), "able to " + base, None) if past else ("can", base, None)
        if name == "sollen":
            return "should", base, None
        if name == "möchten":
            return "would", "like to " + base, None
        if name == "dürfen":
            return self.english_be(past), "allowed to " + base, None
        forms = dict(müssen=("have to", "had to"), wollen=("want to", "wanted to"))[name]
        return self.english_lexical(f"{forms[0]} {base}", f"{forms[1]} {base}")

    def english_statement_verb(self):
        auxiliary, rest, plain = self.english_verbs()
        middle = self.frequency[1] if self.frequency else ""
        if self.tense == "pp" and not self.negative:
            middle = "already"
        if self.adverb and self.adverb[1] == "probably":
            middle = "probably"
        if not self.negative:
            return f"{auxiliary} {middle} {rest}" if plain is None else f"{middle} {plain}"
        return f"{auxiliary} not {rest}".replace("can not", "cannot")

    def english_body(self, skip=()):
        """All that follows the verb, without the parts named in `skip`."""
        words = [self.predicate[1]] if self.predicate else []
        slots = [(role, phrase) for role, phrase in self.slots if role != self.relative]
        datives = [phrase.en("o") for role, phrase in slots if role == "D"]
        objects = [self.english_object(phrase) for role, phrase in slots if role == "A"]
        late = objects and "t" in self.verb.flags
        words += objects + ["to " + text for text in datives] if late else datives + objects
        for role, phrase in self.slots:
            if "/" in role:  # a relative pronoun leaves its preposition behind
                words.append(
                    role.split("/")[2] + " " +
                    (self.english_object(phrase) if role != self.relative else ""))
        for name in ("direction", "benefit", "manner", "company", "place", "time", "reason"):
            if getattr(self, name) and name not in skip:
                words.append(getattr(self, name)[1])
        if self.tense == "pp" and self.negative:
            words.append("yet")
        return " ".join(words)

    def english_object(self, phrase):
        return phrase.en("o") + (" " + phrase.relative[1] if phrase.relative else "")

    def english(self, front="", conjunction=""):
        """A statement, a subordinate or a relative clause; `front` is what German fronts."""
        opening = getattr(self, front)[1] + "," if front in ("time", "place", "reason") else ""
        if self.adverb and self.adverb[1] != "probably":
            opening = (self.adverb[1] + " " + opening).strip()
        subject = "" if self.relative == "subject" else self.subject.en("s")
        if self.subject.relative:
            subject += " " + self.subject.relative[1]
        return squeeze(f"{opening} {conjunction} {subject} {self.english_statement_verb()} "
                       f"{self.english_body((front,))}")

    def english_question(self, word=""):
        auxiliary, rest, _ = self.english_verbs()
        no = "not" if self.negative else ""
        return squeeze(
            f"{word} {auxiliary} {self.subject.en('s')} {no} {rest} {self.english_body()}")

    def english_infinitive(self):
        return squeeze(f"{self.verb.en} {self.verb.en_rest} {self.english_body()}")
