#!/usr/bin/env python3
"""Writes tests/golden/metrics/answers.tsv and answer_labels.tsv: what scikit-learn, SciPy and conlleval say about answers.

Usage, with scikit-learn, scipy and seqeval 1.2.2: scripts/golden/make_answer_goldens.py --conlleval FILE [--output DIR]

FILE is conlleval.pl as the source distribution of seqeval 1.2.2 has it (tests/conlleval.pl); it runs with perl. Spans are
counted by it; where a sequence is legal BIO, seqeval must say the same.

  answers.tsv        metric, score, then for each line its answer and the right one
  answer_labels.tsv  metric, row of answers.tsv counted from 0, label, precision, recall, F1, right, answered, expected

Scores are percentages but for mse, with 17 digits. Shares of nothing are 0 (zero_division=0), as are coefficients of
constant answers, for which SciPy has NaN.
"""

import argparse
import math
import pathlib
import random
import re
import subprocess
import warnings

import numpy
import scipy
import scipy.stats
import seqeval.metrics
import sklearn
from sklearn import metrics
from sklearn.preprocessing import MultiLabelBinarizer

LABELS = ["neutral", "entailment", "contradiction", "a b", "0", "ä"]
TYPES = ["A0", "A1", "AM-TMP", "V"]


class Cases:
    """The records of both files."""

    def __init__(self):
        self.rows, self.labels = [], []

    def add(self, metric, score, answers, right):
        assert len(answers) == len(right) and math.isfinite(score), metric
        fields = [metric, f"{score:.17g}"]
        for pair in zip(answers, right):
            fields += pair
        self.rows.append("\t".join(fields))
        return len(self.rows) - 1

    def add_label(self, metric, row, label, right, answered, expected):
        precision = 100 * right / answered if answered else 0.0
        recall = 100 * right / expected if expected else 0.0
        f1 = 200 * right / (answered + expected) if answered + expected else 0.0
        numbers = [f"{value:.17g}" for value in (precision, recall, f1)] + [str(right), str(answered), str(expected)]
        self.labels.append("\t".join([metric, str(row), label] + numbers))


def draw(rng, right, choices, rate):
    return [rng.choice(choices) if rng.random() < rate else label for label in right]


def class_pairs(rng):
    yield ["a"], ["a"]
    yield ["a"], ["b"]
    yield ["a", "a", "a"], ["a", "b", "a"]
    yield ["a", "b", "a"], ["b", "b", "b"]
    yield ["a", "b"], ["b", "a"]
    for size in (2, 5, 20, 60) * 6:
        known = LABELS[: rng.randint(2, len(LABELS))]
        right = [rng.choice(known[: rng.randint(1, len(known))]) for _ in range(size)]
        yield draw(rng, right, known, rng.choice([0.0, 0.2, 0.5, 1.0])), right


def add_classes(cases, rng):
    for answers, right in class_pairs(rng):
        cases.add("accuracy", 100 * metrics.accuracy_score(right, answers), answers, right)
        for average in ("micro", "macro", "weighted"):
            score = metrics.f1_score(right, answers, average=average, zero_division=0)
            row = cases.add(f"{average}_f1", 100 * score, answers, right)
        labels = sorted(set(right) | set(answers), key=str.encode)
        values = metrics.precision_recall_fscore_support(right, answers, labels=labels, zero_division=0)
        matrix = metrics.confusion_matrix(right, answers, labels=labels)
        for i, label in enumerate(labels):
            cases.add_label("weighted_f1", row, label, matrix[i, i], matrix[:, i].sum(), matrix[i].sum())
            ours = [float(value) for value in cases.labels[-1].split("\t")[3:6]]
            assert numpy.allclose(ours, [100 * value[i] for value in values[:3]], rtol=0, atol=1e-12), label
        cases.add("matthews", 100 * metrics.matthews_corrcoef(right, answers), answers, right)


