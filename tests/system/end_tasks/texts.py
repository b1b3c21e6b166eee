"""Seeded examples whose right answer is known. An example is a line, or several, of a file of its task."""
import random

SYMBOLS = [chr(letter) for letter in range(ord("a"), ord("n") + 1)]
NOUNS = ["dog", "cat", "cook", "judge", "nurse", "farmer", "singer", "baker"]
VERBS = {"saw": "seen", "called": "called", "helped": "helped", "heard": "heard"}
PLACES = ["near", "behind", "with"]


def draw(make, name, count, unseen=()):
    """`count` examples, a function of the name; none of them is in `unseen`."""
    stream = random.Random(name)
    examples = []
    while len(examples) < count:
        example = make(stream)
        if example not in unseen:
            examples.append(example)
    return examples


def train_and_test(make, name, num_train, num_test=400):
    test = draw(make, name + " test", num_test)
    return draw(make, name + " train", num_train, set(test)), test


def order(stream):
    """Does A come before B, among other symbols? A bag of words does not know."""
    text = [stream.choice(SYMBOLS) for _ in range(stream.randint(8, 14))]
    first, second = sorted(stream.sample(range(len(text)), 2))
    is_before = stream.random() < 0.5
    text[first], text[second] = ("A", "B") if is_before else ("B", "A")
    return f"{'yes' if is_before else 'no'}\t{' '.join(text)}"


def shuffled_copy(stream):
    """Is the second text the first one in another order, or was one of its words replaced?"""
    first = stream.sample(SYMBOLS, 6)
    second = first[:]
    stream.shuffle(second)
    is_copy = stream.random() < 0.5
    if not is_copy:
        others = [symbol for symbol in SYMBOLS if symbol not in first]
        second[stream.randrange(len(second))] = stream.choice(others)
    return f"{'copy' if is_copy else 'other'}\t{' '.join(first)}\t{' '.join(second)}"


def turned_pair(stream):
    """The second text holds two words of the first: in the order that they have there, or turned?"""
    first = stream.sample(SYMBOLS, 6)
    places = sorted(stream.sample(range(6), 2))
    is_same = stream.random() < 0.5
    second = [first[place] for place in (places if is_same else places[::-1])]
    return f"{'same' if is_same else 'turned'}\t{' '.join(first)}\t{' '.join(second)}"


def phrase(stream, role):
    noun = stream.choice(NOUNS)
    return [("the", "B-" + role), (noun, "I-" + role)] if role else [("the", "O"), (noun, "O")]


def places(stream, count):
    """near the dog, and so on: their nouns have no role."""
    words = []
    for _ in range(count):
        words += [(stream.choice(PLACES), "O")] + phrase(stream, None)
    return words


def clause(stream):
    """the dog saw the cat / the cat was seen by the dog, with phrases of place that have no role."""
    verb, participle = stream.choice(list(VERBS.items()))
    is_passive = stream.random() < 0.5
    subject, other = ("A1", "A0") if is_passive else ("A0", "A1")
    words = phrase(stream, subject) + places(stream, 2)
    words += [("was", "O"), (participle, "O"), ("by", "O")] if is_passive else [(verb, "O")]
    return words + phrase(stream, other) + places(stream, 1)


def roles(stream):
    """Two clauses, each active or passive: who does it to whom?"""
    words = clause(stream) + [("and", "O")] + clause(stream)
    return "".join(f"{word}\t{tag}\n" for word, tag in words)
