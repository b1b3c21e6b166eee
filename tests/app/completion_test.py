#!/usr/bin/env python3
"""Completion in bash, zsh and fish, and manual pages: made by the program, used by the shells and by man.

Usage: completion_test.py PATH_OF_REGARD. A shell that is not there is left out and named. Prints what it checks; exits 1
if anything failed.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
# What is typed, the last word unfinished, and what the shell must offer: all of it, or (with a dict) some and not others.
TYPED = [
    (["tr"], ["train", "translate"]),
    (["config", "ch"], ["check"]),
    (["config", "check", "--s"], ["--set"]),
    (["translate", "--beam"], ["--beam-size"]),
    (["translate", "--stop", ""], ["attainable", "exact", "finished"]),
    (["translate", "--stop", "e"], ["exact"]),
    (["translate", "--scores", "--prec"], ["--precision"]),
    (["train", "--resume", ""], ["auto", "never", "require"]),
    (["train", "c.yaml", "--set", "training.schedule.pe"], ["training.schedule.peak="]),
    (["completion", "z"], ["zsh"]),
    (["export", "ctranslate2", "--quantization", "int"], ["int8"]),
    (["help", "trans"], ["translate"]),
    (["train", "--output", "th"], ["things"]),
    (["translate", "--input", "th"], ["things", "things.txt"]),
    (["info", "th"], ["things"]),
    (["train", "th"], ["things", "things.txt"]),
    (["train", "c.yaml", "--max"], []),
    (["translate", "--min-length", ""], []),
]
BASH = """
source script.bash
while IFS= read -r line; do
  eval "COMP_WORDS=(regard $line)"
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _regard
  printf '%s\\n' "${COMPREPLY[@]}" ''
  echo =====
done
"""
# A shell in a terminal of its own, whose completion writes down what it would offer.
ZSH = """
zmodload zsh/zpty
zpty inner zsh -f -i
line=$1
zpty -w inner "source $PWD/inner.zsh"
repeat 200; do
  zpty -r -t inner text || { sleep 0.05; continue }
  [[ $text == *READY* ]] && break
done
zpty -n -w inner "$line"$'\\t'
all=''
repeat 400; do
  zpty -r -t inner text || { sleep 0.05; continue }
  all+=$text
  [[ $all == *DONE* ]] && break
done
print -r -- $all
"""
ZSH_INNER = """
PROMPT=''
unsetopt zle_bracketed_paste 2> /dev/null
autoload -Uz compinit
compinit -u -D
source $PWD/script.zsh
bindkey '^I' complete-word
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)' '* ]]; then
    builtin compadd "$@"
    return
  fi
  typeset -a hits
  builtin compadd -A hits "$@"
  for hit in $hits; do print -r -- "HIT<$hit>"; done
  builtin compadd "$@"
}
done_now() { print DONE; exit }
comppostfuncs=(done_now)
print READY
"""


class Place:
    """A folder with a file and a folder, and the scripts of the shells."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "things").mkdir()
        (self.folder / "things.txt").write_text("")
        for shell in ("bash", "zsh", "fish"):
            (self.folder / f"script.{shell}").write_text(self.regard("completion", shell).stdout)

    def regard(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
                              stdin=subprocess.DEVNULL)

    def shell(self, *command, stdin=""):
        environment = {**os.environ, "HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder), "TERM": "dumb"}
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False, input=stdin,
                              env=environment)


def commands_of(text):
    """The commands that a help lists."""
    return [name for block in re.split(r"\n\n+", text)[1:] if not block.startswith(("Options:", "Arguments:", "Examples:"))
            for name in re.findall(r"^  ([a-z][a-z0-9-]*) ", block, re.M)]


def helps_of(place, *path):
    """Each command without others below it, and its help."""
    text = place.regard(*path, "--help").stdout
    below = [] if "Usage: regard" in text and "COMMAND\n" not in text else commands_of(text)
    if not below:
        return {path: text}
    return {leaf: help for name in below for leaf, help in helps_of(place, *path, name).items()}


def bash_answers(place, lines):
    done = place.shell("bash", "--norc", "--noprofile", "-c", BASH,
                       stdin="".join(" ".join(map(shlex.quote, words)) + "\n" for words in lines))
    return [sorted(filter(None, block.split("\n"))) for block in done.stdout.split("=====\n")[:-1]], done


