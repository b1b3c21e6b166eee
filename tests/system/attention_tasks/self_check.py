"""Shows on known examples that the measures tell right from wrong, and that the texts are what they claim to be."""
import math
import random

from . import corpora, measures, tasks


def refuses(function, *arguments):
    try:
        function(*arguments)
    except ValueError:
        return True
    return False


def record_of(rows, name="decoder.step_attention"):
    """A record as `regard attend` writes it, of two heads: these rows and the same rows."""
    return {"source": ["▁a", "▁b", "</s>"], "target": ["▁b", "▁a", "</s>"],
            "words": {"source": [0, 1, -1], "target": [0, 1, -1]}, "maps": [{"name": name, "weights": [rows, rows]}]}


def check_measures():
    assert measures.accuracy([["a", "b"], ["c"]], [["a", "b"], ["c"]]) == {"token": 1.0, "exact": 1.0}
    assert measures.accuracy([["b", "a"], []], [["a", "b"], ["c"]]) == {"token": 0.0, "exact": 0.0}
    assert measures.accuracy([["a", "b", "b"]], [["a", "b"]]) == {"token": 2 / 3, "exact": 0.0}
    assert refuses(measures.accuracy, [], []) and refuses(measures.accuracy, [["a"]], [["a"], ["b"]])

    pair = corpora.Pair(["a", "b"], ["b", "a"], [(1, 0), (0, 1)])
    right = record_of([[0.1, 0.9, 0.0], [0.6, 0.2, 0.2], [0.0, 0.0, 1.0]])
    wrong = record_of([[0.9, 0.1, 0.0], [0.1, 0.2, 0.7], [0.0, 0.0, 1.0]])
    assert measures.alignment([right], [pair]) == {"aligned": 1.0, "near": 1.0}
    assert measures.alignment([wrong], [pair]) == {"aligned": 0.0, "near": 0.5}
    assert measures.word_alignment([right] * 10, [pair] * 10, "b", "b") == 1.0
    assert measures.word_alignment([wrong] * 10, [pair] * 10, "b", "b") == 0.0
    for row in ([0.1, 0.9], [math.nan, 0.9, 0.0], [0.9, 0.9, 0.0], [0.0, 0.0, 0.0]):
        rows = [row] * 3
        assert refuses(measures.alignment, [record_of(rows)], [pair]), rows
    assert refuses(measures.alignment, [record_of([[1.0, 0.0, 0.0]] * 3, "encoder.0.self_attention")], [pair])
    assert refuses(measures.alignment, [right], [pair._replace(links=[])])
    assert measures.divergence([1, 0], [1, 0]) == 0 and abs(measures.divergence([1, 0], [0, 1]) - math.log(2)) < 1e-12
    assert measures.heads_divergence([right]) == 0


def answer(pair):
    """The target by another way than the one that made it, for the tasks that hide it."""
    arrows = {word[0]: word[1] for word in pair.source if len(word) == 2 and word[0] != "?"}
    return arrows, pair.source[0][-1]


def check_corpora():
    stream = random.Random(5)
    for _ in range(200):
        pair = corpora.reverse_pair(stream)
        assert all(pair.source[s] == pair.target[t] for s, t in pair.links) and len(pair.links) == len(pair.source)
        arrows, asked = answer(corpora.one_hop_pair(stream))
        assert asked in arrows
        pair = corpora.two_hop_pair(stream)
        arrows, asked = answer(pair)
        assert arrows[arrows[asked]] == pair.target[0] and pair.target[0] not in (asked, arrows[asked])
        pair = corpora.far_pair(stream)
        arrows, asked = answer(pair)
        assert arrows[asked] == pair.target[0] and pair.source.index(asked + arrows[asked]) >= 100
        pair = corpora.close_pair(stream)
        arrows, asked = answer(pair)
        assert arrows[asked] == pair.target[0] and len(pair.source) == 5
        pair = corpora.order_pair(stream)
        assert (pair.source.index("A") < pair.source.index("B")) == (pair.target == ["yes"])
        pair = corpora.lexicon_pair(stream)
        lexicon = {english: chinese for group in corpora.LEXICON.values() for english, chinese in group.items()}
        assert [lexicon[pair.source[s]] for s, _ in sorted(pair.links, key=lambda link: link[1])] == pair.target
        assert sorted(s for s, _ in pair.links) == list(range(len(pair.source)))


def check_tasks():
    assert len({task.name for task in tasks.TASKS}) == len(tasks.TASKS)
    runs = {run for task in tasks.TASKS for run in task.runs()}
    assert len({run.name for run in runs}) == len(runs)
    assert all(any(claim.relation != "reported" for claim in task.claims) for task in tasks.TASKS)
    for corpus in {run.corpus.name: run.corpus for run in runs}.values():
        assert len(set(corpus.words)) == len(corpus.words)
        pair = corpus.make(random.Random(3))
        assert set(pair.source + pair.target) <= set(corpus.words)
        assert bool(pair.links) == corpus.has_links


def run():
    check_measures()
    check_corpora()
    check_tasks()
