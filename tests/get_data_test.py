#!/usr/bin/env python3
"""Runs scripts/get_data.sh on small mirrors of the public corpora: same archive names, same structure, few lines.

Needs no network beyond this machine: mirrors are folders, file:// addresses, and a web server on this machine.
"""
import gzip
import hashlib
import http.server
import io
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts/get_data.sh"

MULTI30K = {
    "train": (["A dog  runs.", "Two men \"talk\" & eat."], ["Ein Hund  läuft.", "Zwei Männer „reden“ & essen."]),
    "val": (["A café."], ["Ein Café."]),
    "test_2016_flickr": (["One.", "Two.", "Three."], ["Eins.", "Zwei.", "Drei."]),
}
IWSLT_TESTS = ("TED.dev2010", "TEDX.dev2012", "TED.tst2010", "TED.tst2011", "TED.tst2012")


def write_gzip(path, lines):
    path.write_bytes(gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0))


def write_tgz(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def write_checksums(folder):
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
             for path in sorted(folder.iterdir()) if path.name != "SHA256SUMS"]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def make_multi30k(folder, data=None):
    for split, sides in (data or MULTI30K).items():
        for side, lines in zip(("en", "de"), sides):
            write_gzip(folder / f"{split}.{side}.gz", lines)
    write_checksums(folder)


def iwslt_tags(side, sentences):
    """Two talks in the format of train.tags: lines about a talk, then its title, description and sentences."""
    text = ""
    for talk, half in enumerate((sentences[:24], sentences[24:])):
        text += (f"<url>http://www.ted.com/talks/{talk}</url>\n<keywords>a, b {side}</keywords>\n"
                 f"<speaker>N. N.</speaker>\n<talkid>{talk}</talkid>\n<title>Title {talk} {side}</title>\n"
                 f"<description>TED: Description {talk} {side}</description>\n")
        if side == "en":
            text += "<reviewer href=\"x\">Some One</reviewer>\n"
        text += "".join(f" {sentence} \n" for sentence in half)
    return text


def iwslt_xml(name, side, count):
    segments = "".join(f"<seg id=\"{i}\"> {name} {side} &quot;{i}&quot; &amp; so on </seg>\n"
                       for i in range(1, count + 1))
    return (f"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mteval>\n<refset setid=\"{name}\" trglang=\"{side}\">\n"
            f"<doc docid=\"1\" genre=\"lectures\">\n<title>Not text</title>\n{segments}</doc>\n</refset>\n</mteval>\n")


def make_iwslt(folder, sentences=48, short=0):
    """Sentence 30 has no English side; `short` leaves out so many lines at the end of the English training text."""
    members = {}
    for side in ("de", "en"):
        lines = [f"Satz {i} ÄÖ" if side == "de" else f"Sentence {i}" for i in range(1, sentences + 1)]
        if side == "en":
            lines[29] = ""
            lines = lines[:len(lines) - short]
        members[f"de-en/train.tags.de-en.{side}"] = iwslt_tags(side, lines)
        for count, part in enumerate(IWSLT_TESTS, 1):
            members[f"de-en/IWSLT14.{part}.de-en.{side}.xml"] = iwslt_xml(part, side, count)
    write_tgz(folder / "de-en.tgz", members)
    write_checksums(folder)


def sgm(kind, lines):
    segments = "".join(f"<seg id=\"{i}\">{line}</seg>\n" for i, line in enumerate(lines, 1))
    return (f"<{kind} setid=\"newstest\" srclang=\"any\">\n<doc docid=\"a\" origlang=\"en\">\n<p>\n{segments}</p>\n"
            f"</doc>\n</{kind}>\n")


