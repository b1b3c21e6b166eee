"""Word links: invisible signs that words carry from where they are drawn to the finished sentence.

A sign is a character of the supplementary private use areas before a word; words of both languages
with the same sign are linked. Words that are put together ("im") carry the signs of both.
"""

import itertools
import re

SURE, POSSIBLE, SIZE = 0xF0000, 0x100000, 0xFFF0
UNLINKED = chr(SURE + SIZE)  # a word that has no counterpart
OPEN = chr(SURE + SIZE + 1)  # a word that has signs and may get more
SIGNS = "\U000F0000-\U0010FFFD"
_SIGNS = re.compile(f"[{SIGNS}]")
_WORD = re.compile("[^ ]+")
_numbers = itertools.count()


def plain(text):
    """The text without signs."""
    return _SIGNS.sub("", text)


def new_sign():
    return chr(SURE + next(_numbers) % SIZE)


def possible(sign):
    """The same link, but one that may as well be missing."""
    return chr(ord(sign) - SURE + POSSIBLE)


def mark(sign, text):
    """The text with the sign on each of its words."""
    return _WORD.sub(lambda word: sign + word.group(), text)


def is_free(word):
    """Whether a word may still get a counterpart: a letter or digit, and no sign."""
    return OPEN in word or not _SIGNS.search(word) and any(c.isalnum() for c in word)


def tie(german, english):
    """The pair, with links between the words that have none.

    As many in both languages belong together in their order; one belongs to all of the other's;
    else any of them may belong to any.
    """
    count = [sum(map(is_free, text.split())) for text in (german, english)]
    if not all(count):
        return german, english
    if count[0] == count[1]:
        signs = [new_sign() for _ in range(count[0])]
    else:
        sign = new_sign()
        signs = itertools.repeat(sign if min(count) == 1 else possible(sign))
    return _mark_free(german, iter(signs)), _mark_free(english, iter(signs))


def _mark_free(text, signs):
    def marked(word):
        word = word.group()
        return next(signs) + word.replace(OPEN, "") if is_free(word) else word

    return _WORD.sub(marked, text)


def _signs_of(word):
    """{number: whether it is sure} of the links that a word has."""
    signs = [ord(sign) for sign in _SIGNS.findall(word) if sign not in (UNLINKED, OPEN)]
    return {sign - (SURE if sign < POSSIBLE else POSSIBLE): sign < POSSIBLE for sign in signs}


def links(german, english):
    """(i, j, whether it is sure) of all links of two finished sentences, in their order.

    A link is sure when both words say so.
    """
    found = []
    english_signs = [_signs_of(word) for word in english.split()]
    for i, word in enumerate(german.split()):
        own = _signs_of(word)
        for j, theirs in enumerate(english_signs):
            common = own.keys() & theirs.keys()
            if common:
                found.append((i, j, any(own[number] and theirs[number] for number in common)))
    return found


def pharaoh(found):
    """A line of the Pharaoh format, 0-0 2-1; a possible link is 0p0."""
    return " ".join(f"{i}{'-' if sure else 'p'}{j}" for i, j, sure in found)
