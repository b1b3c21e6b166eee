#!/usr/bin/env python3
"""Imports models that differ from the usual in what is stored, as published ones do: it is used, or named.

Usage: import_variants_test.py PATH_OF_REGARD. Needs the standard library alone; interop_test.py holds the same variants
against transformers. Prints what it checks; exits 1 if anything failed.
"""
import json
import pathlib
import random
import sys
import tempfile

import damaged_import_test
import small_marian
import small_npz
from regard_program import CORPUS, Regard, read_lines

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "app"))
from checks import Checks  # noqa: E402

SHARED, OUTPUT = "model.shared.weight", "lm_head.weight"
TABLES = {"encoder": "model.encoder.embed_tokens.weight", "decoder": "model.decoder.embed_tokens.weight",
          "output": OUTPUT}


class Bench:
    def __init__(self, program, place):
        self.regard, self.place, self.checks = Regard(program), place, Checks()
        self.spm = damaged_import_test.make_pieces(self.regard, place)
        self.lines = read_lines(CORPUS / "valid.de", 8)
        model = self.imported(self.directory("usual"))
        self.usual, self.usual_scores = self.translate(model), self.scores(model)

    def directory(self, name, tensors=None, **files):
        """A MarianMT directory; `tensors(all of them)` and FILE=change edit it."""
        folder = self.place / f"hf_{name}"
        small_marian.write_directory(folder, self.spm)
        for file, change in files.items():
            path = folder / f"{file}.json"
            value = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            change(value)
            path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        size = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
        all_tensors = small_marian.model_tensors(size)
        if tensors:
            tensors(all_tensors)
        small_marian.write_safetensors(folder / "model.safetensors", all_tensors)
        return folder

    def run_import(self, source, kind="marian-hf"):
        out = self.place / f"model_{source.parent.name}_{source.name}"
        return out, self.regard.run("import", kind, source, out)

    def imported(self, source, kind="marian-hf", warning=None):
        """The model; the check of the import must have passed. `warning`: what must be warned of, None = nothing."""
        out, result = self.run_import(source, kind)
        self.checks.that(f"{source}: imported and verified", result.returncode == 0 and "verified" in result.stderr,
                         result.stderr)
        warnings = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
        self.checks.that(f"{source}: warned of {warning}", len(warnings) == (warning is not None) and all(
            warning in line for line in warnings), warnings)
        return out

    def scores(self, model):
        """Numbers that any change of the weights moves, which a translation may survive."""
        text = self.place / "text"
        text.write_text("".join(line + "\n" for line in self.lines), encoding="utf-8")
        return self.regard.succeed("score", model, "--source", text, "--target", text, "--threads", "1").split()

    def translate(self, model, lines=None):
        found = self.regard.translate(model, lines or self.lines, "--threads", "1")
        self.checks.equal(f"{model.name}: a line for each", len(found), len(lines or self.lines))
        return found


def table(size, seed=7):
    return small_marian.drawn(random.Random(seed), size, small_marian.DIM)


def rows(tensors):
    return tensors[SHARED][1][0]


def check_tables(bench):
    for side, name in TABLES.items():
        model = bench.imported(bench.directory(f"{side}_other", lambda t, name=name: t.update({name: table(rows(t))})),
                               warning=name)
        scores = bench.scores(model)
        bench.checks.that(f"another {side} table gives other scores", len(scores) == len(bench.lines) and all(
            a != b for a, b in zip(scores, bench.usual_scores)), scores)
        model = bench.imported(bench.directory(f"{side}_only", lambda t, name=name: t.update({name: t.pop(SHARED)})))
        bench.checks.equal(f"the tied table stored as {name} is the same model", bench.translate(model), bench.usual)

    def untie(tensors):
        tensors.update({name: table(rows(tensors), seed) for seed, name in enumerate(TABLES.values())})
        tensors.pop(SHARED)
    for shares in (True, False):
        bench.imported(bench.directory(f"untied_{shares}", untie, config=lambda c, shares=shares: c.update(
            tie_word_embeddings=False, share_encoder_decoder_embeddings=shares)))
    out, result = bench.run_import(bench.directory("no_output", config=lambda c: c.update(tie_word_embeddings=False)))
    bench.checks.that("an untied output that is not stored is refused", result.returncode == 2 and OUTPUT in
                      result.stderr and not out.exists(), result.stderr)


def check_positions(bench):
    names = [f"model.{side}.embed_positions.weight" for side in ("encoder", "decoder")]
    model = bench.imported(bench.directory("positions", lambda t: t.update({names[0]: table(64)})),
                           warning="63 subwords")
    long = " ".join(bench.lines)
    bench.translate(model, [long, *bench.lines])
    for name in names:
        out, result = bench.run_import(bench.directory(f"few_{name}", lambda t, name=name: t.update({name: table(9)})))
        bench.checks.that(f"{name} of another length is refused", result.returncode == 2 and name in result.stderr
                          and not out.exists(), result.stderr)