def make_wmt(folder):
    training = {
        "training-parallel-europarl-v7.tgz": ("training/europarl-v7.de-en", "Europarl", 3),
        "training-parallel-commoncrawl.tgz": ("commoncrawl.de-en", "Crawl\tx \\n", 2),
        "training-parallel-nc-v9.tgz": ("training/news-commentary-v9.de-en", "News", 1),
    }
    for archive, (member, word, count) in training.items():
        members = {"training/unrelated.fr-en.en": "no\n"}
        for side in ("en", "de"):
            lines = [f"{word} {side} {i} &amp; more" for i in range(1, count + 1)]
            if word == "Europarl":
                lines[1] = "  " if side == "de" else "no other side"
                lines[2] += "\r"
            members[f"{member}.{side}"] = "\n".join(lines)  # the last line of a file may lack its end
        write_tgz(folder / archive, members)
    write_tgz(folder / "test.tgz", {"test/newstest2013-src.en.sgm": sgm("srcset", ["A &quot;b&quot;", "C  d "]),
                                    "test/newstest2013-src.de.sgm": sgm("srcset", ["Ä &lt;b&gt;", "C d"])})
    write_tgz(folder / "test-full.tgz", {
        "test-full/newstest2014-deen-src.en.sgm": sgm("srcset", ["Gutach", "it &apos;s", "&amp;quot;"]),
        "test-full/newstest2014-deen-ref.de.sgm": sgm("refset", ["Gutach", "es ist", "x"])})
    write_checksums(folder)


class RangeHandler(http.server.BaseHTTPRequestHandler):
    """Serves server.folder; answers ranges if server.has_ranges; notes what was asked for."""

    def do_GET(self):
        path = self.server.folder / self.path.lstrip("/")
        wanted = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        self.server.requests.append((self.path, int(wanted.group(1)) if wanted else 0))
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        start = int(wanted.group(1)) if wanted and self.server.has_ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start:])

    def log_message(self, *arguments):
        """Keeps the output of the tests quiet."""


