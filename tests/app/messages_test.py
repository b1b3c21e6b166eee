#!/usr/bin/env python3
"""What the program says to somebody who does not know it yet: help, mistakes on the command line and in configurations.

Usage: messages_test.py PATH_OF_REGARD. Trains nothing. Prints what it checks; exits 1 if anything failed.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
GOOD = """\
output: run
data:
  train:
    - {source: a.de, target: a.en}
model:
  dim: 16
  heads: 2
  layers: 1
  feed_forward: 32
training:
  max_updates: 30
"""
# Written in GOOD under a group ("" = top level): the line that is to be written instead, where it goes, and a part of
# what else is said.
FOREIGN = [
    ("training", "lr: 0.001", "schedule: {peak: 0.001}", "training"),
    ("", "learning_rate: 5e-4", "schedule: {peak: 0.0005}", "training"),
    ("training", "batch_size: 64", "batch_tokens: 4096", "training", "not sentences"),
    ("training", "epochs: 10", "max_epochs: 10", "training", "max_updates also ends the run"),
    ("", "num_train_epochs: 3", "max_epochs: 3", "training"),
    ("", "dropout: 0.1", "dropout: {residual: 0.1, embedding: 0.1}", "model"),
    ("training", "optim: adam", "optimizer: {type: adam}", "training"),
    ("training", "warmup_steps: 400", "schedule: {warmup: 400}", "training"),
    ("", "warmup_updates: 400", "schedule: {warmup: 400}", "training"),
    ("model", "label_smoothing: 0.2", "label_smoothing: 0.2", "training"),
    ("", "vocab_size: 4000", "vocabulary: {size: 4000}", ""),
    ("", "beam_size: 4", "decoding: {beam_size: 4}", ""),
    ("", "beam-size: 4", "decoding: {beam_size: 4}", ""),
    ("", "train_from: runs/old", "init_from: runs/old", "training", "run the same command again"),
    ("", "seq_lenght: 1", None, None),
    ("", "max_grad_norm: 0.5", "clip_norm: 0.5", "training"),
    ("", "update-freq: 8", "accumulate: 8", "training"),
    ("", "optimizer-delay: 8", "accumulate: 8", "training"),
    ("", "save_checkpoint_steps: 700", "checkpoint: {every: 700}", ""),
    ("", "valid_steps: 300", "validation: {every: 300}", ""),
    ("", "early_stopping: 4", "validation: {stop: {patience: 4}}", ""),
    ("", "fp16: true", "precision: bfloat16", "training"),
    ("", "lr_scheduler_type: constant", "schedule: {type: constant}", "training"),
    ("", "max_source_length: 100", "max_length: 100", "data"),
    ("", "length_penalty: 0.6", 'decoding: {length_penalty: "average:0.6"}', ""),
    ("", "exponential-smoothing: 0.999", "ema: 0.999", "training"),
    ("", "share_decoder_embeddings: true", "tie: decoder", "model"),
    ("", "valid_sets: a", "valid: {source: FILE, target: FILE}", "data"),
    ("", "encoder_layers: 6", "encoder_layers: 6", "model"),
    ("model", "dec-depth: 2", "decoder_layers: 2", "model"),
    ("data", "src: de", "source: de", "data"),
    ("data", "trg: en", "target: en", "data"),
]
REPLACED = [  # keys of GOOD under other names
    ("  dim: 16", "  d_model: 16", "dim: 16", "model"),
    ("  dim: 16", "  hidden_size: 16", "dim: 16", "model"),
    ("  layers: 1", "  num_layers: 1", "layers: 1", "model"),
    ("  heads: 2", "  n_heads: 2", "heads: 2", "model"),
    ("  heads: 2", "  transformer-heads: 2", "heads: 2", "model"),
    ("  feed_forward: 32", "  ff_size: 32", "feed_forward: 32", "model"),
    ("  max_updates: 30", "  max_steps: 30", "max_updates: 30", "training"),
    ("  max_updates: 30", "  train_steps: 30", "max_updates: 30", "training"),
    ("output: run", "model_dir: run", "output: run", ""),
    ("source: a.de", "src: a.de", "source: a.de", None),
    ("target: a.en", "trg: a.en", "target: a.en", None),
]


class Place:
    """A folder with a configuration, where commands run; there is no terminal."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def run(self, *arguments, cwd=None):
        return subprocess.run([PROGRAM, *arguments], cwd=cwd or self.folder, capture_output=True, text=True, timeout=300,
                              check=False, stdin=subprocess.DEVNULL)

    def check(self, text, *arguments):
        """`regard config check` of a text: exit code and error lines."""
        (self.folder / "c.yaml").write_text(text)
        done = self.run("config", "check", "c.yaml", *arguments)
        return done.returncode, done.stderr.splitlines()