def add_numbers(cases, rng):
    pairs = [([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]), ([0.1] * 7, [1, 2, 3, 4, 5, 6, 7]),
             ([1.0], [2.0]), ([0.1] * 3, [0.3] * 3), ([1e-7, 2e-7, 4e-7], [1e7, 3e7, 2e7])]
    for size in (2, 3, 10, 50, 100):
        for noise in (0.0, 0.3, 1.0, 5.0):
            right = [round(rng.uniform(1, 5), 2) for _ in range(size)]
            pairs.append(([value + rng.gauss(0, noise) for value in right], right))
    for answers, right in pairs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = scipy.stats.pearsonr(answers, right)[0] if len(answers) > 1 else math.nan
        texts = [[repr(value) for value in side] for side in (answers, right)]
        cases.add("pearson", 0.0 if math.isnan(value) else 100 * float(value), *texts)
        cases.add("mse", float(metrics.mean_squared_error(right, answers)), *texts)


def legal_tags(rng, size):
    tags = []
    while len(tags) < size:
        if rng.random() < 0.4:
            tags.append("O")
            continue
        kind, length = rng.choice(TYPES), rng.randint(1, 3)
        tags += [f"B-{kind}"] + [f"I-{kind}"] * (length - 1)
    return tags[:size]


def tag_texts(rng):
    """(answers, right, whether all is legal): sentences of tags."""
    yield [["O", "O"]], [["O", "O"]], True
    yield [["B-V"]], [["O"]], True
    yield [["O"]], [["B-V"]], True
    yield [[]], [[]], True
    yield [["B-V", "I-V"], []], [["B-V", "I-V"], []], True
    yield [["B-V", "I-V"]], [["B-V", "B-V"]], True
    everything = ["O", "O"] + [f"{place}-{kind}" for kind in TYPES[:3] for place in "BI"]
    for case in range(40):
        right = [legal_tags(rng, rng.randint(1, 12)) for _ in range(rng.choice([1, 3, 8]))]
        is_legal = case % 2 == 0
        answers = []
        for tags in right:
            kind = rng.randrange(3)
            if is_legal:
                answers.append(tags if kind == 0 else legal_tags(rng, len(tags)))
            else:
                answers.append(draw(rng, tags, everything, rng.choice([0.2, 0.5])))
        if case % 4 == 3:
            right = [draw(rng, tags, everything, 0.3) for tags in right]
        yield answers, right, is_legal
    odd = ["O", "B", "I", ".", "E-V", "B-V", "I-V", "E-A0", "[-V", "]-V", "_", "X-V", "S-V", "-V"]
    # One sentence each: to conlleval, what no tag of the sentence has ended goes on in the next one.
    for _ in range(60):
        right = [[rng.choice(odd) for _ in range(rng.randint(1, 9))]]
        yield [draw(rng, tags, odd, 0.4) for tags in right], right, False


