"""How good a translation and an attention map are. Every measure refuses to compare nothing with nothing."""
import math


def accuracy(hypotheses, references):
    """The shares of right words and of right sentences. A missing word and one too many are wrong words."""
    if len(hypotheses) != len(references) or not references:
        raise ValueError(f"{len(hypotheses)} translations of {len(references)} sentences")
    right = words = exact = 0
    for hypothesis, reference in zip(hypotheses, references):
        if not reference:
            raise ValueError("an empty reference")
        right += sum(a == b for a, b in zip(hypothesis, reference))
        words += max(len(hypothesis), len(reference))
        exact += hypothesis == reference
    return {"token": right / words, "exact": exact / len(references)}


def check_map(attention_map, num_rows, num_columns):
    """A map must be what it says: heads of so many rows of so many finite weights, no row above 1, not all zero."""
    heads = attention_map["weights"]
    if not heads:
        raise ValueError(f"{attention_map['name']}: no head")
    total = 0.0
    for head in heads:
        if len(head) != num_rows or any(len(row) != num_columns for row in head):
            raise ValueError(f"{attention_map['name']}: not {num_rows} rows of {num_columns} weights")
        for row in head:
            if not all(math.isfinite(weight) and weight >= 0 for weight in row) or sum(row) > 1.001:
                raise ValueError(f"{attention_map['name']}: not a row of weights: {row}")
            total += sum(row)
    if total <= 0:
        raise ValueError(f"{attention_map['name']}: nothing but zeros")


def read_translation_map(record):
    """The decoder's last look at the source: step attention of an rnn decoder, else the last cross-attention."""
    names = [m["name"] for m in record["maps"] if m["name"].endswith(("step_attention", "cross_attention"))]
    if not names:
        raise ValueError("no attention of the decoder over the source")
    found = next(m for m in record["maps"] if m["name"] == names[-1])
    check_map(found, len(record["target"]), len(record["source"]))
    return found


def mean_of_heads(attention_map):
    heads = attention_map["weights"]
    return [[sum(column) / len(heads) for column in zip(*rows)] for rows in zip(*heads)]


def attended_words(record):
    """For each target word the source word with the largest weight; the end mark counts as one word more.

    Requires that every word is one piece, which the harness has made sure of.
    """
    words = record["words"]
    if words["target"][:-1] != list(range(len(words["target"]) - 1)):
        raise ValueError(f"words of several pieces: {record['target']}")
    weights = mean_of_heads(read_translation_map(record))
    return [row.index(max(row)) for row in weights[:-1]]


def alignment(records, pairs):
    """The shares of target words whose largest weight is on the linked word, and on it or next to it."""
    if len(records) != len(pairs) or not pairs:
        raise ValueError(f"{len(records)} maps of {len(pairs)} sentences")
    exact = near = links = 0
    for record, pair in zip(records, pairs):
        attended = attended_words(record)
        if len(attended) != len(pair.target):
            raise ValueError(f"{len(attended)} rows for {pair.target}")
        for source, target in pair.links:
            links += 1
            exact += attended[target] == source
            near += abs(attended[target] - source) <= 1
    if links == 0:
        raise ValueError("no links to compare with")
    return {"aligned": exact / links, "near": near / links}


def word_alignment(records, pairs, source_word, target_word):
    """How often the largest weight of `target_word` is on `source_word`, in the sentences that link them."""
    right = seen = 0
    for record, pair in zip(records, pairs):
        attended = attended_words(record)
        for source, target in pair.links:
            if pair.source[source] == source_word and pair.target[target] == target_word:
                seen += 1
                right += attended[target] == source
    if seen < 10:
        raise ValueError(f"{source_word} and {target_word} are linked only {seen} times")
    return right / seen


def divergence(p, q):
    """Jensen-Shannon divergence of two rows in nats: 0 = equal, ln 2 = nothing in common."""
    def relative(a, b):
        return sum(x * math.log(x / y) for x, y in zip(a, b) if x > 0)

    p = [weight / sum(p) for weight in p]
    q = [weight / sum(q) for weight in q]
    middle = [(a + b) / 2 for a, b in zip(p, q)]
    return (relative(p, middle) + relative(q, middle)) / 2


def heads_divergence(records, name_end=""):
    """Mean divergence of two heads of a map in a row, over all maps whose name ends so."""
    total = 0.0
    compared = 0
    for record in records:
        for attention_map in record["maps"]:
            heads = attention_map["weights"]
            if not attention_map["name"].endswith(name_end) or len(heads) < 2:
                continue
            check_map(attention_map, len(heads[0]), len(heads[0][0]))
            for first in range(len(heads)):
                for second in range(first + 1, len(heads)):
                    for p, q in zip(heads[first], heads[second]):
                        if sum(p) > 0 and sum(q) > 0:
                            total += divergence(p, q)
                            compared += 1
    if compared == 0:
        raise ValueError("no two heads to compare")
    return total / compared
