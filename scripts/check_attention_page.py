#!/usr/bin/env python3
"""Opens a page of `regard attend` in a headless Chromium and uses it as a reader does.

    scripts/check_attention_page.py FILE.html [SCREENSHOT.png]

With a second argument it saves four pictures: wide and 360 pixels, light and dark. A page with several
sentences is made by REGARD_ATTENTION_SAMPLE=FILE.html test_report --gtest_filter='AttentionPage.*Sample*'.
Exits with 0 when all is well, 1 when a check fails, 77 when there is no browser.
"""
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
TIMEOUT = 30


class Browser:
    """Speaks the DevTools protocol over a pipe: one JSON message at a time, each ended by a zero byte."""

    def __init__(self, program, profile):
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        arguments = [program, "--headless", "--remote-debugging-pipe", f"--user-data-dir={profile}",
                     "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     # No traffic of its own: the test is of one file.
                     "--disable-quic", "--disable-background-networking", "--disable-component-update",
                     "--disable-sync"]
        if os.geteuid() == 0:  # its sandbox refuses to start for root
            arguments.append("--no-sandbox")
        # The browser reads from descriptor 3 and writes to 4. The copies are there because one of the
        # pipes may hold these numbers itself.
        command = 'exec 8<&"$1" 9>&"$2"; shift 2; exec 3<&8 4>&9 8<&- 9>&-; exec "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", command, "bash", str(to_browser), str(from_browser), *arguments],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self._session = None
        self.events = []

    def open_tab(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def call(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def _receive(self):
        deadline = time.monotonic() + TIMEOUT
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(deadline - time.monotonic(), 0))
            part = os.read(self._in, 1 << 20) if ready else b""
            if not part:
                raise RuntimeError("the browser does not answer")
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def load(self, address):
        self.events.clear()
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + TIMEOUT
        while self.run("document.readyState !== 'complete' || location.protocol !== 'file:'"):
            if time.monotonic() > deadline:
                raise RuntimeError("the page does not load")
            time.sleep(0.05)

    def run(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, key, modifiers=0):
        codes = {"Tab": 9, "ArrowRight": 39, "ArrowDown": 40, "ArrowLeft": 37, "ArrowUp": 38, "Home": 36, "End": 35}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, modifiers=modifiers,
                      windowsVirtualKeyCode=codes[key])

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 500)

    def set_theme(self, theme):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def save_picture(self, path):
        # A picture larger than the window makes the page lay itself out anew; the answer may show it before
        # that. Hence the window grows first, as wide as it is.
        width, height = self.run("[innerWidth, document.documentElement.scrollHeight]")
        self.resize(width, height)
        data = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Checks:
    def __init__(self, browser):
        self.browser = browser
        self.failures = 0
        self.passed = 0

    def check(self, is_good, claim):
        self.passed += bool(is_good)
        self.failures += not is_good
        print(f"{'ok    ' if is_good else 'FAILED'} {claim}")

    def cells(self):
        return self.browser.run("[...document.querySelectorAll('td')].map(c => c.style.getPropertyValue('--w'))")

    def status(self):
        return self.browser.run("document.getElementById('status').textContent")

    def choose(self, control, value):
        """As a user does: sets a select or a checkbox and tells the page."""
        name = "checked" if isinstance(value, bool) else "value"
        self.browser.run(f"(() => {{const c = document.getElementById('{control}'); c.{name} = {json.dumps(value)};"
                         "c.dispatchEvent(new Event('change', {bubbles: true}));})()")

    def count_of(self, control):
        return self.browser.run(f"document.getElementById('{control}').options.length")

    def check_silence(self):
        bad = []
        for event in self.browser.events:
            method, details = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent":
                address = details["request"]["url"]
                if not address.startswith(("file:", "data:")):
                    bad.append(f"request {address}")
            elif method == "Runtime.exceptionThrown":
                bad.append(json.dumps(details)[:300])
            elif method == "Runtime.consoleAPICalled" and details["type"] in ("error", "warning"):
                bad.append(json.dumps(details)[:300])
            elif method == "Log.entryAdded" and details["entry"]["level"] in ("error", "warning"):
                bad.append(details["entry"]["text"])
        seen = any(event.get("method") == "Network.requestWillBeSent" for event in self.browser.events)
        self.check(seen and not bad, f"no error, no warning and nothing from a network {bad or ''}")

    def check_data(self):
        """What the cells show is what the data say: the first row of the chosen map, head 0."""
        self.choose("words", False)
        self.choose("marks", True)
        self.choose("head", "0" if self.count_of("head") > 1 else "-1")
        wanted = self.browser.run(
            "(() => {const d = JSON.parse(document.getElementById('data').textContent);"
            "const m = d.sentences[0].maps[document.getElementById('map').value];"
            "return m.weights.slice(0, m.numColumns * m.numRows).map(w => (w / d.scale).toFixed(4));})()")
        self.check(wanted and wanted == self.cells(), f"the {len(wanted)} cells of head 0 show its weights")

    def check_choices(self):
        heads = self.count_of("head")
        if heads > 1:
            self.choose("head", "-1")
            before = self.cells()
            self.choose("head", "1")
            self.check(before and before != self.cells(), "another head changes the cells")
            self.browser.run("document.querySelector('#heads button').click()")
            self.check(before == self.cells(), "the first small picture chooses the mean")
            self.check(self.browser.run("document.querySelectorAll('#heads canvas').length") == heads,
                       "every head has a small picture")
        if self.count_of("map") > 1:
            maps = []
            for number in range(self.count_of("map")):
                self.choose("map", str(number))
                maps.append(tuple(self.cells()))
            self.check(len(set(maps)) == len(maps), f"{len(maps)} maps have cells of their own")

    def check_words(self):
        self.choose("map", self.browser.run(
            "(() => {const maps = JSON.parse(document.getElementById('data').textContent).sentences[0].maps;"
            "return String(Math.max(maps.map(m => m.rows !== m.columns).lastIndexOf(true), 0));})()"))
        pieces = len(self.cells())
        sums = self.row_sums()
        self.choose("words", True)
        words = len(self.cells())
        shared = self.browser.run(
            "(() => {const s = JSON.parse(document.getElementById('data').textContent).sentences[0];"
            "const has = w => w.some((x, i) => i && x >= 0 && x === w[i - 1]);"
            "return has(s.sourceWords) || has(s.targetWords);})()")
        self.check(words < pieces if shared else words == pieces, f"whole words: {pieces} cells become {words}")
        good = all(abs(total - sums[0]) < 0.01 for total in self.row_sums()) if max(sums) - min(sums) < 0.01 else True
        self.check(good, "the weights of a row have the same sum in words")
        self.choose("words", False)
        self.check(len(self.cells()) == pieces, "and back")

    def row_sums(self):
        return self.browser.run("[...document.querySelectorAll('tbody tr')].map(r => [...r.cells].slice(1)"
                                ".reduce((s, c) => s + Number(c.style.getPropertyValue('--w')), 0))")

    def check_keyboard(self):
        self.browser.run("document.activeElement.blur()")
        reached = []
        for _ in range(40):
            self.browser.press("Tab")
            reached.append(self.browser.run("document.activeElement.id || document.activeElement.tagName"))
            visible = self.browser.run("getComputedStyle(document.activeElement).outlineStyle !== 'none'")
            if not visible and reached[-1] != "BODY":
                self.check(False, f"focus on {reached[-1]} is visible")
        for control in ("sentence", "map", "head", "words", "marks", "TD"):
            self.check(control in reached, f"Tab reaches {control}")
        self.browser.run("document.querySelector('td[tabindex=\"0\"]').focus()")
        self.browser.press("Home")
        place = "[document.activeElement.parentNode.rowIndex, document.activeElement.cellIndex]"
        row, column = self.browser.run(place)
        before = self.status()
        for key, wanted in (("ArrowRight", [row, column + 1]), ("ArrowDown", [row + 1, column + 1]),
                            ("ArrowLeft", [row + 1, column]), ("ArrowUp", [row, column])):
            self.browser.press(key)
            self.check(self.browser.run(place) == wanted, f"{key} moves the cell")
            self.check((self.status() != before) == (wanted != [row, column]), "and the line of text says so")

    def check_pointer(self):
        x, y = self.browser.run(
            "(() => {const c = document.querySelector('tbody').rows[1].cells[2]; c.scrollIntoView({block: 'center'});"
            "const b = c.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2];})()")
        self.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        said = self.browser.run("[document.querySelector('td.at').parentNode.rowIndex,"
                                "document.querySelector('td.at').cellIndex]")
        self.check(said == [2, 2], "hovering chooses the cell under the pointer")
        label = self.browser.run("document.querySelector('td.at').getAttribute('aria-label')")
        self.check(label in self.status(), "and shows its weight")

    def check_every_sentence(self):
        """All sentences at phone width: texts are shown as they are, and the page never scrolls sideways."""
        self.browser.resize(360, 740)
        for number in range(self.count_of("sentence")):
            if number:
                self.browser.run("document.getElementById('next').click()")
            size = self.browser.run("[document.documentElement.scrollWidth, innerWidth]")
            self.check(size == [360, 360], f"sentence {number}: no sideways scroll at 360 pixels {size}")
            self.choose("words", False)
            shown, wanted = self.browser.run(
                "(() => {const s = JSON.parse(document.getElementById('data').textContent).sentences["
                f"{number}]; const m = s.maps[document.getElementById('map').value];"
                "const rows = [...document.querySelectorAll('tbody th')].map(t => t.textContent);"
                "return [rows, m && m.numColumns ? s[m.rows] : []];})()")
            self.check(shown == wanted, f"sentence {number}: {len(wanted)} labels are the pieces")
            foreign = self.browser.run("document.querySelectorAll('body img, main script, main b b').length")
            self.check(foreign == 0, f"sentence {number}: no text became an element")
        self.check(self.browser.run("document.getElementById('next').disabled"), "the last sentence has no next one")