def check_bash(checks, place, helps):
    answers, done = bash_answers(place, [words for words, _ in TYPED])
    checks.equal("bash: no complaints", (done.stderr, len(answers)), ("", len(TYPED)))
    for (words, expected), offered in zip(TYPED, answers):
        checks.equal(f"bash: {' '.join(words)!r}", offered, sorted(expected))
    joined, _ = bash_answers(place, [["translate", "--stop", "=", "e"], ["translate", "--stop", "="]])
    checks.equal("bash: --stop=e, which readline parts at the sign", joined, [["exact"], ["attainable", "exact", "finished"]])
    options = {path: sorted(set(re.findall(r"^  (?:-h, )?(--[a-z][a-z0-9-]*)", text, re.M))) for path, text in helps.items()}
    answers, _ = bash_answers(place, [[*path, "--"] for path in options])
    for (path, expected), offered in zip(options.items(), answers):
        checks.equal(f"bash: every option of {' '.join(path)}", offered, expected)


def check_fish(checks, place):
    for words, expected in TYPED:
        line = "regard " + " ".join(words)
        done = place.shell("fish", "--no-config", "-c", f"source script.fish; complete -C {shlex.quote(line)}")
        offered = sorted({row.split("\t")[0].rstrip("/") for row in done.stdout.splitlines()})
        checks.equal(f"fish: {line!r}", (offered, done.stderr), (sorted(expected), ""))


def check_zsh(checks, place):
    (place.folder / "inner.zsh").write_text(ZSH_INNER)
    (place.folder / "outer.zsh").write_text(ZSH)
    checks.equal("zsh: the script is sound", place.shell("zsh", "-n", "script.zsh").stderr, "")
    for words, expected in TYPED:
        line = "regard " + " ".join(words)
        done = place.shell("zsh", "-f", "outer.zsh", line)
        offered = sorted({name.rstrip("/") for name in re.findall(r"HIT<([^>\n]*)>", done.stdout)})
        checks.equal(f"zsh: {line!r}", (offered, "DONE" in done.stdout), (sorted(expected), True))


def check_manual(checks, place, helps):
    checks.equal("man: writes the pages", place.regard("man", "pages/man1").returncode, 0)
    pages = {page.name: page for page in (place.folder / "pages/man1").iterdir()}
    groups = {path[:1] for path in helps if len(path) > 1}
    checks.equal("man: a page for each command", sorted(pages),
                 sorted(["-".join(["regard", *path]) + ".1" for path in [(), *helps, *groups]]))
    for name, page in pages.items():
        text = page.read_text()
        unknown = [row for row in text.splitlines() if row.startswith((".", "'"))
                   and not re.match(r"\.(TH|SH|TP|PP|RS|RE|nf|fi)( |$)", row)]
        checks.that(f"man: {name} has the sections of a page and no stray request", not unknown
                    and all(f".SH {section}\n" in text for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS")), unknown)
        for tool in (["groff", "-man", "-ww", "-z", "-K", "utf8"], ["man", "--warnings", "-l"]):
            if shutil.which(tool[0]):
                done = place.shell(*tool, str(page))
                checks.equal(f"man: {name}: {tool[0]} has no complaints", (done.returncode, done.stderr), (0, ""))
    if shutil.which("man") and shutil.which("groff"):
        shown = place.shell("man", "-l", str(pages["regard-translate.1"])).stdout
        checks.that("man: regard-translate shows an option with its range", re.search(
            r"--beam-size N\n\s+Beam size: hypotheses kept per sentence; 1 = greedy\s+search\s+\(1\s+to\s+256;", shown), shown)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="regard-completion-") as folder:
        place = Place(folder)
        helps = helps_of(place)
        checks.that("there are commands", len(helps) > 18, list(helps))
        check_bash(checks, place, helps)
        for shell, check in (("fish", check_fish), ("zsh", check_zsh)):
            if shutil.which(shell):
                check(checks, place)
            else:
                print(f"left out: there is no {shell}")
        check_manual(checks, place, helps)
        done = place.regard("completion", "tcsh")
        checks.that("completion: an unknown shell", done.returncode == 2 and "'tcsh' is not one of bash, zsh, fish" in done.stderr,
                    done)
    print(f"{checks.done} checks passed" if checks.failed == 0 else f"{checks.failed} of {checks.done} checks failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
