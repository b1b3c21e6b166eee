#!/usr/bin/env python3
"""The parts of README.md that come from a real run: what training printed, translations, score, messages, pictures.

    readme_blocks.py [--run DIR] [--program FILE]            writes them
    readme_blocks.py --messages [--program FILE]             writes the messages alone, which need no run
    readme_blocks.py --check [--run DIR] [--program FILE]    changes nothing; ends with 1 if what the README shows is not
                                                             what the program prints

A part stands between `<!-- run: NAME -->` and `<!-- end -->`. The run is a folder that scripts/quickstart.sh has filled
(train.log, test.hypothesis.en, test.score). --check takes any run of configs/quickstart.yaml, also a short one: it compares
the form of each line, all but its numbers, with what that run printed.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DATA = ROOT / "data" / "quickstart"
IMAGES = ROOT / "docs" / "images"
SHOWN_LINES = (1, 201)  # of the test file, as scripts/quickstart.sh shows them, too
ATTENTION_LINE = 201
WRONG_CONFIG = re.compile(r"```yaml\n(# my\.yaml\n.*?)```", re.S)


def fail(text):
    print(f"readme_blocks.py: {text}", file=sys.stderr)
    sys.exit(1)


# --- what a run left ----------------------------------------------------------------------------------------------

def log_lines(run):
    """What training printed: the log without date and level. Only the last session, if there were several."""
    path = run / "train.log"
    if not path.is_file():
        fail(f"{path} is not there. Fix: run scripts/quickstart.sh first")
    stamp = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[\w+\] ")
    return [stamp.sub("", line) for line in path.read_text(encoding="utf-8").splitlines()]


def training_lines(run):
    """Some lines of the log: the preparations, the first update, the validations, the end."""
    lines = log_lines(run)
    preparations = [line for line in lines if line.startswith(("vocabulary: ", "training data: ", "model: ", "memory: "))]
    updates = [line for line in lines if re.match(r"update \d+  epoch ", line)]
    validations = [line for line in lines if re.match(r"update \d+  validation ", line)]
    end = [line for line in lines if line.startswith(("finished after ", "best "))]
    if not (preparations and updates and validations and end):
        fail(f"{run / 'train.log'} is not the log of a finished run")
    return preparations + updates[:1] + validations + end


def lines_of(path):
    return path.read_text(encoding="utf-8").split("\n")


def translation_lines(run):
    texts = [lines_of(path) for path in (DATA / "test.de", run / "test.hypothesis.en", DATA / "test.en")]
    shown = []
    for number in SHOWN_LINES:
        for name, text in zip(("German", "translation", "reference"), texts):
            shown.append(f"  {name:<11}  {text[number - 1]}")
        shown.append("")
    return shown + [(run / "test.score").read_text(encoding="utf-8").strip()]


# --- messages -----------------------------------------------------------------------------------------------------

def messages(program, config):
    """What `regard config check my.yaml` says of a configuration."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "my.yaml").write_text(config, encoding="utf-8")
        done = subprocess.run([program, "config", "check", "my.yaml"], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 2:
        fail(f"the configuration of README.md with mistakes ends with {done.returncode}, not 2: {done.stderr}")
    return done.stderr.strip().split("\n")


def message_lines(program, text):
    found = WRONG_CONFIG.search(text)
    if not found:
        fail("README.md has no yaml block that begins with '# my.yaml'")
    return ["$ regard config check my.yaml"] + messages(program, found.group(1))


# --- the README ---------------------------------------------------------------------------------------------------

def block_pattern(name):
    return re.compile(rf"(<!-- run: {name} -->\n```\n)(.*?)(\n```\n<!-- end -->)", re.S)


def block_of(text, name):
    found = block_pattern(name).search(text)
    if not found:
        fail(f"README.md has no block '<!-- run: {name} -->'")
    return found.group(2).split("\n")


def with_block(text, name, lines):
    block_of(text, name)
    return block_pattern(name).sub(lambda found: found.group(1) + "\n".join(lines) + found.group(3), text)


def form(line):
    """A line without its numbers and times."""
    line = re.sub(r"\d[\d,.]*(e-\d+)?", "#", line)
    return re.sub(r"(# h )?(# min )?# s\b", "TIME", line)


def check_lines(name, lines, printed):
    """Every line that the README shows must have the form of one that was printed."""
    known = {form(line) for line in printed}
    wrong = [line for line in lines if line and not line.startswith("$ ") and form(line) not in known]
    for line in wrong:
        print(f"README.md, block '{name}': no run prints this any more: {line}", file=sys.stderr)
    return not wrong


def check_translations(shown):
    """Three lines for each sentence: German and reference as in the test file."""
    source, reference = lines_of(DATA / "test.de"), lines_of(DATA / "test.en")
    rows = [re.match(r"  (German|translation|reference) +(.*)", line) for line in shown]
    rows = [row.groups() for row in rows if row]
    if [name for name, _ in rows] != ["German", "translation", "reference"] * len(SHOWN_LINES):
        print("README.md, block 'translations': not three lines for each sentence", file=sys.stderr)
        return False
    for number, german, english in zip(SHOWN_LINES, rows[0::3], rows[2::3]):
        if german[1] != source[number - 1] or english[1] != reference[number - 1]:
            print(f"README.md, block 'translations': line {number} of the test file is another one", file=sys.stderr)
            return False
    return True


def check(run, program):
    text = README.read_text(encoding="utf-8")
    good = check_lines("training", block_of(text, "training"), log_lines(run))
    shown = block_of(text, "translations")
    good &= check_translations(shown)
    score = run / "test.score"
    if score.is_file():
        good &= check_lines("translations", shown[-1:], score.read_text(encoding="utf-8").splitlines())
    if program:
        expected, there = message_lines(program, text), block_of(text, "mistakes")
        if expected != there:
            good = False
            print("README.md, block 'mistakes': the program says\n  " + "\n  ".join(expected), file=sys.stderr)
    print("README.md shows what the program prints" if good else "README.md is out of date. Fix: scripts/update_readme.sh")
    return 0 if good else 1


def update_messages(program):
    text = README.read_text(encoding="utf-8")
    README.write_text(with_block(text, "mistakes", message_lines(program, text)), encoding="utf-8")


def update(run, program):
    text = README.read_text(encoding="utf-8")
    text = with_block(text, "training", ["$ regard train configs/quickstart.yaml"] + training_lines(run))
    text = with_block(text, "translations", translation_lines(run))
    README.write_text(text, encoding="utf-8")
    update_messages(program)
    (IMAGES / "quickstart_curves.svg").write_bytes((run / "curves.svg").read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        for name in ("de", "en"):
            (pathlib.Path(folder) / name).write_text(lines_of(DATA / f"test.{name}")[ATTENTION_LINE - 1] + "\n", encoding="utf-8")
        subprocess.run([program, "attend", run, "--source", f"{folder}/de", "--target", f"{folder}/en", "--output",
                        IMAGES / "attention.svg"], check=True)
    print(f"README.md, {IMAGES.relative_to(ROOT)}/quickstart_curves.svg and attention.svg are those of {run}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--check", action="store_true")
    kind.add_argument("--messages", action="store_true")
    parser.add_argument("--run", type=pathlib.Path, default=ROOT / "runs" / "quickstart")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build" / "regard")
    arguments = parser.parse_args()
    if not arguments.program.is_file():
        fail(f"{arguments.program} is not there. Fix: run scripts/build.sh first")
    program = arguments.program.resolve()
    if arguments.messages:
        update_messages(program)
    else:
        sys.exit((check if arguments.check else update)(arguments.run, program))


if __name__ == "__main__":
    main()
