#!/usr/bin/env python3
"""The figures of scripts/proofs/serve.sh.

Usage: serve_load.py REGARD WORK [MODEL SOURCE]. Prints a line per figure; exits 1 if one is beyond its bound.
"""
import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "app"))
sys.argv, ARGUMENTS = sys.argv[:2], sys.argv[2:]
from serve_test import CORPUS, PROGRAM, Server, TINY, accepted, raw  # noqa: E402 (it reads sys.argv)

TICKS = os.sysconf("SC_CLK_TCK")
failures = []


def report(what, figure, holds=True, bound=""):
    print(f"{'ok    ' if holds else 'FAILED'} {what}: {figure}{f' (bound: {bound})' if bound else ''}", flush=True)
    if not holds:
        failures.append(what)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Subject:
    """A model, lines, and what the command says to them."""

    def __init__(self, work, arguments):
        self.folder = pathlib.Path(work)
        if len(arguments) == 2:
            self.model = str(pathlib.Path(arguments[0]).resolve())
            lines = pathlib.Path(arguments[1]).read_text(encoding="utf-8").splitlines()
        else:
            lines = (CORPUS / "test.de").read_text(encoding="utf-8").splitlines()
            for side in ("de", "en"):
                text = (CORPUS / f"test.{side}").read_text(encoding="utf-8")
                (self.folder / f"train.{side}").write_text(text, encoding="utf-8")
            (self.folder / "run.yaml").write_text(TINY.format(updates=300), encoding="utf-8")
            subprocess.run([PROGRAM, "train", "run.yaml"], cwd=self.folder, check=True, capture_output=True)
            self.model = "run"
        self.lines = [line for line in lines if line.strip()]
        self.truth, self.seconds = self.translate(self.lines)

    def translate(self, lines):
        before = os.times()
        done = subprocess.run([PROGRAM, "translate", self.model, "--threads", "2"], cwd=self.folder, check=True,
                              capture_output=True, input="".join(line + "\n" for line in lines), text=True)
        after = os.times()
        result = done.stdout.split("\n")[:-1]
        assert len(result) == len(lines) and any(result)
        return result, after.children_user + after.children_system - before.children_user - before.children_system


def run_clients(server, subject, clients, requests, choose):
    """(answers, wrong ones, seconds) of clients that ask for what `choose` gives them."""
    def client(seed):
        numbers = random.Random(seed)
        connection = server.connection()
        wrong = count = 0
        for _ in range(requests):
            chosen = choose(numbers)
            lines = [subject.lines[i] for i in chosen]
            body = {"q": lines if len(lines) > 1 else lines[0], "source": "de", "target": "en"}
            status, answer = server.post("/translate", body, connection)
            given = answer.get("translatedText")
            expected = [subject.truth[i] for i in chosen]
            wrong += status != 200 or given != (expected if len(lines) > 1 else expected[0])
            count += len(chosen)
        return count, wrong

    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        results = list(pool.map(client, range(clients)))
    return sum(count for count, _ in results), sum(wrong for _, wrong in results), time.monotonic() - begin


def check_speed(server, subject):
    def single(numbers):
        return [numbers.randrange(len(subject.lines))]

    # The command's start is not its speed.
    _, start = subject.translate(subject.lines[:1])
    command = len(subject.lines) / (subject.seconds - start)
    run_clients(server, subject, 8, 20, single)
    before = processor_seconds(server.process.pid)
    count, wrong, seconds = run_clients(server, subject, 32, 100, single)
    rate = count / (processor_seconds(server.process.pid) - before)
    report("32 clients are answered as by the command", f"{count - wrong} of {count}", wrong == 0)
    report("lines per processor second, of the command", f"{command:.0f}")
    report("lines per processor second, 32 clients", f"{rate:.0f}, {rate / command:.0%} of the command", rate >= 0.8 * command,
           "80 %")
    report("lines per second, 32 clients", f"{count / seconds:.0f}")
    before = processor_seconds(server.process.pid)
    count, wrong, seconds = run_clients(server, subject, 1, 300, single)
    alone = count / (processor_seconds(server.process.pid) - before)
    report("lines per processor second, one request at a time", f"{alone:.0f}; 32 clients have {rate / alone:.1f} times as many")


def check_latency(server, subject):
    lines = subject.lines[:300]
    pipe = subprocess.Popen([PROGRAM, "translate", subject.model, "--threads", "2"], cwd=subject.folder, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE)
    connection = server.connection()
    times = {"command": [], "server": []}
    for line in lines:
        begin = time.monotonic()
        pipe.stdin.write(line.encode("utf-8") + b"\n")
        pipe.stdin.flush()
        pipe.stdout.readline()
        middle = time.monotonic()
        server.post("/translate", {"q": line, "source": "de", "target": "en"}, connection)
        times["command"].append(middle - begin)
        times["server"].append(time.monotonic() - middle)
    pipe.stdin.close()
    pipe.wait()
    medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
    report("median latency of one client", f"{medians['server']:.2f} ms, the command's {medians['command']:.2f} ms",
           medians["server"] <= 1.3 * medians["command"] + 0.5, "1.3 times, and 0.5 ms for HTTP and Python")