def put(text, group, line):
    """The text with a line in a group, or at the end."""
    return text.replace(f"\n{group}:\n", f"\n{group}:\n  {line}\n") if group else text + line + "\n"


def check_answers(checks, text, cases, errors):
    """Each foreign line of `text` got the wanted answer."""
    rows = text.splitlines()
    for line, answer, where, *more in cases:
        number = next(i for i, row in enumerate(rows, 1) if line in row)
        said = [error for error in errors if error.startswith(f"error: c.yaml:{number}:") and "unknown key" in error]
        wanted = "unknown key" if answer is None else f"write {answer}" + (f" in {where} (line " if where else "")
        checks.that(f"{line!r}: {wanted}", len(said) == 1 and wanted in said[0]
                    and all(part in said[0] for part in more), (said, number))


def check_foreign_names(checks, place):
    text = GOOD
    for group, line, *_ in FOREIGN:
        text = put(text, group, line)
    code, errors = place.check(text)
    checks.that("each foreign name is one mistake", code == 2 and len(errors) == len(FOREIGN), errors)
    check_answers(checks, text, [(line, *rest) for _, line, *rest in FOREIGN], errors)
    done = set()
    for old, new, *rest in REPLACED:
        text = GOOD.replace(old, new)
        assert text != GOOD
        code, errors = place.check(text)
        check_answers(checks, text, [(new.strip(), *rest)], errors)
    # What is advised is right: with the line, the configuration is good.
    for _, line, answer, where, *_ in FOREIGN:
        if answer is None or answer.startswith("init_from") or answer in done:
            continue
        done.add(answer)
        code, errors = place.check(put(GOOD, where, answer))
        checks.that(f"{answer!r} is taken", code == 0, errors)


def check_shapes(checks, place):
    for old, new, wanted in (
            ("max_updates: 30", "optimizer: adam", "write optimizer: {type: adam}"),
            ("max_updates: 30", "schedule: cosine", "write schedule: {type: cosine}"),
            ("max_updates: 30", "schedule: 0.001", "write schedule: {peak: 0.001}"),
            ("dim: 16", "dropout: 0.1", "write dropout: {residual: 0.1, embedding: 0.1}"),
            ("dim: 16", "dropout: none", "write a group of keys"),
            ("  train:\n    - {source: a.de, target: a.en}", "  train: a", "write [{source: ..., target: ...}]"),
            ("max_updates: 30", "encoder: {layers: 6}", "unknown key")):
        text = GOOD.replace(old, new)
        assert text != GOOD
        code, errors = place.check(text)
        checks.that(f"{new.strip()!r}: {wanted}", code == 2 and any(wanted in error for error in errors), errors)
    code, errors = place.check(GOOD.replace("  dim: 16", "  dim: 16\n  encoder: {layers: 6}"))
    said = "".join(errors)
    checks.that("model.encoder.layers is not taken for the key of the other side",
                code == 2 and "model.decoder.layers" not in said and re.search(r"model\.(encoder_)?layers", said), said)