def conlleval(path, answers, right):
    """(right, answered, expected, F1 with two decimals, {type: (precision, recall, F1, answered)})."""
    lines = []
    for ours, theirs in zip(answers, right):
        lines += [f"w {gold} {answer}" for answer, gold in zip(ours, theirs)] + [""]
    output = subprocess.run(["perl", path], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout
    counts = re.search(r"with (\d+) phrases; found: (\d+) phrases; correct: (\d+)", output)
    expected, answered, correct = map(int, counts.groups())
    score = re.search(r"FB1: *([\d.]+)\n", output)
    types = {}
    for found in re.finditer(r"^ *(\S*): precision: *([\d.]+)%; recall: *([\d.]+)%; FB1: *([\d.]+)  (\d+)$", output, re.M):
        types[found[1]] = tuple(map(float, found.groups()[1:4])) + (int(found[5]),)
    return correct, answered, expected, float(score[1]) if score else 0.0, types


def spans_of(tags):
    """Of legal BIO."""
    starts = [i for i, tag in enumerate(tags) if tag.startswith("B-")]
    for start in starts:
        end = start + 1
        while end < len(tags) and tags[end] == f"I-{tags[start][2:]}":
            end += 1
        yield tags[start][2:], start, end


def add_spans(cases, program, answers, right, is_legal):
    correct, answered, expected, printed, types = conlleval(program, answers, right)
    score = 200 * correct / (answered + expected) if answered + expected else 0.0
    assert abs(score - printed) < 0.0051, (score, printed)
    row = cases.add("span_f1", score, [" ".join(tags) for tags in answers], [" ".join(tags) for tags in right])
    if not is_legal:
        return
    if answered + expected:
        theirs = seqeval.metrics.f1_score(right, answers, zero_division=0)
        assert abs(100 * theirs - score) < 1e-9, (theirs, score)
    found = [{(i, *span) for i, tags in enumerate(side) for span in spans_of(tags)} for side in (answers, right)]
    for kind in sorted({span[1] for side in found for span in side}):
        of_kind = [{span for span in side if span[1] == kind} for side in found]
        cases.add_label("span_f1", row, kind, len(of_kind[0] & of_kind[1]), len(of_kind[0]), len(of_kind[1]))
        ours = [float(value) for value in cases.labels[-1].split("\t")[3:6]]
        assert numpy.allclose(ours, types[kind][:3], rtol=0, atol=0.0051) and types[kind][3] == len(of_kind[0]), kind


def add_tags(cases, rng, program):
    for answers, right, is_legal in tag_texts(rng):
        add_spans(cases, program, answers, right, is_legal)
        lines = [[" ".join(tags) for tags in side] for side in (answers, right)]
        flat = [[tag for tags in side for tag in tags] for side in (answers, right)]
        accuracy = metrics.accuracy_score(flat[1], flat[0]) if flat[0] else 0.0
        cases.add("tag_accuracy", 100 * float(accuracy), *lines)
        labels = sorted({tag for side in flat for tag in side} - {"O", "_"})
        score = metrics.f1_score(flat[1], flat[0], labels=labels, average="micro", zero_division=0) if labels else 0.0
        row = cases.add("label_f1", 100 * float(score), *lines)
        for label in labels:
            equal = sum(a == b == label for a, b in zip(*flat))
            cases.add_label("label_f1", row, label, equal, flat[0].count(label), flat[1].count(label))


def add_sets(cases, rng):
    items = [f"{kind}:D{i}:D{j}" for kind in ("CID", "GDA") for i in range(3) for j in range(3)] + ["plain"]
    pairs = [([""], [""]), (["CID:a:b"], [""]), ([""], ["CID:a:b"]), (["CID:a:b CID:a:b"], ["CID:a:b"])]
    for size in (1, 4, 20) * 5:
        right = [" ".join(rng.sample(items, rng.randint(0, 5))) for _ in range(size)]
        pairs.append(([line if rng.random() < 0.4 else " ".join(rng.choices(items, k=rng.randint(0, 5))) for line in right],
                      right))
    for answers, right in pairs:
        sets = [[set(line.split()) for line in side] for side in (answers, right)]
        score = 0.0
        if any(map(any, sets)):
            table = MultiLabelBinarizer().fit(sets[0] + sets[1])
            columns = [table.transform(side) for side in sets]
            score = float(metrics.f1_score(columns[1], columns[0], average="micro", zero_division=0))
        row = cases.add("set_f1", 100 * score, answers, right)
        for kind in sorted({item.rpartition(":")[0].split(":")[0] for side in sets for line in side for item in line}):
            of_kind = [[{item for item in line if item.rpartition(":")[0].split(":")[0] == kind} for line in side]
                       for side in sets]
            equal = sum(len(ours & theirs) for ours, theirs in zip(*of_kind))
            cases.add_label("set_f1", row, kind, equal, *(sum(map(len, side)) for side in of_kind))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    parser.add_argument("--conlleval", required=True, help="conlleval.pl")
    parser.add_argument("--output", type=pathlib.Path, default=root / "tests/golden/metrics")
    options = parser.parse_args()
    rng, cases = random.Random(1), Cases()
    add_classes(cases, rng)
    add_numbers(cases, rng)
    add_tags(cases, rng, options.conlleval)
    add_sets(cases, rng)
    head = (f"# Made by scripts/golden/make_answer_goldens.py with scikit-learn {sklearn.__version__}, SciPy "
            f"{scipy.__version__} and conlleval; do not edit.\n")
    for name, lines in (("answers.tsv", cases.rows), ("answer_labels.tsv", cases.labels)):
        (options.output / name).write_text(head + "".join(line + "\n" for line in lines), encoding="utf-8")
        print(f"{len(lines)} records in {name}")


if __name__ == "__main__":
    main()