def check_answers(server, subject, count):
    def mix(numbers):
        return numbers.sample(range(len(subject.lines)), numbers.choice([1, 1, 1, 2, 5, 20]))

    done, wrong, _ = run_clients(server, subject, 32, max(1, count // 32 // 5), mix)
    report("answers to random mixes", f"{done - wrong} of {done} are the command's", wrong == 0)


def check_hostile(server, subject, count):
    before, end = server.memory(), threading.Event()
    latencies = []

    def others():
        connection = server.connection()
        numbers = random.Random(2)
        while not end.is_set():
            place = numbers.randrange(len(subject.lines))
            begin = time.monotonic()
            answer = server.post("/translate", {"q": subject.lines[place], "source": "de", "target": "en"}, connection)
            latencies.append(time.monotonic() - begin)
            if answer != (200, {"translatedText": subject.truth[place]}):
                failures.append("an answer beside hostile requests")

    witness = threading.Thread(target=others)
    witness.start()
    time.sleep(3)
    calm = list(latencies)
    latencies.clear()
    numbers = random.Random(1)
    start = b"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    kinds = [lambda: os.urandom(numbers.randint(1, 500)) + b"\r\n\r\n",
             lambda: start + b"Content-Length: 100000\r\n\r\n" + b"[" * 100000,
             lambda: start + b"Content-Length: 1073741824\r\n\r\n" + b"a" * 10000,
             lambda: start + b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"a" * 65536 + b"\r\n" + b"-2\r\n",
             lambda: b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
             lambda: b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000]

    def attack(_):
        answer = raw(server, numbers.choice(kinds)(), 2)
        return answer.startswith(b"HTTP/1.1 200")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        accepted = sum(pool.map(attack, range(count)))
    end.set()
    witness.join()
    report("hostile requests", f"{count}, {accepted} accepted", accepted == 0 and server.process.poll() is None)
    report("resident memory", f"{before:.0f} MiB before, {server.memory():.0f} MiB after", server.memory() < before + 64,
           "+64 MiB")
    p99 = [sorted(values)[int(0.99 * len(values))] * 1000 for values in (calm, latencies)]
    report("p99 of others meanwhile", f"{p99[1]:.1f} ms, {p99[0]:.1f} ms before (attacker and witness share the machine)")


def check_restarts(subject, count):
    lost = 0
    for number in range(count):
        server = Server(subject.folder, subject.model, "--split", "lines", "--drain-time", 300)
        connections = []
        for place in range(8):
            connection = server.connection()
            body = json.dumps({"q": subject.lines[place:place + 30], "source": "de", "target": "en"})
            connection.request("POST", "/translate", body, {"Content-Type": "application/json"})
            connections.append(connection)
        while accepted(server.ask("GET", "/metrics")[1]) < len(connections):
            pass
        time.sleep(random.Random(number).random() * 0.05)
        server.process.terminate()
        for place, connection in enumerate(connections):
            try:
                answer = json.loads(connection.getresponse().read())
                lost += answer.get("translatedText") != subject.truth[place:place + 30]
            except (http.client.HTTPException, OSError):
                lost += 1
        lost += server.process.wait() != 143
    report("restarts that lose nothing", f"{count}, {lost} answers lost", lost == 0)


def check_hour(server, subject, hours):
    end = time.monotonic() + hours * 3600
    sizes = []
    while time.monotonic() < end:
        run_clients(server, subject, 16, 50, lambda numbers: numbers.sample(range(len(subject.lines)), numbers.choice([1, 3, 10])))
        sizes.append(server.memory())
    settled = sizes[len(sizes) // 10]
    report(f"memory over {hours} h of load", f"{settled:.0f} to {sizes[-1]:.0f} MiB", sizes[-1] <= 1.05 * settled, "+5 %")


def check_libretranslatepy(server, subject):
    try:
        from libretranslatepy import LibreTranslateAPI
    except ImportError:
        return
    client = LibreTranslateAPI(f"http://127.0.0.1:{server.port}/")
    cases = [client.languages()[0]["code"] == "de", client.detect("Das ist ein deutscher Satz.")[0]["language"] == "de"]
    cases += [client.translate(line, "de", "en") == answer for line, answer in zip(subject.lines[:28], subject.truth)]
    report("cases with libretranslatepy", f"{sum(cases)} of {len(cases)}", all(cases))


def main():
    work, *arguments = ARGUMENTS
    subject = Subject(work, arguments)
    amount = {name: float(os.environ.get(name, usual))
              for name, usual in (("ANSWERS", 2000), ("HOSTILE", 1000), ("RESTARTS", 5), ("HOURS", 0.02))}
    server = Server(subject.folder, subject.model, "--split", "lines")
    report("ready after", f"{server.seconds:.2f} s", server.seconds <= 0.5, "0.5 s")
    check_speed(server, subject)
    check_latency(server, subject)
    check_answers(server, subject, int(amount["ANSWERS"]))
    check_libretranslatepy(server, subject)
    check_hostile(server, subject, int(amount["HOSTILE"]))
    check_hour(server, subject, amount["HOURS"])
    server.stop()
    check_restarts(subject, int(amount["RESTARTS"]))
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