def check_all_problems(checks, place):
    code, errors = place.check(GOOD + "".join(f"key{i}: 1\n" for i in range(60)))
    checks.that("60 mistakes are 60 lines", code == 2 and len(errors) == 60
                and all(error.startswith("error: c.yaml:") for error in errors), errors[-3:])
    code, errors = place.check(GOOD + "validation: {metrics: [blue]}\n")
    checks.that("a metric that is none is one mistake", code == 2 and len(errors) == 1 and "use bleu" in errors[0],
                errors)
    code, errors = place.check(GOOD.replace("heads: 2", "heads: 3"))
    checks.that("without a terminal, a mistake is one line",
                (code, len(errors)) == (2, 1) and "\x1b" not in errors[0], errors)
    code, errors = place.check(GOOD, "--set", "training.lr=0.01")
    checks.that("a foreign name on the command line is answered for it",
                code == 2 and "write --set training.schedule.peak=0.01" in errors[0], errors)


def check_yaml(checks, place):
    for name, text, parts in (
            ("a tab", GOOD.replace("  dim: 16", "\tdim: 16"), ("c.yaml:6:1:", "tab")),
            ("an open bracket", GOOD.replace("a.en}", "a.en"), ("c.yaml:4:7:", "the bracket { is never closed")),
            ("an open square bracket", GOOD + "validation: {metrics: [bleu}\n", ("c.yaml:12:23:", "bracket [")),
            ("no blank after a colon", GOOD.replace("dim: 16", "dim:16"), ("c.yaml:6:3:", "write 'dim: 16'")),
            ("a tag without quotes", GOOD.replace("a.en}", "a.en}\n  source: >>de<<"), ("c.yaml:5:", "quotes"))):
        code, errors = place.check(text)
        checks.that(f"YAML: {name} is explained", code == 2 and len(errors) == 1
                    and all(part in errors[0] for part in parts), errors)


def check_missing_corpus(checks, place):
    folder = place.folder / "sub"
    folder.mkdir()
    (folder / "c.yaml").write_text(GOOD + "vocabulary: {source: my.spm}\n")
    (folder / "a.de").write_text("ein Haus\n")
    done = place.run("train", "sub/c.yaml")
    lines = done.stderr.splitlines()
    here = str(place.folder.resolve())
    checks.that("each missing file is one mistake", done.returncode == 2 and len(lines) == 3, lines)
    if len(lines) == 3:
        checks.that("with key and line", lines[0].startswith("error: sub/c.yaml:4:8: data.train[0].source: cannot read a.de")
                    and lines[1].startswith("error: sub/c.yaml:4:22: data.train[0].target: ")
                    and "vocabulary.source: cannot read my.spm" in lines[2], lines)
        checks.that("and the working directory", all(here in line for line in lines), lines)
        checks.that("a file next to the configuration is found", "write sub/a.de" in lines[0], lines)
    (place.folder / "a.dee").write_text("ein Haus\n")
    done = place.run("train", "sub/c.yaml")
    checks.that("a file with nearly the name", "did you mean a.dee?" in done.stderr or "write sub/a.de" in done.stderr,
                done.stderr)
    done = place.run("train", "sub/c.yaml", "--set", "training.init_from=runs/none")
    checks.that("a missing training.init_from is named by its key", done.returncode == 2
                and "training.init_from: runs/none: there is no such model directory" in done.stderr, done.stderr)


def commands_of(place, *path):
    """The commands below a command, by its help."""
    text = place.run(*path, "--help").stdout
    below = []
    for block in re.split(r"\n\n+", text)[1:]:
        head, *rows = block.strip("\n").splitlines() or [""]
        if head.rstrip(":") in ("Options", "Positionals", "Examples") or not head.endswith(":"):
            continue
        below += [match.group(1) for row in rows if (match := re.match(r"  ([a-z][a-z0-9-]*) ", row))]
    return below


