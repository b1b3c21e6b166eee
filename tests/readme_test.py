#!/usr/bin/env python3
"""Runs what README.md and the guides show, in a copy of the layout.

- The `regard` lines of their sh blocks. Training is cut to a few updates by further --set options, a comparison to one seed;
  scripts are checked for their syntax only, because they run this test or take minutes; of the quickstart, its training runs.
- The blocks of README.md that come from a real run (scripts/readme_blocks.py): each line must have the form of one that the
  short training prints; the messages about a wrong configuration must be those that the program gives.
- The C++ lines of README.md must stand in the program that it names, which the tests build.
- The programs of docs/pipe.md, against the model that was just trained.
- Links between the pages, with their headings.

Takes the path of the program.
"""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ("README.md", "docs/guide.md", "docs/interop.md", "docs/log_and_metrics.md", "docs/release.md")
SHORT = ["training.max_updates=8", "training.log_every=4", "validation.every=8", "validation.samples=0",
         "data.valid={source: small.de, target: small.en}", "training.batch_tokens=512", "vocabulary.size=700",
         "data.train=[{source: small.de, target: small.en}]"]


def commands():
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in PAGES)
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        for line in block.replace("\\\n", " ").splitlines():
            line = line.strip() if line.lstrip().startswith("python3 ") else line.split("#")[0].strip()
            if line:
                yield line


def shortened(line):
    line = re.sub(r"^build/", "", line)
    line = re.sub(r"--updates \d+ --seeds \d+", "--updates 8 --seeds 1", line)
    if line.startswith("regard train configs/tasks/"):
        return line + " --set training.max_updates=8 --set validation.every=8"
    if line.startswith(("regard train", "regard compare")):
        line += "".join(f" --set '{item}'" for item in SHORT)
    if line.startswith("regard compare"):
        line += " --set validation.every=0"
    return line


def fail(text):
    print(text)
    sys.exit(1)


def run_commands(work, environment):
    num_run = num_scripts = 0
    for line in commands():
        script = re.match(r"(scripts/\S+\.sh)", line)
        if script:
            subprocess.run(["bash", "-n", script.group(1)], cwd=work, check=True)
            num_scripts += 1
            if script.group(1) != "scripts/quickstart.sh":
                continue
            line = "regard train configs/quickstart.yaml"  # what later commands need of it
        if line.startswith("regard serve "):
            continue  # it does not end; check_server() starts it
        if not re.search(r"\bregard |^sed |^mkdir |^python3 -c |^scripts/\S+\.py ", line):
            continue
        line = shortened(line)
        print("$", line, flush=True)
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], cwd=work, env=environment, check=False)
        if done.returncode != 0:
            fail(f"failed with exit code {done.returncode}")
        num_run += 1
    print(f"{num_run} commands run, {num_scripts} scripts checked")
    if num_run < 20 or num_scripts < 2:
        fail("these are fewer than the pages have")