def check_search(bench):
    usual = json.loads((bench.place / "hf_usual/vocab.json").read_text(encoding="utf-8"))
    piece = next(piece for piece, i in usual.items() if i > 5 and piece.startswith("▁") and len(piece) > 2)
    forced = bench.imported(bench.directory("forced", generation_config=lambda g: g.update(
        forced_bos_token_id=usual[piece], max_new_tokens=6)))
    texts = bench.translate(forced)
    bench.checks.that(f"every translation begins with {piece}", texts and all(
        text.startswith(piece[1:]) for text in texts), texts)
    again = bench.place / "forced_again"
    bench.regard.succeed("export", "marian-hf", forced, again)
    bench.checks.equal("and does so after an export", bench.translate(bench.imported(again)), texts)
    exported = bench.regard.run("export", "ctranslate2", forced, bench.place / "forced_ct2")
    bench.checks.that("CTranslate2's user is told of it", exported.returncode == 0 and "target_prefix" in
                      exported.stderr, exported.stderr)


def check_vocabularies(bench):
    def more_rows(config):
        config.update(vocab_size=config["vocab_size"] + 9, decoder_vocab_size=config["vocab_size"] + 9)
    size = len(json.loads((bench.place / "hf_usual/vocab.json").read_text(encoding="utf-8")))
    bench.imported(bench.directory("resized", config=more_rows), warning="9 rows more")
    model = bench.imported(bench.directory("added", config=more_rows,
                                           added_tokens=lambda a: a.update({"<ent>": size, "GmbH": size + 1})),
                           warning="7 rows more")
    pieces = bench.regard.succeed("encode", model, stdin="Die GmbH<ent> schläft.\n").split()
    bench.checks.that("added tokens are one piece", {"GmbH", "<ent>"} <= set(pieces), pieces)
    bench.translate(model, ["Die GmbH<ent> schläft.", "<ent>", "GmbHGmbH"])
    out, result = bench.run_import(bench.directory("contradicted", added_tokens=lambda a: a.update({"<ent>": 7})))
    bench.checks.that("an added token with the id of a piece is refused", result.returncode == 2 and "<ent>" in
                      result.stderr and not out.exists(), result.stderr)


def check_codes(bench):
    def add_code(tokens):
        tokens.update({"<pad>": len(tokens), ">>de<<": tokens["<pad>"]})

    def one_more(config):
        config.update(vocab_size=config["vocab_size"] + 1, decoder_vocab_size=config["vocab_size"] + 1)
    model = bench.imported(bench.directory("codes", config=one_more, vocab=add_code))
    text = "".join(f">>{code}<< {line}\n" for code, line in zip(("de", "xx", "xx", "fr", "de"), bench.lines))
    result = bench.regard.run("translate", model, stdin=text)
    bench.checks.that("each unknown language is warned of once, with the known ones",
                      result.returncode == 0 and result.stdout.count("\n") == 5 and
                      result.stderr.count("warning: ") == 2 and result.stderr.count(">>de<<") == 2 and
                      "standard input:2: >>xx<<" in result.stderr and "standard input:4: >>fr<<" in result.stderr,
                      result.stderr)


def check_marian(bench):
    texts = {}
    for name in ("vocab.yml", "vocab.json", "words", "words.txt", "opus.vocab"):
        path = small_npz.write_model(bench.place / f"npz_{name}", bench.spm, name)
        texts[name] = bench.translate(bench.imported(path, "marian-npz"))
    bench.checks.that("vocabularies in any form are the same", len({tuple(found) for found in texts.values()}) == 1 and
                      len(set(texts["words"])) > 2, texts)
    path = small_npz.write_model(bench.place / "npz_pad", bench.spm, "words", ("<pad>", "<pad2>"))
    bench.translate(bench.imported(path, "marian-npz"))
    (path.parent / "words").write_text("</s>\n<unk>\n\nx\n")
    out = bench.place / "empty_line"
    result = bench.regard.run("import", "marian-npz", path, out)
    bench.checks.that("a vocabulary with an empty line is refused", result.returncode == 2 and "words:3: " in
                      result.stderr and not out.exists(), result.stderr)


def main():
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(sys.argv[1], pathlib.Path(name))
        for check in (check_tables, check_positions, check_search, check_vocabularies, check_codes, check_marian):
            check(bench)
    checks = bench.checks
    print(f"{checks.done} checks, {checks.failed} failed")
    return 1 if checks.failed or checks.done < 60 else 0


if __name__ == "__main__":
    sys.exit(main())