def leaves(place, *path):
    below = commands_of(place, *path)
    if not below:
        return [path]
    return [leaf for name in below for leaf in leaves(place, *path, name)]


def check_help(checks, place):
    top = place.run("--help")
    checks.that("--help: begins with how to start", top.returncode == 0 and "Start with:" in top.stdout, top)
    bare = place.run()
    checks.equal("regard alone prints the same help", (bare.returncode, bare.stdout), (0, top.stdout))
    checks.equal("regard help, too", place.run("help").stdout, top.stdout)
    group = place.run("config")
    checks.equal("a group of commands prints its help", (group.returncode, group.stdout),
                 (0, place.run("config", "--help").stdout))
    # `help` takes the names of commands; it is none of a group.
    all_leaves = [path for path in leaves(place) if path[0] != "help"]
    checks.that("there are commands", len(all_leaves) > 15, all_leaves)
    for path in all_leaves:
        shown = place.run(*path, "--help").stdout
        name = " ".join(path)
        checks.equal(f"regard help {name}", place.run("help", *path).stdout, shown)
        examples = shown.partition("\nExamples:\n")[2]
        rows = [row.strip() for row in examples.splitlines() if row.startswith("  regard ")]
        unknown = [(row, option) for row in rows for option in re.findall(r"--[a-z][a-z-]*", row)
                   if row.startswith(f"regard {name} ") and option not in shown.replace(examples, "")]
        checks.that(f"{name}: examples, options that exist, a page",
                    any(row.startswith(f"regard {name}") for row in rows) and not unknown
                    and (match := re.search(r"More: (docs/\w+\.md)", shown))
                    and (pathlib.Path(__file__).parents[2] / match.group(1)).is_file()
                    and "Start with:" not in shown, (shown, unknown))
        lines = shown.partition("\nExamples:\n")[0].splitlines()
        checks.that(f"{name}: no line is longer than 100 columns, no type is named like one of a language",
                    max(map(len, lines)) <= 100 and not re.search(r"\b(INT|FLOAT|UINT)\b|\[\d+ - \d+\]", shown), shown)
    translate = place.run("translate", "--help").stdout
    checks.that("translate: a range stands in the sentence", "  --beam-size N  " in translate
                and "(1 to 256;" in translate and "\nSearch:\n  --beam-size" in translate, translate)
    version = place.run("--version")
    checks.equal("-V is --version", place.run("-V").stdout, version.stdout)
    done = place.run("help", "tranlate")
    checks.that("help of a command that is not there", done.returncode == 2 and "did you mean translate?" in done.stderr
                and done.stdout == "", done)