def check_transcripts(work, environment, binary):
    run = work / "runs" / "quickstart"
    with open(run / "test.score", "w", encoding="utf-8") as score:
        subprocess.run(["regard", "evaluate", "--hypothesis", "output.en", "--reference", "input.en"], cwd=work,
                       env=environment, stdout=score, check=True)
    subprocess.run([sys.executable, ROOT / "scripts/readme_blocks.py", "--check", "--run", run, "--program", binary],
                   check=True)
    blocks = re.findall(r"```cpp\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    programs = ["examples/cpp/main.cpp", "tests/interop/model_logits.cpp"]
    for code, program in zip(blocks, programs, strict=True):
        lines = [line.strip() for line in code.splitlines() if line.strip()]
        text = (ROOT / program).read_text(encoding="utf-8")
        missing = [line for line in lines if line not in text]
        if len(lines) < 3 or missing:
            fail(f"C++ lines of README.md that {program} does not have: {missing}")


def serving_blocks():
    """The shell block, and the Python files by name."""
    text = (ROOT / "docs/pipe.md").read_text(encoding="utf-8")
    shell = re.search(r"```bash\n(.*?)```", text, re.S).group(1)
    return shell, dict(re.findall(r"```python\n(?=# (\w+\.py)\n)(.*?)```", text, re.S))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def posted(port, text, server):
    """What the HTTP service answers, as soon as it is up."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", data=text, timeout=60) as answer:
                return answer.read()
        except ConnectionRefusedError:
            pass
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
        if server.poll() is not None:
            fail(f"serve.py ended with {server.returncode}")
        time.sleep(0.1)
    return fail("serve.py does not answer")


def check_serving(work, environment):
    shell, programs = serving_blocks()
    for name, text in programs.items():
        (work / name).write_text(text, encoding="utf-8")

    def output(*command, **options):
        done = subprocess.run(command, cwd=work, env=environment, stdout=subprocess.PIPE, timeout=120, check=True, **options)
        return done.stdout.decode("utf-8")

    if output("bash", "-euc", shell).count("\n") != 1:
        fail("the shell block of docs/pipe.md does not print one line")
    lines = output(sys.executable, "piped_model.py").split("\n")
    if len(lines) != 4 or lines[1] != "" or lines[3] != "":
        fail(f"piped_model.py of docs/pipe.md printed {lines}")
    if output(sys.executable, "several_models.py").count("\n") != 1:
        fail("several_models.py of docs/pipe.md does not print one line")
    text = (work / "input.de").read_bytes()
    expected = output("regard", "translate", "runs/quickstart", "--precision", "int8", input=text)
    port = free_port()
    server = subprocess.Popen([sys.executable, "serve.py", "runs/quickstart", str(port)], cwd=work, env=environment,
                              stderr=subprocess.DEVNULL)
    try:
        answer = posted(port, text, server).decode("utf-8")
    finally:
        server.kill()
        server.wait()
    if expected.count("\n") != 3 or answer != expected:
        fail(f"serve.py of docs/pipe.md answered {answer!r}, not {expected!r}")
    print("the programs of docs/pipe.md work")


def check_server(work, environment):
    """`regard serve` and the curl of README.md, on a port that is free."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    command, curl = re.search(r"```sh\n(regard serve .*)\n(curl .*)\n```", text).groups()
    port = free_port()
    server = subprocess.Popen([*command.split(), "--port", str(port)], cwd=work, env=environment, stderr=subprocess.PIPE)
    try:
        if b"serving de-en" not in server.stderr.readline():
            fail("regard serve does not say that it serves")
        pairs = [quoted or plain for quoted, plain in re.findall(r"-d (?:'([^']*)'|(\S+))", curl)]
        fields = "&".join(pairs).replace(" ", "+").encode("utf-8")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/translate", data=fields, timeout=60) as answer:
            given = json.load(answer)["translatedText"]
    finally:
        server.terminate()
    expected = subprocess.run(["regard", "translate", "runs/quickstart"], cwd=work, env=environment, check=True,
                              input="Maria sieht den Hund.\n", stdout=subprocess.PIPE, text=True).stdout
    if server.wait(timeout=60) != 143 or not given or given + "\n" != expected:
        fail(f"regard serve answered {given!r}, not {expected!r}, and ended with {server.returncode}")
    print("the server of README.md works")


def anchors_of(page):
    """The headings of a page as GitHub names them in links."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.M)}


def check_links():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/**/*.md"), *ROOT.glob("data/*/*.md")]
    broken, count = [], 0
    for page in pages:
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", page.read_text(encoding="utf-8"))):
            if target.startswith(("http:", "https:")):
                continue
            count += 1
            path, _, anchor = target.partition("#")
            file = page.parent / path if path else page
            if not file.exists() or anchor and anchor not in anchors_of(file):
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    if broken or count < 50:
        fail("links that lead nowhere:\n  " + "\n  ".join(broken))
    print(f"{count} links between the pages lead somewhere")


def main():
    check_links()
    binary = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for name in ("configs", "scripts"):
            (work / name).symlink_to(ROOT / name)
        (work / "data").mkdir()  # commands write there
        for folder_of_data in (ROOT / "data").iterdir():
            (work / "data" / folder_of_data.name).symlink_to(folder_of_data)
        for side in ("de", "en"):
            lines = (ROOT / f"data/quickstart/valid.{side}").read_text(encoding="utf-8").splitlines()
            for name, count in (("a", 500), ("small", 300), ("input", 3)):
                (work / f"{name}.{side}").write_text("\n".join(lines[:count]) + "\n", encoding="utf-8")
        # What the pages install for a user goes into `work`; the Python is this one, wherever its settings are.
        path = f"{binary.parent}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = dict(os.environ, PATH=path, HOME=str(work))
        run_commands(work, environment)
        check_transcripts(work, environment, binary)
        check_serving(work, environment)
        check_server(work, environment)


if __name__ == "__main__":
    main()
