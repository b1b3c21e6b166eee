"""Regard's own training batches, computed again for the other programs.

The rules are those of src/data/batch_planner.cpp and src/core/random.cpp: pairs are shuffled, taken in pools of
`pool_batches` batches, sorted by length in each pool, cut so that rows * max(source + 1, target + 1) is within the
budget, and the batches of a pool are shuffled. race.py compares the target tokens of each update with Regard's log, so
a change of those rules is found at once.
"""
from .programs import RaceError

MASK = (1 << 64) - 1
SHUFFLE_CORPUS, SHUFFLE_BATCHES = 3, 4  # regard::RandomUse


class RandomStream:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        rejected = (1 << 64) % bound
        number = self.next()
        while number < rejected:
            number = self.next()
        return number % bound


def derive_seed(*parts):
    seed = RandomStream(len(parts)).next()
    for part in parts:
        seed = RandomStream(seed ^ part).next()
    return seed


def shuffle(items, seed):
    stream = RandomStream(seed)
    for i in range(len(items), 1, -1):
        other = stream.below(i)
        items[i - 1], items[other] = items[other], items[i - 1]


def sort_key(pairs):
    """By the longer side, then by how the sides differ, up and down in turns."""
    def key(index):
        source, target = map(len, pairs[index])
        width = max(source, target) + 1
        return width, source - target if width % 2 == 0 else target - source, index
    return key


def cut(ordered, pairs, budget):
    """Consecutive pairs in batches within the budget."""
    batches, width = [], 0
    for index in ordered:
        row = max(map(len, pairs[index])) + 1
        width = max(width, row)
        if not batches or (len(batches[-1]) + 1) * width > budget:
            batches.append([])
            width = row
        batches[-1].append(index)
    return batches


def epoch_batches(pairs, budget, seed, epoch, pool_batches=100):
    """The batches of one epoch, as lists of the pairs' numbers."""
    order = list(range(len(pairs)))
    shuffle(order, derive_seed(seed, epoch, SHUFFLE_CORPUS, 0))
    pool, tokens, number = [], 0, 0
    for index in order:
        pool.append(index)
        tokens += max(map(len, pairs[index])) + 1
        if tokens // budget < pool_batches:
            continue
        batches = cut(sorted(pool, key=sort_key(pairs)), pairs, budget)
        pool, tokens = batches.pop(), 0
        shuffle(batches, derive_seed(seed, epoch, SHUFFLE_BATCHES, number))
        number += 1
        yield from batches
    batches = cut(sorted(pool, key=sort_key(pairs)), pairs, budget)
    shuffle(batches, derive_seed(seed, epoch, SHUFFLE_BATCHES, number))
    yield from batches


def first_batches(pairs, budget, count, seed=1):
    """The pairs of the first `count` updates."""
    if not pairs:
        raise RaceError("the training text is empty")
    found, epoch = [], 0
    while len(found) < count:
        for batch in epoch_batches(pairs, budget, seed, epoch):
            found.append([pairs[index] for index in batch])
            if len(found) == count:
                break
        epoch += 1
    return found


def useful_flop(size, vocabulary, batch):
    """Multiplications and additions of the matrix products of an update that padding has no part in.

    Forward and backward together are three times forward. Every query of a self-attention counts every key, although
    half of them are masked in the decoder.
    """
    dim, inner, layers = size["dim"], size["feed_forward"], size["layers"]
    products = 0
    for source, target in batch:
        s, t = len(source) + 1, len(target) + 1
        products += layers * (s * (4 * dim * dim + 2 * dim * inner) + 2 * s * s * dim)
        products += layers * (t * (6 * dim * dim + 2 * dim * inner) + s * 2 * dim * dim + 2 * t * (t + s) * dim)
        products += t * dim * vocabulary
    return 3 * 2 * products