def check_usage(checks, place):
    for arguments, *parts in (
            (["train", "--sett", "a=1"], "unknown option '--sett', did you mean --set?", "regard train --help"),
            (["train", "c.yaml", "--outptu", "x"], "did you mean --output?"),
            (["translate", "--beem-size=3"], "did you mean --beam-size?"),
            (["evaluate", "--refrence", "x"], "unknown option '--refrence', did you mean --reference?"),
            (["score", "--sorce", "x"], "unknown option '--sorce', did you mean --source?"),
            (["translate", "--beam-size", "0", "--n-bset", "3"], "unknown option '--n-bset', did you mean --n-best?"),
            (["train", "--max-updates", "7"], "unknown option '--max-updates', did you mean --set training.max_updates=?"),
            (["train", "c.yaml", "--beam-size", "4"], "unknown option '--beam-size'", "--set validation.beam_size="),
            (["info", "run", "--beam-size", "4"], "which belongs to regard translate and regard evaluate"),
            (["translate", "run", "--beam-size", "300"], "error: --beam-size: decoding.beam_size: 300 is out of range",
             "between 1 and 256"),
            (["translate", "run", "--stop", "exat"], "error: --stop: decoding.stop: 'exat'", "use exact"),
            (["translate", "run", "--max-length", "2x0"], "error: --max-length: decoding.max_length.plus: 0"),
            (["translate", "run", "--min-length", "9", "--max-length", "5"], "error: --min-length: decoding.min_length: 9 is"),
            (["train", "--resume", "always"], "error: --resume: 'always' is not one of auto, never, require"),
            (["evaluate", "--reference"], "--reference: its value is missing", "write --reference FILE"),
            (["tranlate", "--help"], "did you mean translate?"),
            (["config", "chekc"], "did you mean check?", "regard config --help"),
            (["train"], "regard train: CONFIG is missing", "regard train configs/quickstart.yaml"),
            (["translate"], "regard translate: MODEL is missing", "regard translate runs/quickstart"),
            (["evaluate"], "--reference"),
            (["translate", "run", "input.de"], "'input.de'", "did you mean --input?"),
            (["-x"], "unknown option '-x'")):
        done = place.run(*arguments)
        lines = done.stderr.splitlines()
        checks.that("regard " + " ".join(arguments), done.returncode == 2 and len(lines) == 1 and done.stdout == ""
                    and " Fix: " in lines[0] and all(part in lines[0] for part in parts), done)
    runs = place.folder / "runs"
    (runs / "first").mkdir(parents=True)
    (runs / "first/config.yaml").write_text(GOOD)
    for name, part in (("runs/frist", "did you mean runs/first?"), ("runs/x", "use one of those in runs: first"),
                       ("Helsinki-NLP/opus-mt-de-en", "regard import marian-hf"), ("nothing", "regard train CONFIG")):
        done = place.run("translate", name)
        checks.that(f"translate {name}: {part}", done.returncode == 2 and part in done.stderr, done)


def check_explain(checks, place):
    done = place.run("config", "explain", "training.schedule.peak")
    checks.that("explain: a key", done.returncode == 0 and done.stdout.startswith("training.schedule.peak\n")
                and all(part in done.stdout for part in (
                    "type      number", "default   0.0007", "allowed   above 0 and at most 100", "resume    course: ",
                    "in YAML   training: {schedule: {peak: 0.0007}}", "--set training.schedule.peak=0.0007")), done)
    done = place.run("config", "explain", "data.max_length")
    checks.that("explain: a unit", "unit      subwords" in done.stdout and "resume    fixed: " in done.stdout, done)
    done = place.run("config", "explain", "training.schedule")
    keys = re.findall(r"^  ([a-z]+) ", done.stdout.partition("\n\n")[2], re.M)
    checks.that("explain: a group lists its keys", done.returncode == 0 and "warmup" in keys and "peak" in keys, done)
    for key in ("data.train[0].source", "data.train.source", "data.train[].source"):
        checks.that(f"explain: {key}", "data: {train: [{source: " in place.run("config", "explain", key).stdout, key)
    top = place.run("config", "explain")
    groups = re.findall(r"^  ([a-z]+) .*\(group\)", top.stdout, re.M)
    checks.that("explain: the top level", top.returncode == 0 and "training" in groups and "decoding" in groups, top)
    for key, part in (("training.schedule.peek", "did you mean training.schedule.peak?"),
                      ("lr", "its name here is training.schedule.peak"), ("heads", "model.heads"),
                      ("zzz", "see regard config explain")):
        done = place.run("config", "explain", key)
        checks.that(f"explain {key}: {part}", done.returncode == 2 and part in done.stderr, done)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="regard-messages-") as folder:
        place = Place(folder)
        code, errors = place.check(GOOD)
        checks.that("the configuration that all others are made of is good", code == 0, errors)
        check_foreign_names(checks, place)
        check_shapes(checks, place)
        check_all_problems(checks, place)
        check_yaml(checks, place)
        check_usage(checks, place)
        check_missing_corpus(checks, place)
        check_help(checks, place)
        check_explain(checks, place)
    print(f"{checks.done} checks passed" if checks.failed == 0 else f"{checks.failed} of {checks.done} checks failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
