"""Seeded parallel text whose right answer is known, and for some the true word links as well.

Every word becomes exactly one piece of the vocabulary, so a token of the model is a word of the text.
"""
import dataclasses
import random
from typing import Callable, NamedTuple

SYMBOLS = tuple("abcdefghijklmn")
RING = SYMBOLS[:8]  # the letters of the recall tasks
FILLER = "."
QUERIES = tuple("?" + letter for letter in RING)
RING_PAIRS = tuple(a + b for a in RING for b in RING)


class Pair(NamedTuple):
    source: list
    target: list
    links: list  # of (source word, target word); empty where no word stands for a word


@dataclasses.dataclass(frozen=True, eq=False)
class Corpus:
    """A kind of text: `make(stream)` draws one pair; equal names give equal text."""

    name: str
    words: tuple
    make: Callable
    has_links: bool = False
    num_train: int = 40000
    num_test: int = 300
    kept_for_test: tuple = ()  # pairs that the test text begins with

    def draw(self):
        """The training and the test pairs; no source of the test is a source of the training."""
        stream = random.Random(self.name)
        test = list(self.kept_for_test)
        while len(test) < self.num_test:
            test.append(self.make(stream))
        unseen = {tuple(pair.source) for pair in test}
        train = []
        while len(train) < self.num_train:
            pair = self.make(stream)
            if tuple(pair.source) not in unseen:
                train.append(pair)
        return train, test


def symbols(stream, shortest=8, longest=14):
    return [stream.choice(SYMBOLS) for _ in range(stream.randint(shortest, longest))]


def copy_pair(stream):
    text = symbols(stream)
    return Pair(text, list(text), [(i, i) for i in range(len(text))])


def copy_ten_pair(stream):
    text = symbols(stream, 10, 10)
    return Pair(text, list(text), [(i, i) for i in range(len(text))])


def reverse_pair(stream):
    text = symbols(stream)
    last = len(text) - 1
    return Pair(text, text[::-1], [(last - t, t) for t in range(len(text))])


def sort_pair(stream):
    """Equal symbols keep their order, though no model can know which of them is which: no links."""
    text = symbols(stream)
    return Pair(text, sorted(text), [])


def chain_pair(stream, hops):
    """?a . and the arrows of a ring of letters ("ab": from a to b) in any order: where `hops` arrows lead from a.

    Key and value are one word, so that one layer of attention is enough for one hop. The question comes first, so that
    a decoder which sees only the first two source words must be told the answer by the encoder. In a ring no letter
    follows itself, so the answer cannot be guessed from the question.
    """
    ring = stream.sample(RING, stream.randint(5, len(RING)))
    arrows = [ring[i] + ring[(i + 1) % len(ring)] for i in range(len(ring))]
    asked = stream.randrange(len(ring))
    stream.shuffle(arrows)
    return Pair(["?" + ring[asked], FILLER] + arrows, [ring[(asked + hops) % len(ring)]], [])


def one_hop_pair(stream):
    return chain_pair(stream, 1)


def two_hop_pair(stream):
    return chain_pair(stream, 2)


def distant_pair(stream, distance):
    """As one hop with three arrows, which stand at least `distance` words after the question, noise between them."""
    keys = stream.sample(RING, 3)
    arrows = [key + stream.choice(RING) for key in keys]
    asked = stream.randrange(len(arrows))
    noise = [stream.choice(SYMBOLS) for _ in range(distance - 2)]
    return Pair(["?" + keys[asked], FILLER] + noise + arrows, [arrows[asked][1]], [])


def far_pair(stream):
    return distant_pair(stream, 100)


def close_pair(stream):
    return distant_pair(stream, 2)


def order_pair(stream):
    """Does A come before B, among other symbols?"""
    text = symbols(stream)
    first, second = sorted(stream.sample(range(len(text)), 2))
    is_before = stream.random() < 0.5
    text[first], text[second] = ("A", "B") if is_before else ("B", "A")
    return Pair(text, ["yes" if is_before else "no"], [])


LEXICON = {
    "subject": {"I": "我", "you": "你", "he": "他", "she": "她", "we": "我们", "they": "他们"},
    "verb": {"love": "爱", "like": "喜欢", "see": "看见", "want": "要", "study": "研究", "know": "知道"},
    "noun": {"books": "书", "cats": "猫", "friends": "朋友", "teachers": "老师", "music": "音乐", "water": "水",
             "machine": "机器", "learning": "学习"},
    "place": {"Beijing": "北京", "Berlin": "柏林", "schools": "学校", "parks": "公园"},
    "time": {"today": "今天", "tomorrow": "明天", "yesterday": "昨天"},
    "particle": {"of": "的", "in": "在"},
}


def lexicon_pair(stream):
    """I love books of teachers in Beijing today -> 我 今天 在 北京 爱 老师 的 书: word for word, in another order."""
    def draw(kind):
        return stream.choice(list(LEXICON[kind].items()))

    particles = {english: (english, chinese) for english, chinese in LEXICON["particle"].items()}
    source = [draw("subject"), draw("verb"), draw("noun")]
    order = [2]
    shape = stream.randrange(3)
    if shape == 1:  # two nouns in a row, as in "machine learning"
        source.append(draw("noun"))
        order = [2, 3]
    elif shape == 2:
        source += [particles["of"], draw("noun")]
        order = [4, 3, 2]
    order = [1] + order
    if stream.random() < 0.6:
        source += [particles["in"], draw("place")]
        order = [len(source) - 2, len(source) - 1] + order
    if stream.random() < 0.6:
        source.append(draw("time"))
        order = [len(source) - 1] + order
    order = [0] + order
    return Pair([english for english, _ in source], [source[i][1] for i in order],
                [(position, t) for t, position in enumerate(order)])


LEXICON_WORDS = tuple(word for group in LEXICON.values() for pair in group.items() for word in pair)
MACHINE_LEARNING = Pair("I love machine learning".split(), "我 爱 机器 学习".split(), [(i, i) for i in range(4)])

COPY = Corpus("copy", SYMBOLS, copy_pair, has_links=True)
COPY_TEN = Corpus("copy ten", SYMBOLS, copy_ten_pair, has_links=True)
REVERSE = Corpus("reverse", SYMBOLS, reverse_pair, has_links=True)
SORT = Corpus("sort", SYMBOLS, sort_pair)
ONE_HOP = Corpus("one hop", RING + QUERIES + RING_PAIRS + (FILLER,), one_hop_pair)
TWO_HOP = Corpus("two hops", RING + QUERIES + RING_PAIRS + (FILLER,), two_hop_pair)
FAR = Corpus("recall over 100 words", SYMBOLS + QUERIES + RING_PAIRS + (FILLER,), far_pair, num_train=25000)
CLOSE = Corpus("recall over 2 words", FAR.words, close_pair, num_train=FAR.num_train)
ORDER = Corpus("A before B", SYMBOLS + ("A", "B", "yes", "no"), order_pair)
WORD_ORDER = Corpus("EN-ZH lexicon", LEXICON_WORDS, lexicon_pair, has_links=True, num_train=20000,
                    kept_for_test=(MACHINE_LEARNING,))
