"""Clauses: German verb-second, verb-first and verb-final order, English order and do-support."""

import re

from .lexicon import PRONOUNS
from .links import OPEN, SIGNS, UNLINKED, mark, new_sign, possible, tie
from .morphology import WERDEN, english_ing, english_third, inflect_modal
from .phrases import with_preposition


def squeeze(text):
    return re.sub(" +", " ", text).strip()


def capital(text):
    at = re.match(f'[„"{SIGNS}]*', text).end()
    return text[:at] + text[at].upper() + text[at + 1:]


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
        self.signs, self.tied = {}, {}

    # Links ------------------------------------------------------------------------------------
    def mark(self, part, text):
        """The text with the sign of a part of the clause (verb, help, modal, not, ...)."""
        return mark(self.signs.setdefault(part, new_sign()), text)

    def maybe(self, part, text):
        """The same, with links that may as well be missing."""
        return mark(possible(self.signs.setdefault(part, new_sign())), text)

    def pair(self, name):
        """An adverbial in both languages, with its links, the same at each call."""
        pair = getattr(self, name)
        if pair not in self.tied:
            self.tied[pair] = tie(*pair)
        return self.tied[pair]

    def mark_last(self, count, text, part):
        """The last words are the verb's; those before them belong to another part."""
        words = text.split()
        at = max(0, len(words) - count)
        before = [self.help_word(word, part) for word in words[:at]]
        return " ".join(before + [self.mark("verb", word) for word in words[at:]])

    def help_word(self, word, part):
        """A word that helps the verb; `do` and what has no counterpart in German belongs to it."""
        if part == "modal" or part == "gladly":
            return self.maybe(part, word) if word in ("do", "does", "did") else self.mark(part, word)
        if part == "help" and self.passive and word == "be":
            return self.mark("be", word)
        return self.mark("help", word) if part == "help" else self.maybe("verb", word)

    def english_part(self):
        """What the English words before the verb correspond to."""
        if self.modal:
            return "modal"
        if self.gladly:
            return "gladly"
        has_helper = (self.passive or self.tense in ("pp", "plup") or
                      (self.tense == "fut" and self.werden))
        return "help" if has_helper else "verb"

    # German -----------------------------------------------------------------------------------
    def german_verbs(self):
        """(finite verb, rest at the end of a main clause, all verbs of a verb-final clause)."""
        verb, pn = self.verb, self.subject.pn
        end = self.mark("verb", verb.infinitive)
        if self.passive:
            end = self.mark("verb", verb.participle) + " " + self.mark("be", "werden")
        past = self.tense == "past"
        if self.modal:
            name, singular, preterite = self.modal
            finite = inflect_modal(name, singular, pn)
            if past:
                finite = preterite + {"1p": "n", "3p": "n", "2s": "st", "2p": "t"}.get(pn, "")
            finite = self.mark("modal", finite)
        elif self.tense == "fut" and self.werden:
            finite = self.mark("help", WERDEN.present(pn))
        elif self.passive:
            finite = self.mark("help", WERDEN.past(pn) if past else WERDEN.present(pn))
            end = self.mark("verb", verb.participle)
        elif self.tense in ("pp", "plup") or (past and self.perfect):
            finite = verb.auxiliary.past(pn) if self.tense == "plup" else verb.auxiliary.present(pn)
            finite = self.maybe("verb", finite) if past else self.mark("help", finite)
            end = self.mark("verb", verb.participle)
        else:
            finite = verb.past(pn) if past else verb.present(pn)
            return tuple(
                self.mark("verb", text) for text in (finite, verb.prefix, verb.prefix + finite))
        return finite, end, end + " " + finite

    def german_slot(self, role, phrase):
        if role in ("A", "D"):
            return phrase.de(role)
        preposition, case, english = role.split("/")
        german = with_preposition(preposition, phrase, case)
        if not english:
            return german
        first, _, rest = german.partition(" ")
        return self.mark(role, first.replace(OPEN, "")) + " " + rest

    def negated_by_kein(self):
        return any(getattr(phrase, "det", "") == "kein" for _, phrase in self.slots)

    def german_middle(self):
        """The middle field: [(name, text)], in order."""
        subject = [("subject", self.subject.de("N"))]
        if self.subject.relative:
            subject = [("subject", subject[0][1] + ", " + self.subject.relative[0] + ",")]
        if self.verb.reflexive:
            reflexive = ("reflexive", self.maybe("verb", PRONOUNS[self.subject.key][3]))
            subject.insert(1 if self.subject.is_pronoun or self.front == "subject" else 0,
                           reflexive)
        pronouns, datives, definite, indefinite, prepositional = [], [], [], [], []
        for role, phrase in self.slots:
            group = (prepositional if "/" in role else
                     (pronouns if phrase.is_pronoun else
                      datives if role == "D" else definite if phrase.definite else indefinite))
            group.append((role, self.german_slot(role, phrase)))
        pair = {
            name: [(name, self.pair(name)[0])] if getattr(self, name) else []
            for name in self.PAIRS
        }
        yet = self.mark("already", "noch")
        if not self.negated_by_kein():
            yet += " " + self.mark("not", "nicht")
        particle = {
            "prog": self.maybe("verb", "gerade"),
            "pp": yet if self.negative else self.mark("already", "schon")
        }.get(self.tense, "")
        nicht = ([("nicht", self.mark("not", "nicht"))]
                 if self.negative and not self.negated_by_kein() and self.tense != "pp" else [])
        late = [("particle", particle)] if self.tense == "pp" else []
        early = [("particle", particle)] if self.tense == "prog" else []
        gern = [("gern", self.mark("gladly", "gern"))] if self.gladly else []
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
        to, _, infinitive = self.verb.zu_infinitive().rpartition(" ")
        return self.assemble([opening] + rest + [to, self.mark("verb", infinitive)])

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
        """The same three with their links."""
        auxiliary, rest, plain_form = self.plain_english_verbs()
        part, count = self.english_part(), 1 + len(self.verb.en_rest.split())
        words = rest.split()
        if self.verb.en == "be" and "be" not in words and "been" not in words:
            return self.mark("verb", auxiliary), self.mark_last(count, rest, part), None
        return (self.help_word(auxiliary, part), self.mark_last(count, rest, part),
                plain_form and self.mark_last(count, plain_form, part))

    def plain_english_verbs(self):
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
        middle = self.pair("frequency")[1] if self.frequency else ""
        if self.tense == "pp" and not self.negative:
            middle = self.mark("already", "already")
        if self.adverb and self.adverb[1] == "probably":
            middle = self.pair("adverb")[1]
        if not self.negative:
            return f"{auxiliary} {middle} {rest}" if plain is None else f"{middle} {plain}"
        return re.sub(f"can ([{SIGNS}]*)not", r"\1cannot", f"{auxiliary} {self.english_not()} {rest}")

    def english_not(self):
        """The word not, which German has in kein."""
        for _, phrase in self.slots:
            if getattr(phrase, "det", "") == "kein":
                return phrase.mark("det", "not")
        return self.mark("not", "not")

    def english_body(self, skip=()):
        """All that follows the verb, without the parts named in `skip`."""
        words = [self.pair("predicate")[1]] if self.predicate else []
        slots = [(role, phrase) for role, phrase in self.slots if role != self.relative]
        datives = [phrase.en("o") for role, phrase in slots if role == "D"]
        objects = [self.english_object(phrase) for role, phrase in slots if role == "A"]
        late = objects and "t" in self.verb.flags
        to = mark(UNLINKED, "to")
        words += objects + [f"{to} {text}" for text in datives] if late else datives + objects
        for role, phrase in self.slots:
            if "/" in role:  # a relative pronoun leaves its preposition behind
                words.append(
                    self.mark(role, role.split("/")[2]) + " " +
                    (self.english_object(phrase) if role != self.relative else ""))
        for name in ("direction", "benefit", "manner", "company", "place", "time", "reason"):
            if getattr(self, name) and name not in skip:
                words.append(self.pair(name)[1])
        if self.tense == "pp" and self.negative:
            words.append(self.mark("already", "yet"))
        return " ".join(words)

    def english_object(self, phrase):
        return phrase.en("o") + (" " + phrase.relative[1] if phrase.relative else "")

    def english(self, front="", conjunction=""):
        """A statement, a subordinate or a relative clause; `front` is what German fronts."""
        opening = self.pair(front)[1] + "," if front in ("time", "place", "reason") else ""
        if self.adverb and self.adverb[1] != "probably":
            opening = (self.pair("adverb")[1] + " " + opening).strip()
        subject = "" if self.relative == "subject" else self.subject.en("s")
        if self.subject.relative:
            subject += " " + self.subject.relative[1]
        return squeeze(f"{opening} {conjunction} {subject} {self.english_statement_verb()} "
                       f"{self.english_body((front,))}")

    def english_question(self, word=""):
        auxiliary, rest, _ = self.english_verbs()
        no = self.english_not() if self.negative else ""
        return squeeze(
            f"{word} {auxiliary} {self.subject.en('s')} {no} {rest} {self.english_body()}")

    def english_infinitive(self, form=None):
        verb = self.mark("verb", f"{form or self.verb.en} {self.verb.en_rest}")
        return squeeze(f"{verb} {self.english_body()}")
