#!/usr/bin/env python3
"""regard serve, as its clients and its operator see it.

Usage: serve_test.py PATH_OF_REGARD [ONE_THAT_TRAINS]. Prints what it checks; exits 1 if anything failed.
"""
import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
TRAINER = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else PROGRAM
CORPUS = pathlib.Path(__file__).resolve().parent.parent.parent / "data" / "quickstart"
TINY = """output: run
data: {{source: de, target: en, train: [{{source: train.de, target: train.en}}], valid: {{source: train.de, target: train.en}}}}
vocabulary: {{size: 400}}
model: {{preset: transformer_tiny, dim: 64, layers: 2, heads: 2}}
training: {{max_updates: {updates}, batch_tokens: 2000, schedule: {{type: inverse_sqrt, peak: 3.0e-3, warmup: 50}}}}
validation: {{every: 1000000}}
"""


class Server:
    """A running `regard serve`; its log is on standard error."""

    def __init__(self, folder, *arguments):
        self.process = subprocess.Popen([PROGRAM, "serve", *map(str, arguments), "--port", "0", "--threads", "2"],
                                        cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        begin = time.monotonic()
        self.log = b""
        while not (found := re.search(rb"serving (\S.*) at http://127\.0\.0\.1:(\d+)", self.log)):
            line = self.process.stderr.readline()
            if not line:
                raise RuntimeError(self.log.decode())
            self.log += line
        self.seconds = time.monotonic() - begin
        self.directions, self.port = found.group(1).decode(), int(found.group(2))

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)

    def ask(self, method, path, body=None, headers=None, connection=None):
        used = connection or self.connection()
        used.request(method, path, body, headers or {})
        response = used.getresponse()
        text = response.read().decode("utf-8")
        if not connection:
            used.close()
        return response.status, json.loads(text) if response.getheader("Content-Type") == "application/json" else text

    def post(self, path, fields, connection=None):
        return self.ask("POST", path, json.dumps(fields), {"Content-Type": "application/json"}, connection)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.log += self.process.stderr.read()
        return self.process.wait(timeout=60)

    def memory(self):
        """Resident, in MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


class Workplace:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        for side in ("de", "en"):
            lines = (CORPUS / f"test.{side}").read_text(encoding="utf-8").split("\n")[:600]
            self.write(f"train.{side}", "".join(line + "\n" for line in lines))
        self.lines = (self.folder / "train.de").read_text(encoding="utf-8").splitlines()[:200]
        self.write("run.yaml", TINY.format(updates=150))
        subprocess.run([TRAINER, "train", "run.yaml"], cwd=self.folder, check=True, capture_output=True)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def translate(self, lines, *options):
        """What the command says, cached by nobody: the truth for each line."""
        done = subprocess.run([PROGRAM, "translate", "run", *options], cwd=self.folder, check=True, capture_output=True,
                              input="".join(line + "\n" for line in lines), text=True)
        result = done.stdout.split("\n")[:-1]
        assert len(result) == len(lines) and any(result), done
        return result


def check_answers(checks, work, server, truth):
    """32 clients with random mixes of texts, lists, forms and streams get what the command says."""
    def client(seed):
        numbers = random.Random(seed)
        connection = server.connection()
        count = wrong = 0
        for _ in range(12):
            chosen = numbers.sample(range(len(work.lines)), numbers.randint(1, 6))
            lines = [work.lines[i] for i in chosen]
            expected = [truth[i] for i in chosen]
            kind = numbers.randrange(4)
            if kind == 0:
                status, answer = server.post("/translate", {"q": lines, "source": "de", "target": "en"}, connection)
                given = answer.get("translatedText")
            elif kind == 1:
                gaps = [numbers.choice(["\n", "\n\n", " \r\n\t", "\n \n"]) for _ in lines]
                text = "".join(line + gap for line, gap in zip(lines, gaps))
                status, answer = server.post("/v1/translate", {"text": text, "source": "de", "target": "en",
                                                               "split": "lines"}, connection)
                given = answer["translations"][0]["text"]
                expected = "".join(line + gap for line, gap in zip(expected, gaps))
            elif kind == 2:
                body = urllib.parse.urlencode({"q": lines[0], "source": "de", "target": "en"})
                status, answer = server.ask("POST", "/translate", body,
                                            {"Content-Type": "application/x-www-form-urlencoded"}, connection)
                given, expected = answer.get("translatedText"), expected[0]
            else:
                status, answer = server.post("/v1/translate", {"text": lines, "source": "de", "target": "en", "stream": True},
                                             connection)
                given = [each["text"] for each in
                         json.loads(answer.split("event: done\ndata: ")[1])["translations"]]
            count += len(chosen) if kind != 2 else 1
            wrong += status != 200 or given != expected
        return count, wrong

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        results = list(pool.map(client, range(32)))
    checks.that("clients got many answers", sum(count for count, _ in results) > 1000, results)
    checks.equal("each is what the command says", sum(wrong for _, wrong in results), 0)


def check_details(checks, work, server):
    line = work.lines[3]
    status, answer = server.post("/v1/translate", {"text": line, "target": "en", "source": "de", "n_best": 3, "beam_size": 4,
                                                   "scores": True, "alignments": True, "word_scores": True})
    checks.equal("details are given", status, 200)
    best = answer["translations"][0]["sentences"][0]["translations"]
    expected = subprocess.run([PROGRAM, "translate", "run", "--n-best", "3", "--beam-size", "4", "--alignments", "links"],
                              cwd=work.folder, check=True, capture_output=True, input=line + "\n", text=True).stdout
    rows = [row.split(" ||| ") for row in expected.splitlines()]
    checks.equal("the n best are those of the command", [each["text"] for each in best], [row[1] for row in rows])
    checks.that("so are their scores", all(abs(each["score"] - float(row[3])) < 1e-4 for each, row in zip(best, rows)), best)
    links = (work.folder / "links").read_text(encoding="utf-8").splitlines()
    checks.equal("and their links", [" ".join(f"{s}-{t}" for s, t in each["links"]) for each in best], links)
    checks.that("there are some", "-" in links[0], links)
    checks.that("words have scores", all(len(each["word_scores"]) == len(each["text"].split()) + 1 and
                                         abs(sum(each["word_scores"]) - each["log_probability"]) < 1e-3 for each in best), best)
    status, answer = server.post("/v1/translate", {"text": line, "target": "en", "source": "de", "n_best": 3, "beam_size": 2})
    checks.equal("what does not fit is refused", (status, "n_best" in answer["error"]), (400, True))


def check_api(checks, work, server):
    status, languages = server.ask("GET", "/languages")
    checks.equal("languages are those of the configuration", [each["code"] for each in languages], ["de", "en"])
    status, answer = server.post("/translate", {"q": work.lines[0], "source": "auto", "target": "en"})
    checks.equal("the source is detected", (status, answer["detectedLanguage"]["language"]), (200, "de"))
    status, health = server.ask("GET", "/health")
    checks.equal("health says what is loaded", (status, health["models"]), (200, [{"name": "run", "loaded": True}]))
    status, metrics = server.ask("GET", "/metrics")
    checks.that("metrics count", re.search(r"regard_sentences_total [1-9]", metrics), metrics)
    checks.that("requests shared batches", float(re.search(r"regard_batch_requests_sum (\S+)", metrics).group(1)) >
                1.2 * float(re.search(r"regard_batch_requests_count (\S+)", metrics).group(1)), metrics)
    status, document = server.ask("GET", "/openapi.json")
    checks.that("the API is described", "/v1/translate" in document["paths"], document)


def raw(server, data, wait=5):
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as client:
        try:
            client.sendall(data)
            return client.recv(200)
        except OSError:
            return b""


def check_hostile(checks, work, server, truth):
    """Requests that nobody should send; others are still answered, and memory stays."""
    numbers = random.Random(1)
    before = server.memory()
    start = b"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

    def with_length(body):
        return start + b"Content-Length: %d\r\n\r\n" % len(body) + body

    kinds = [lambda: os.urandom(numbers.randint(1, 300)) + b"\r\n\r\n",
             lambda: with_length(b"[" * 50000),
             lambda: with_length(b'{"q":' + b"[" * 50000),
             lambda: with_length(b'{"q":"\xff\xfe","source":"de","target":"en"}'),
             lambda: with_length(b'{"q":"\\ud800","source":"de","target":"en"}'),
             lambda: with_length(b'{"q":"a","source":"de","target":"en"'),
             lambda: start + b"Content-Length: 1073741824\r\n\r\n" + b"a" * 1000,
             lambda: start + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n",
             lambda: start + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
             lambda: b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
             lambda: b"GET /%2e%2e/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
             lambda: b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n",
             lambda: start + b"Content-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]
    answers = [raw(server, numbers.choice(kinds)()) for _ in range(300)]
    checks.that("none of them is answered with 200", not any(answer.startswith(b"HTTP/1.1 200") for answer in answers), answers)
    checks.that("many are told why", sum(answer.startswith(b"HTTP/1.") for answer in answers) > 150, answers)
    checks.that("no file was given away", not any(b"root:" in answer for answer in answers))
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    for client in slow:
        client.sendall(start + b"Content-Length: 100\r\n\r\n{")
    status, answer = server.post("/translate", {"q": work.lines[0], "source": "de", "target": "en"})
    checks.equal("others are answered", (status, answer.get("translatedText")), (200, truth[0]))
    for client in slow:
        client.close()
    checks.that("memory stays", server.memory() < before + 64, (before, server.memory()))


def accepted(metrics):
    """How many requests to translate the server has taken."""
    done = re.search(r'path="/translate",status="200"} (\d+)', metrics)
    return int(re.search(r"regard_queue_requests (\d+)", metrics).group(1)) + int(done.group(1) if done else 0)


def check_stop(checks, work, truth):
    """Nothing that was accepted is lost when the server is told to stop."""
    server = Server(work.folder, "run", "--workers", "1", "--split", "lines", "--drain-time", 300)
    connections = []
    for number in range(20):
        connection = server.connection()
        body = json.dumps({"q": work.lines[number:number + 8], "source": "de", "target": "en"})
        connection.request("POST", "/translate", body, {"Content-Type": "application/json"})
        connections.append(connection)
    while accepted(server.ask("GET", "/metrics")[1]) < 20:
        time.sleep(0.001)
    server.process.send_signal(signal.SIGTERM)
    answers = [json.loads(connection.getresponse().read()) for connection in connections]
    checks.equal("none of them with an error", [answer for answer in answers if "error" in answer], [])
    checks.equal("accepted requests are answered", [answer.get("translatedText") for answer in answers],
                 [truth[number:number + 8] for number in range(20)])
    checks.equal("SIGTERM ends with 143", server.process.wait(timeout=60), 143)
    checks.that("and says so", b"stopping" in server.process.stderr.read())
    server = Server(work.folder, "run")
    checks.equal("SIGINT ends with 130", server.stop(signal.SIGINT), 130)


def check_reload(checks, work):
    work.write("keys.yaml", "keys: [{key: old, name: one}]\n")
    server = Server(work.folder, "run", "--api-keys", "keys.yaml", "--require-api-key", "--access-log", "access.log")
    fields = {"q": work.lines[0], "source": "de", "target": "en"}
    checks.equal("a key is required", server.post("/translate", fields)[0], 403)
    checks.equal("a key is enough", server.post("/translate", {**fields, "api_key": "old"})[0], 200)
    work.write("keys.yaml", "keys: [{key: new, name: two}]\n")
    (work.folder / "access.log").rename(work.folder / "access.log.1")
    server.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 30
    while time.monotonic() < until and server.post("/translate", {**fields, "api_key": "new"})[0] != 200:
        time.sleep(0.05)
    checks.equal("SIGHUP reads the keys again", server.post("/translate", {**fields, "api_key": "old"})[0], 403)
    log = (work.folder / "access.log").read_text(encoding="utf-8")
    checks.that("and opens the log again", '"client":"two"' in log, log)
    checks.that("without texts and keys", work.lines[0] not in log and "new" not in log, log)
    work.write("keys.yaml", "keys: 3\n")
    server.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    checks.equal("what cannot be read changes nothing", server.post("/translate", {**fields, "api_key": "new"})[0], 200)
    checks.equal("it still ends well", server.stop(), 143)
    checks.that("and has warned", b"the old models and keys stay" in server.log, server.log)


def check_models(checks, work):
    server = Server(work.folder, "en-de=run", "--model", "fr-en=run", "--model", "de-fr=run", "--pivot", "en", "--on-demand")
    checks.equal("directions are named, and pivots added", server.directions, "en-de, fr-en, de-fr, fr-de")
    checks.equal("nothing is loaded before it is needed", server.ask("GET", "/health")[1]["models"],
                 [{"name": "run", "loaded": False}])
    line = work.lines[0]
    twice = work.translate(work.translate([line]))
    checks.equal("a pivot translates twice", server.post("/translate", {"q": line, "source": "fr", "target": "de"}),
                 (200, {"translatedText": twice[0]}))
    checks.equal("then it is loaded", server.ask("GET", "/health")[1]["models"], [{"name": "run", "loaded": True}])
    server.stop()


def check_mistakes(checks, work):
    def message(*arguments):
        done = subprocess.run([PROGRAM, "serve", *arguments], cwd=work.folder, capture_output=True, text=True, timeout=60,
                              check=False)
        return done.returncode, done.stderr

    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, text = message("run", "--port", str(taken.getsockname()[1]))
        checks.equal("a port that is taken is named", (code, "--port" in text and "Fix" in text), (2, True))
    for arguments, words in (((), "no model"), (("none",), "none"), (("run", "de-en=run"), "de-en"),
                             (("run", "--require-api-key"), "--api-keys"), (("run", "--host", "no.invalid"), "--host")):
        code, text = message(*arguments)
        checks.that(f"serve {' '.join(arguments)} is explained", code == 2 and words in text and len(text.splitlines()) == 1,
                    (code, text))


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        work = Workplace(folder)
        truth = work.translate(work.lines)
        server = Server(work.folder, "run", "--alignments", "--split", "lines")
        print(f"       ready after {server.seconds:.2f} s")
        check_answers(checks, work, server, truth)
        check_details(checks, work, server)
        check_api(checks, work, server)
        check_hostile(checks, work, server, truth)
        checks.equal("the server ends well", server.stop(), 143)
        check_stop(checks, work, truth)
        check_reload(checks, work)
        check_models(checks, work)
        check_mistakes(checks, work)
    print(f"{checks.done} checks, {checks.failed} failed")
    return 1 if checks.failed or checks.done < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
