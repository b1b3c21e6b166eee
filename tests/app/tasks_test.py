#!/usr/bin/env python3
"""The tasks with a head through the program: training, resuming, answers, scores, refusals.

Usage: tasks_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from checks import Checks

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
TINY = {"dim": 16, "layers": 1, "heads": 2, "feed_forward": 32}
TENSE = {"columns": ["label", "-", "-", "text"], "header": True}
# Task -> its files, more keys of `data`, its first metric, and more keys of `model`.
TASKS = {
    "classify": ("classify.train.tsv", "classify.valid.tsv", TENSE, "accuracy", {}),
    "pair": ("pair.train.tsv", "pair.valid.tsv", {"header": True}, "accuracy", {"head": {"interact": {"heads": 2}}}),
    "tag": ("tag.train.conll", "tag.valid.conll", {}, "span_f1", {}),
    "masked_lm": ("train.en", "valid.en", {}, None, {}),
}
LINES = {"train": 1500, "valid": 300}  # taken of each file


def registered():
    text = (ROOT / "src/tasks/tasks.def").read_text(encoding="utf-8")
    return [name for name in TASKS if f"REGARD_HEAD_TASK({name})" in text]


class Place:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        environment = dict(os.environ, OMP_NUM_THREADS="1")
        self.options = {"cwd": folder, "capture_output": True, "env": environment, "check": False}
        made = self.folder / "made"
        subprocess.run([sys.executable, ROOT / "scripts/make_quickstart_corpus.py", "--tasks", made], check=True,
                       stdout=subprocess.DEVNULL)
        for names in TASKS.values():
            for name, count in zip(names[:2], LINES.values()):
                file = ROOT / "data/quickstart" / name if name.endswith(".en") else made / name
                lines = file.read_text(encoding="utf-8").splitlines()[:count]
                while name.endswith(".conll") and lines[-1]:
                    lines.pop()  # a sentence that was cut
                (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def call(self, *arguments, text=""):
        done = subprocess.run([PROGRAM, *map(str, arguments)], input=text.encode(), **self.options)
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        return done

    def config(self, task, name, updates=20, model=None, **data):
        train, valid, keys, _, more = TASKS[task]
        config = {"task": task, "output": name, "device": "cpu",
                  "data": {"train": [{"file": train}], "valid": {"file": valid}, **(data or keys)},
                  "vocabulary": {"size": 300}, "model": model or {**TINY, **more},
                  "training": {"batch_tokens": 256, "max_updates": updates, "log_every": 5,
                               "schedule": {"type": "inverse_sqrt", "peak": 3e-3, "warmup": 5}},
                  "validation": {"every": 10}, "checkpoint": {"every": 10}}
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps(config), encoding="utf-8")
        return path.name

    def digest(self, run, update):
        """Of the weights and of the moments of a checkpoint, without what the headers say of time and place."""
        folder = self.folder / run / "checkpoints" / f"update-{update:08d}"
        digests = []
        for name in ("model.safetensors", "training_state.safetensors"):
            content = (folder / name).read_bytes()
            begin = 8 + int.from_bytes(content[:8], "little")
            assert len(content) - begin > 10000, f"{folder / name} holds hardly anything"
            digests.append(hashlib.sha256(content[begin:]).hexdigest())
        return digests

    def lines(self, name, count):
        return (self.folder / name).read_text(encoding="utf-8").splitlines()[:count]


def check_task(place, task, checks):
    _, valid, _, metric, _ = TASKS[task]
    whole = place.call("train", place.config(task, task))
    checks.that(f"{task}: trains", whole.returncode == 0, whole.err)
    if whole.returncode != 0:
        return
    checks.that(f"{task}: says what answers with it", f"predict with:  regard predict {task} < INPUT" in whole.err, whole.err)
    half = place.config(task, task + "2", updates=10)
    checks.that(f"{task}: stops at half", place.call("train", half).returncode == 0)
    rest = place.call("train", place.config(task, task + "2", updates=20))
    checks.that(f"{task}: resumes", rest.returncode == 0 and "resuming" in rest.err, rest.err)
    checks.equal(f"{task}: bit for bit", place.digest(task + "2", 20), place.digest(task, 20))
    info = place.call("info", task, "--json")
    known = json.loads(info.out) if info.returncode == 0 else {}
    checks.that(f"{task}: info names the task", known.get("task") == task, info.err)
    checks.that(f"{task}: info is text as well", f"task         {task}" in place.call("info", task).out)
    result = place.call("evaluate", task, "--data", valid, "--json")
    scores = {score["name"]: score for score in json.loads(result.out)} if result.returncode == 0 else {}
    checks.that(f"{task}: evaluates", (metric or "loss") in scores and len(scores) == 2, result.err + result.out)
    if metric:
        checks.that(f"{task}: against the most frequent label", "baselines" in scores[metric], scores)
    average = place.call("average", task + ".mean", f"{task}/checkpoints/update-00000010",
                         f"{task}/checkpoints/update-00000020")
    again = place.call("evaluate", task + ".mean", "--data", valid)
    checks.that(f"{task}: averages", average.returncode == 0 and again.returncode == 0, average.err + again.err)


def check_answers(place, checks):
    """As many lines as there are, those of --data, probabilities that add up."""
    texts = [line.split("\t")[3] for line in place.lines("classify.valid.tsv", LINES["valid"])[1:]]
    plain = place.call("predict", "classify", text="\n".join(texts) + "\n")
    checks.equal("classify: a line in, a line out", len(plain.out.splitlines()), len(texts))
    data = place.call("predict", "classify", "--data", "classify.valid.tsv")
    checks.equal("classify: --data gives the same answers", data.out, plain.out)
    blank = place.call("predict", "classify", text="\n\nA dog .\n")
    checks.that("classify: blank lines are answered", len(blank.out.splitlines()) == 3, blank.out + blank.err)
    labels = json.loads(place.call("info", "classify", "--json").out)["labels"]
    checks.equal("classify: the labels", labels, ["future", "past", "perfect", "present"])
    top = place.call("predict", "classify", "--top", len(labels), "--scores", text=texts[0] + "\n").out.rstrip("\n").split("\t")
    checks.equal("classify: --top names each label once", sorted(top[1::2]), labels)
    checks.that("classify: probabilities fall and add up to 1", abs(sum(map(float, top[::2])) - 1) < 1e-4
                and top[::2] == sorted(top[::2], reverse=True), top)
    checks.equal("classify: --top begins with the answer", top[1], plain.out.splitlines()[0])
    odd = place.call("predict", "classify", "--input", "odd")
    checks.that("classify: a missing input", odd.returncode == 2 and "odd" in odd.err, odd.err)
    if "pair" in registered():
        pair = place.call("predict", "pair", text="a dog .\ta cat .\n")
        checks.that("pair: two texts with a tab", pair.returncode == 0 and pair.out.strip() in ("paraphrase", "contradiction", "neutral"), pair.err)
        one = place.call("predict", "pair", text="a dog .\n")
        checks.that("pair: one text is refused", one.returncode == 2 and "standard input:1: 1 text" in one.err, one.err)
    if "tag" in registered():
        tagged = place.call("predict", "tag", text="The dog sees a cat .\n\n")
        checks.that("tag: a tag for each word", [len(line.split()) for line in tagged.out.split("\n")] == [6, 0, 0], tagged.out)
        first = place.call("predict", "tag", "--top", 2, text="a\n")
        checks.that("tag: has one answer", first.returncode == 2 and "--top" in first.err, first.err)
    if "masked_lm" in registered():
        filled = place.call("predict", "masked_lm", "--top", 3, text="The <mask> sees a <mask>.\nnothing\n")
        answers = filled.out.split("\n")
        checks.that("masked_lm: fills each gap", [len(answer.split()) for answer in answers[0].split("\t")] == [2, 2, 2]
                    and answers[1] == "", filled.out + filled.err)


def check_refusals(place, checks):
    translate = ["train", str(ROOT / "configs/quickstart.yaml"), "--output=tr", "--set", "training.max_updates=2", "--set",
                 "model={dim: 16, layers: 1, heads: 2}", "--set", "training.batch_tokens=256", "--set", "validation.every=0"]
    done = subprocess.run([PROGRAM, *translate, "--set", f"data.train=[{{source: {ROOT}/data/quickstart/valid.de, target: "
                           f"{ROOT}/data/quickstart/valid.en}}]", "--set", "data.valid=[]", "--set", "vocabulary.size=500"],
                          **place.options)
    checks.that("a model of translation", done.returncode == 0, done.stderr.decode())
    for command in (["translate", "classify"], ["score", "classify", "--source", "a", "--target", "a"],
                    ["attend", "classify", "--source", "valid.en"],
                    ["evaluate", "classify", "--source", "valid.en", "--reference", "valid.en"],
                    ["export", "ctranslate2", "classify", "out"]):
        result = place.call(*command)
        checks.that(f"{command[0]}: refuses a model of another task", result.returncode == 2 and
                    "classify: is a model of task classify, not of translate. Fix: use regard predict classify" in result.err,
                    result.err)
    for command in (["predict", "tr"], ["evaluate", "tr", "--data", "classify.valid.tsv"]):
        result = place.call(*command)
        checks.that(f"{command[0]}: refuses a model of translation", result.returncode == 2 and "translat" in result.err
                    and "Fix: " in result.err, result.err)
    compare = place.call("compare", "classify.yaml", "classify2.yaml", "--updates", "1", "--output", "cmp")
    checks.that("compare: refuses the task", compare.returncode == 2 and "task: classify cannot be compared" in compare.err,
                compare.err)


def bad_data():
    """Name, the training file, the validation file, what must be said."""
    good = "a\tone two\nb\tthree\na\tfour five\nb\tsix\n"
    return [
        ("three columns", "a\tb\tc\n" + good, good, "bad.tsv:1: 3 columns"),
        ("one label", "a\tone\na\ttwo\n", "a\tone\n", "bad.tsv"),
        ("a header", "label\ttext\n" + good, good, "bad.tsv:1: "),
        ("an unknown label", good, "a\tone\nc\ttwo\n", "valid.tsv:2: label 'c' is not among the 2 of the training files"),
        ("an empty label", good + "\tseven\n", good, "bad.tsv:5: "),
        ("an empty file", "", good, "bad.tsv"),
        ("not UTF-8", good.replace("six", "s\udcffx"), good, "bad.tsv:4: byte"),
    ]


def check_bad_input(place, checks):
    for name, train, valid, said in bad_data():
        for file, text in (("bad.tsv", train), ("valid.tsv", valid)):
            (place.folder / file).write_bytes(text.encode("utf-8", "surrogateescape"))
        config = place.config("classify", "bad", train=[{"file": "bad.tsv"}], valid={"file": "valid.tsv"})
        result = place.call("train", config)
        checks.that(f"bad input: {name}", result.returncode == 2 and said in result.err and not (place.folder / "bad").exists(),
                    result.err)
    good = "3.5\tone\n1\ttwo\n2.5\tthree\n"
    for name, train, code, said in (("numbers", good, 0, "pearson"), ("no number", good + "n/a\tfour\n", 2, "bad.tsv:4: ")):
        (place.folder / "bad.tsv").write_text(train, encoding="utf-8")
        config = place.config("classify", "numbers", updates=10, columns=["score", "text"], train=[{"file": "bad.tsv"}],
                              valid={"file": "bad.tsv"})
        config_text = (place.folder / config).read_text().replace('"size": 300', '"size": 300, "type": "word"')
        (place.folder / config).write_text(config_text)
        result = place.call("train", config)
        checks.that(f"scores: {name}", result.returncode == code and said in result.err, result.err)
    for key, said in (("task=clasify", "task: "), ("data.columns=[label]", "data.columns: there is no text"),
                      ("data.columns=[label, text, x]", "data.columns[2]: 'x' is no column"),
                      ("data.max_ratio=2", "data.max_ratio: has no effect: task is classify"),
                      ("data.train=[{source: a, target: b}]", "data.train[0].file: is missing"),
                      ("model.head.compose={sublayers: [{ffn: {}}]}", "model.head.compose"),
                      ("model.head.pool={attention: {heads: 2}}", "model.head.pool.attention.heads"),
                      ("validation.metrics=[acuracy]", "use accuracy")):
        result = place.call("train", "classify.yaml", "--output", "bad", "--set", key)
        checks.that(f"bad configuration: {key}", result.returncode == 2 and said in result.err and "Fix: " in result.err,
                    result.err)
    labels = place.folder / "classify/labels.json"
    before = labels.read_text(encoding="utf-8")
    labels.write_text(before.replace('"past"', '"x"').replace('"future"', '"past"').replace('"x"', '"future"'), encoding="utf-8")
    for command in (["predict", "classify"], ["train", "classify.yaml", "--set", "training.max_updates=30"]):
        result = place.call(*command)
        checks.that(f"{command[0]}: labels of another order", result.returncode == 2 and "labels" in result.err, result.err)
    labels.write_text(before, encoding="utf-8")


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        for task in registered():
            check_task(place, task, checks)
        check_answers(place, checks)
        check_refusals(place, checks)
        check_bad_input(place, checks)
    print(f"{checks.done} checks, {checks.failed} failed")
    return 1 if checks.failed or checks.done < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
