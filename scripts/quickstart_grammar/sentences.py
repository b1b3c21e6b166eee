"""The kinds of sentences and how often each is drawn."""

import re

from .clause import capital, squeeze
from .descriptions import (belongs, compare, describe, listing, passive, pleases, since,
                           superlative, there_is)
from .links import SIGNS, links, plain
from .quantities import measures, prices
from .questions import command, question, quotation, small_question
from .statements import (because, gladly, if_then, in_which, indirect_question, judgement, modal,
                         purpose, statement, that, to_infinitive, two_main, when, with_relative)

KINDS = [(statement, 250), (modal, 80), (gladly, 18), (because, 100), (when, 90), (if_then, 60),
         (that, 60), (indirect_question, 32), (two_main, 70), (with_relative, 95), (in_which, 18),
         (to_infinitive, 32), (purpose, 36), (judgement, 14), (question, 70), (small_question, 8),
         (command, 28), (quotation, 40), (describe, 22), (compare, 25), (superlative, 14),
         (pleases, 20), (belongs, 12), (there_is, 14), (since, 20), (passive, 35), (listing, 28),
         (prices, 20), (measures, 48)]


def sentence(r):
    """One (German, English) pair."""
    german, english, _ = linked_sentence(r)
    return german, english


def linked_sentence(r):
    """One (German, English, links) triple; the links are those of links.links()."""
    german, english = r.weighted(KINDS)(r)
    german = re.sub(",([.?!])", r"\1", german.replace(",,", ","))  # a relative clause at the end
    german, english = capital(squeeze(german)), capital(with_dates(english))
    return plain(german), plain(english), links(german, english)


def with_dates(english):
    """A finished sentence without double periods, and with the commas of dates."""
    english = english.replace(".m..", ".m.")
    # on March 3, 2021, in Vienna
    return re.sub(rf"(\d, [{SIGNS}]*\d{{4}}) ", r"\1, ", english)