class GetData(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        self.mirror = self.work / "a mirror, 100% #1"
        self.mirror.mkdir()
        self.to = self.work / "out put"

    def run_script(self, *arguments, code=0, script=SCRIPT, **options):
        done = subprocess.run(["bash", str(script), *map(str, arguments)], capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        if code == 0:
            self.assertEqual(done.stderr, "")
            return done.stdout
        self.assertRegex(done.stderr, r"\Aerror: [^\n]+\. Fix: [^\n]+\.\n\Z")
        return done.stderr

    def get(self, corpus, **options):
        return self.run_script(corpus, "--to", self.to, "--mirror", options.pop("mirror", self.mirror), **options)

    def lines(self, name):
        text = (self.to / name).read_bytes().decode()
        self.assertTrue(text.endswith("\n"), name)
        return text[:-1].split("\n")

    def assert_nothing_in_place(self):
        left = {path.name for path in self.to.iterdir()} if self.to.exists() else set()
        self.assertLessEqual(left, {"download"})

    def serve(self, has_ranges):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RangeHandler)
        server.folder, server.has_ranges, server.requests = self.mirror, has_ranges, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server, f"http://127.0.0.1:{server.server_port}"

    def test_multi30k_is_unpacked_unchanged(self):
        make_multi30k(self.mirror)
        report = self.get("multi30k")
        self.assertIn("train.{en,de}: 2 pairs", report)
        for split, (english, german) in MULTI30K.items():
            self.assertEqual(self.lines(f"{split}.en"), english)
            self.assertEqual(self.lines(f"{split}.de"), german)
        self.assertEqual({path.name for path in self.to.iterdir()},
                         {"download"} | {f"{split}.{side}" for split in MULTI30K for side in ("en", "de")})

    def test_iwslt_is_split_and_cleaned(self):
        make_iwslt(self.mirror)
        self.assertIn("left out 1 pairs with an empty side", self.get("iwslt14_de_en"))
        expected = {"de": [], "en": []}
        for talk, numbers in enumerate((range(1, 25), range(25, 49))):
            for side in expected:
                expected[side] += [f"Title {talk} {side}", f"TED: Description {talk} {side}"]
                expected[side] += [f"Satz {i} ÄÖ" if side == "de" else f"Sentence {i}" for i in numbers if i != 30]
        for side, text in expected.items():
            self.assertEqual(len(text), 51)
            self.assertEqual(self.lines(f"valid.{side}"), [text[22], text[45]])
            self.assertEqual(self.lines(f"train.{side}"), [line for i, line in enumerate(text, 1) if i % 23])
            self.assertEqual(self.lines(f"test.{side}"),
                             [f"{part} {side} \"{i}\" & so on" for count, part in enumerate(IWSLT_TESTS, 1)
                              for i in range(1, count + 1)])

    def test_wmt_is_joined_and_cleaned(self):
        make_wmt(self.mirror)
        self.assertIn("left out 1 pairs with an empty side", self.get("wmt14_en_de"))
        for side in ("en", "de"):
            self.assertEqual(self.lines(f"train.{side}"),
                             [f"Europarl {side} 1 &amp; more", f"Europarl {side} 3 &amp; more",
                              f"Crawl\tx \\n {side} 1 &amp; more", f"Crawl\tx \\n {side} 2 &amp; more",
                              f"News {side} 1 &amp; more"])
        self.assertEqual(self.lines("valid.en"), ["A \"b\"", "C d"])
        self.assertEqual(self.lines("valid.de"), ["Ä <b>", "C d"])
        self.assertEqual(self.lines("test.en"), ["Gutach", "it 's", "&quot;"])
        self.assertEqual(self.lines("test.de"), ["Gutach", "es ist", "x"])

    def test_second_run_does_nothing(self):
        make_multi30k(self.mirror)
        self.get("multi30k")
        before = {path: path.stat().st_mtime_ns for path in self.to.rglob("*")}
        shutil.rmtree(self.mirror)
        shutil.rmtree(self.to / "download")
        self.assertIn("nothing to do", self.get("multi30k"))
        for path in self.to.rglob("*"):
            self.assertEqual(path.stat().st_mtime_ns, before[path])
        self.assertEqual(len(list(self.to.iterdir())), 6)

    def test_default_place_is_the_checkout(self):
        make_multi30k(self.mirror)
        checkout = self.work / "checkout"
        (checkout / "scripts").mkdir(parents=True)
        shutil.copy(SCRIPT, checkout / "scripts")
        shutil.copytree(ROOT / "scripts/get_data", checkout / "scripts/get_data")
        self.run_script("multi30k", "--mirror", self.mirror, script=checkout / "scripts/get_data.sh", cwd=self.work)
        self.assertTrue((checkout / "data/multi30k/val.de").is_file())

    def test_relative_places_and_addresses_of_files(self):
        make_multi30k(self.mirror)
        plain = self.work / "plain"
        self.mirror.rename(plain)
        self.run_script("multi30k", "--to", "one", "--mirror", "plain", cwd=self.work)
        self.run_script("multi30k", "--to", "two", "--mirror", f"file://{plain}/", cwd=self.work)
        for folder in ("one", "two"):
            self.assertEqual((self.work / folder / "val.en").read_text(encoding="utf-8"), "A café.\n")

    def test_partial_download_goes_on(self):
        make_multi30k(self.mirror)
        whole = (self.mirror / "train.en.gz").read_bytes()
        for has_ranges, start in ((True, 20), (True, len(whole)), (False, 20)):
            with self.subTest(has_ranges=has_ranges, start=start):
                shutil.rmtree(self.to, ignore_errors=True)
                (self.to / "download").mkdir(parents=True)
                part = self.to / "download/train.en.gz.part"
                part.write_bytes(whole[:start])
                server, address = self.serve(has_ranges)
                self.get("multi30k", mirror=address)
                self.assertIn(("/train.en.gz", start), server.requests)
                self.assertEqual((self.to / "download/train.en.gz").read_bytes(), whole)
                self.assertEqual(self.lines("train.en"), MULTI30K["train"][0])
                self.assertFalse(part.exists())
                restarts = server.requests.count(("/train.en.gz", 0))
                if start < len(whole):  # else it depends on the version of curl, which may see that nothing is missing
                    self.assertEqual(restarts, 0 if has_ranges else 1)

    def test_partial_download_from_a_folder_goes_on(self):
        make_iwslt(self.mirror)
        whole = (self.mirror / "de-en.tgz").read_bytes()
        for content, works in ((whole[:500], True), (whole + b"more", True), (b"x" * 500, False)):
            with self.subTest(start=len(content), works=works):
                shutil.rmtree(self.to, ignore_errors=True)
                (self.to / "download").mkdir(parents=True)
                (self.to / "download/de-en.tgz.part").write_bytes(content)
                if works:
                    self.get("iwslt14_de_en")
                    self.assertEqual((self.to / "download/de-en.tgz").read_bytes(), whole)
                    continue
                # The wrong beginning stays, which shows that it was really kept; its checksum gives it away.
                self.assertIn("its sha256 is", self.get("iwslt14_de_en", code=1))
                self.assert_nothing_in_place()
                self.assertEqual(list((self.to / "download").iterdir()), [])
                self.get("iwslt14_de_en")

    def test_interrupted_preparation_starts_afresh(self):
        make_wmt(self.mirror)
        broken = self.mirror / "test-full.tgz"
        content = broken.read_bytes()
        broken.unlink()
        self.assertIn("test-full.tgz could not be downloaded", self.get("wmt14_en_de", code=1))
        self.assert_nothing_in_place()
        self.assertEqual(len(list((self.to / "download").iterdir())), 4)
        broken.write_bytes(content)
        (self.to / "unfinished").mkdir()
        (self.to / "unfinished/train.en").write_text("left by a killed run\n", encoding="utf-8")
        (self.to / "test.en").write_text("left by a killed run\n", encoding="utf-8")
        report = self.get("wmt14_en_de")
        self.assertEqual(report.count("downloading"), 1)
        self.assertEqual(len(self.lines("train.en")), 5)
        self.assertEqual(len(self.lines("test.en")), 3)
        self.assertFalse((self.to / "unfinished").exists())

    def test_wrong_checksum_is_refused(self):
        make_multi30k(self.mirror)
        damaged = bytearray((self.mirror / "val.de.gz").read_bytes())
        damaged[15] ^= 1
        (self.mirror / "val.de.gz").write_bytes(damaged)
        self.assertIn("val.de.gz brought a damaged or another file: its sha256 is", self.get("multi30k", code=1))
        self.assert_nothing_in_place()
        self.assertFalse((self.to / "download/val.de.gz").exists())

    def test_published_checksums_hold_for_a_mirror_without_its_own(self):
        make_multi30k(self.mirror)
        (self.mirror / "SHA256SUMS").unlink()
        self.assertIn("not 0065d13af80720a55ca8153d126e6627", self.get("multi30k", code=1))
        self.assert_nothing_in_place()
        _, address = self.serve(has_ranges=True)
        self.assertIn("not 0065d13af80720a55ca8153d126e6627", self.get("multi30k", code=1, mirror=address))

    def test_published_sizes_hold_for_a_mirror_without_checksums(self):
        make_iwslt(self.mirror)
        (self.mirror / "SHA256SUMS").unlink()
        self.assertIn("train has 49 pairs; between 160000 and 180000 are expected", self.get("iwslt14_de_en", code=1))
        self.assert_nothing_in_place()

    def test_damaged_archive_without_checksum_is_refused(self):
        make_iwslt(self.mirror)
        (self.mirror / "SHA256SUMS").unlink()
        content = (self.mirror / "de-en.tgz").read_bytes()
        for damaged in (content[:-40], b"<html>Please log in</html>"):
            (self.mirror / "de-en.tgz").write_bytes(damaged)
            self.assertIn("not a complete gzip file", self.get("iwslt14_de_en", code=1))
            self.assert_nothing_in_place()
            self.assertEqual(list((self.to / "download").iterdir()), [])

    def test_damaged_archive_with_its_own_checksum_is_refused(self):
        make_multi30k(self.mirror)
        content = (self.mirror / "val.en.gz").read_bytes()
        (self.mirror / "val.en.gz").write_bytes(content[:-6])
        write_checksums(self.mirror)
        self.assertIn("val.en.gz cannot be unpacked", self.get("multi30k", code=1))
        self.assert_nothing_in_place()

    def test_damage_after_the_download_is_seen(self):
        make_iwslt(self.mirror)
        (self.to / "download").mkdir(parents=True)
        (self.to / "download/de-en.tgz").write_bytes(b"damaged")
        self.assertIn("de-en.tgz is damaged: its sha256 is", self.get("iwslt14_de_en", code=1))
        self.assert_nothing_in_place()

    def test_missing_members_are_refused(self):
        write_tgz(self.mirror / "de-en.tgz", {"de-en/other": "x\n"})
        write_checksums(self.mirror)
        self.assertIn("does not yield the file de-en/train.tags.de-en.de", self.get("iwslt14_de_en", code=1))
        self.assert_nothing_in_place()

    def test_missing_line_of_checksums_is_refused(self):
        make_multi30k(self.mirror)
        sums = self.mirror / "SHA256SUMS"
        sums.write_text("".join(line for line in sums.read_text(encoding="utf-8").splitlines(True)
                                if "train.de.gz" not in line), encoding="utf-8")
        self.assertIn("SHA256SUMS has no line for train.de.gz", self.get("multi30k", code=1))
        self.assert_nothing_in_place()

    def test_unequal_line_counts_are_refused(self):
        make_iwslt(self.mirror, short=1)
        self.assertIn("talks.de has 52 lines and talks.en 51", self.get("iwslt14_de_en", code=1))
        self.assert_nothing_in_place()
        shutil.rmtree(self.to)
        make_multi30k(self.mirror, {**MULTI30K, "val": (["A", "B"], ["A"])})
        self.assertIn("val.en has 2 lines and val.de 1", self.get("multi30k", code=1))
        self.assert_nothing_in_place()

    def test_segments_over_several_lines_are_refused(self):
        make_wmt(self.mirror)
        write_tgz(self.mirror / "test.tgz", {"test/newstest2013-src.en.sgm": sgm("srcset", ["one\nline", "two"]),
                                             "test/newstest2013-src.de.sgm": sgm("srcset", ["eins", "zwei"])})
        write_checksums(self.mirror)
        self.assertIn("has 2 segments, of which 1 are whole lines", self.get("wmt14_en_de", code=1))
        self.assert_nothing_in_place()

    def test_user_mistakes_are_told(self):
        make_multi30k(self.mirror)
        (self.work / "file").write_text("x", encoding="utf-8")
        for arguments, message in ((["wmt99"], "unknown corpus 'wmt99'"), ([], "no corpus is named"),
                                   (["multi30k", "--form"], "unknown option '--form'"),
                                   (["multi30k", "--to"], "--to needs a value"),
                                   (["multi30k", "wmt14_en_de"], "two corpora"),
                                   (["multi30k", "--to", self.work / "x", "--mirror", self.work / "none"], "no folder"),
                                   (["multi30k", "--mirror", self.mirror, "--to", self.work / "file"], "not a folder")):
            with self.subTest(arguments=arguments):
                self.assertIn(message, self.run_script(*arguments, code=2))
        self.assertFalse((self.work / "x").exists())

    def test_unreachable_mirror_is_told(self):
        server, address = self.serve(has_ranges=True)
        server.shutdown()
        server.server_close()
        self.assertIn(f"{address} cannot be read", self.get("multi30k", code=1, mirror=address))
        self.assert_nothing_in_place()

    def test_missing_programs_are_named(self):
        tools = self.work / "tools"
        tools.mkdir()
        for tool in ("bash", "dirname", "tar", "gzip", "sed", "awk", "sha256sum"):
            (tools / tool).symlink_to(shutil.which(tool))
        error = self.run_script("multi30k", "--to", self.to, code=1, env={"PATH": str(tools)})
        self.assertIn("missing programs: curl md5sum", error)

    def test_help_explains(self):
        text = self.run_script("--help")
        for word in ("multi30k", "iwslt14_de_en", "wmt14_en_de", "--to", "--mirror", "SHA256SUMS", "Exit codes"):
            self.assertIn(word, text)


if __name__ == "__main__":
    for variable in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ.pop(variable, None)
    unittest.main()
