#!/usr/bin/env python3
"""Checks what the attention page is made of, src/report/assets: the form of the files, what a page must not do, and that script,
style and body name each other's parts rightly. node reads the script, where it is installed.

Every check is first shown a fault that it must find. Exits with 1 when a check fails, and with 77 when the files pass but
there is no node.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ASSETS = pathlib.Path(__file__).resolve().parents[2] / "src/report/assets"
FILES = {kind: f"attention_page.{kind}" for kind in ("js", "css", "html")}
MAX_COLUMNS = 110

# A page shows data and nothing else: no text becomes markup or code, nothing comes from or goes to a network, and nothing is
# left over from a search for a mistake.
FORBIDDEN = {
    "js": [r"\bconsole\b", r"\bdebugger\b", r"\balert\(", r"\beval\(", r"\bFunction\(", r"\b(inner|outer)HTML\b",
           r"\binsertAdjacentHTML\b", r"\bdocument\.write", r"\bfetch\(", r"\bXMLHttpRequest\b", r"\bWebSocket\b",
           r"\bimport\b", r"\b(local|session)Storage\b", r"https?:", r"\bvar ", r"[^=!]==[^=]", r"!=[^=]", r"</script",
           r"<!--", r"[^\n -~]"],
    "css": [r"@import", r"\burl\(", r"https?:", r"</style", r"<!--"],
    "html": [r"<script", r"<style", r"\son\w+=", r"\sstyle=", r"\ssrc=", r"\shref=", r"https?:"],
}
OPENING = {")": "(", "]": "[", "}": "{"}
STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|//[^\n]*|/\*.*?\*/", re.DOTALL)


def line_problems(text):
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield "does not end with one line end"
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line or "\r" in line:
            yield f"line {number}: a tab or a carriage return"
        if line != line.rstrip():
            yield f"line {number}: blanks at the end"
        if len(line) > MAX_COLUMNS:
            yield f"line {number}: longer than {MAX_COLUMNS} columns"


def bracket_problems(text):
    """Brackets close in the order in which they were opened; those in strings and comments do not count."""
    open_brackets = []
    for number, line in enumerate(STRING.sub(lambda part: "\n" * part.group().count("\n"), text).split("\n"), 1):
        for sign in line:
            if sign in "([{":
                open_brackets.append((sign, number))
            elif sign in OPENING and (not open_brackets or open_brackets.pop()[0] != OPENING[sign]):
                yield f"line {number}: '{sign}' closes nothing"
                return
    if open_brackets:
        yield f"line {open_brackets[-1][1]}: '{open_brackets[-1][0]}' is not closed"


def name_problems(assets):
    """Names that one file uses and no other one has."""
    js, css, html = (assets[kind] for kind in ("js", "css", "html"))
    ids = re.findall(r'\bid="([^"]+)"', html)
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield "html", f"id {name} occurs twice"
    known = set(ids) | {"data"}  # attention_html() writes the data into an element of its own
    strings = set(re.findall(r"'([\w-]+)'", js))
    for name in sorted(set(re.findall(r"\b(?:by|getElementById)\('([^']+)'\)", js)) - known):
        yield "js", f"there is no element {name}"
    selectors = re.sub(r"\{[^{}]*\}", "{}", css)
    for name in sorted(set(re.findall(r"#([\w-]+)", selectors)) - known):
        yield "css", f"there is no element {name}"
    for name in sorted(set(re.findall(r'\bfor="([^"]+)"', html)) - known):
        yield "html", f"there is no element {name}"
    in_style = set(re.findall(r"#([\w-]+)", selectors)) | set(re.findall(r'\bfor="([^"]+)"', html))
    for name in sorted(set(ids) - strings - in_style):
        yield "html", f"nothing uses the id {name}"
    classes = {name for value in re.findall(r'\bclass="([^"]+)"', html) for name in value.split()}
    classes |= {name for text in re.findall(r"'([^'\n]*)'", js) for name in text.split()}
    for name in sorted(set(re.findall(r"\.([a-zA-Z][\w-]*)", selectors)) - classes):
        yield "css", f"nothing has the class {name}"
    set_names = set(re.findall(r"(--[\w-]+):", css)) | set(re.findall(r"setProperty\('(--[\w-]+)'", js))
    for name in sorted(set(re.findall(r"var\((--[\w-]+)\)", css)) - set_names):
        yield "css", f"nothing sets {name}"
    for name in re.findall(r"\bfunction (\w+)\(", js):
        if len(re.findall(rf"\b{name}\b", js)) < 2:
            yield "js", f"nothing calls {name}()"


def problems_of(assets):
    found = []
    for kind, text in assets.items():
        found += [(kind, problem) for problem in line_problems(text)]
        for pattern in FORBIDDEN[kind]:
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                found.append((kind, f"line {line}: {match.group().strip()!r} must not be there"))
        if kind != "html":
            found += [(kind, problem) for problem in bracket_problems(text)]
    if not assets["js"].startswith("'use strict';\n"):
        found.append(("js", "does not begin with 'use strict'"))
    return [f"{FILES[kind]}: {problem}" for kind, problem in found + list(name_problems(assets))]


def undetected_faults(assets):
    """Faults made on purpose that no check finds."""
    js, css, html = (assets[kind] for kind in ("js", "css", "html"))
    faults = [
        ("js", js.replace("  const made", "\tconst made", 1)), ("js", js + "\n"), ("js", js[:-1]),
        ("js", js.replace("start();\n", "start();  \n")), ("js", js + "// " + "x" * MAX_COLUMNS + "\n"),
        ("js", js.replace("start();\n", "console.log(1);\nstart();\n")),
        ("js", js.replace("made.textContent", "made.innerHTML")), ("js", js.replace("{\n", "\n", 1)),
        ("js", js.replace("};\n", "};)\n", 1)), ("js", js.replace("'status'", "'stat'")), ("js", js + "function idle() {}\n"),
        ("js", js.replace(" === ", " == ", 1)), ("js", js.replace("'use strict';\n", "")), ("js", js + "// ü\n"),
        ("css", css.replace("#status", "#stat")), ("css", css.replace(".muted", ".mute")), ("css", css + "td{color:red\n"),
        ("css", css.replace("var(--line)", "var(--lines)", 1)), ("css", css + "a{background:url(x)}\n"),
        ("html", html.replace('id="next"', 'id="previous"')), ("html", html.replace('for="map"', 'for="maps"')),
        ("html", html.replace("<header", '<header onclick="x"')), ("html", html.replace("<header", '<header id="top"')),
    ]
    for kind, text in faults:
        if text == assets[kind]:
            yield f"{kind}: a fault that changes nothing"
        elif not problems_of({**assets, kind: text}):
            at = next((i for i, (a, b) in enumerate(zip(text, assets[kind])) if a != b), len(assets[kind]) - 1)
            yield f"{kind}: a fault at {text[at:at + 30]!r} is not found"


def node_accepts(node, script):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "page.js"
        path.write_text(script, encoding="utf-8")
        done = subprocess.run([node, "--check", path], capture_output=True, text=True, timeout=60)
    return done.returncode == 0, done.stderr.strip()


def main():
    assets = {kind: (ASSETS / name).read_bytes().decode("utf-8") for kind, name in FILES.items()}
    problems = problems_of(assets) + list(undetected_faults(assets))
    node = shutil.which("node") or shutil.which("nodejs")
    if node:
        is_right, reason = node_accepts(node, assets["js"])
        if not is_right:
            problems.append(f"{FILES['js']}: {reason}")
        if node_accepts(node, assets["js"].replace("const data =", "const const data =", 1))[0]:
            problems.append("node accepts a script that is wrong")
    for problem in problems:
        print("error:", problem)
    lines = sum(text.count("\n") for text in assets.values())
    print(f"{len(assets)} files, {lines} lines, {len(problems)} problems")
    if problems:
        return 1
    if not node:
        print("The files pass, but whether the script can be read is unknown: node is not installed.")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