def pictures(browser, path):
    stem, suffix = os.path.splitext(path)
    for name, width in (("", 1280), ("-phone", 360)):
        for theme in ("light", "dark"):
            browser.resize(width, 800)
            browser.set_theme(theme)
            picture = f"{stem}{name}{'-dark' if theme == 'dark' else ''}{suffix or '.png'}"
            browser.save_picture(picture)
            print(f"saved  {picture}")


def find_browser():
    """The first one that starts. A distribution may have a program of that name that only says where to get one."""
    for program in filter(None, map(shutil.which, BROWSERS)):
        if subprocess.run([program, "--version"], capture_output=True, timeout=TIMEOUT).returncode == 0:
            return program
    return None


def check_page(browser, page, picture):
    browser.open_tab()
    browser.resize(1280, 800)
    browser.load(page.resolve().as_uri())
    checks = Checks(browser)
    if not browser.run("!!document.querySelector('tbody tr:nth-child(2) td:nth-child(3)')"):
        print(f"error: {page} begins with a map of less than 2 x 2 cells. Fix: begin with a longer sentence.")
        return 1
    if picture:
        pictures(browser, picture)
        browser.set_theme("light")
        browser.resize(1280, 800)
    checks.check(browser.run("document.getElementById('words').checked"), "whole words are shown at first")
    checks.check_data()
    checks.check_choices()
    checks.check_words()
    checks.check_keyboard()
    checks.check_pointer()
    checks.check_every_sentence()
    checks.check_silence()
    print(f"{checks.passed} checks passed, {checks.failures} failed")
    return 1 if checks.failures else 0


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    page = pathlib.Path(sys.argv[1])
    if not page.is_file():
        print(f"error: there is no file {page}.", file=sys.stderr)
        return 2
    program = find_browser()
    if program is None:
        print(f"skipped: no browser ({', '.join(BROWSERS)}) in PATH. Fix: install Chromium, or run "
              "scripts/proof.sh page_in_browser.")
        return 77
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            return check_page(browser, page, sys.argv[2] if len(sys.argv) == 3 else None)
        finally:
            browser.close()


if __name__ == "__main__":
    sys.exit(main())
