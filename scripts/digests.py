#!/usr/bin/env python3
"""Trains six small runs and prints a digest of everything they computed, one line per run.

A digest covers the weights, the moments, the counters, and the model's translations, alignments and scores of unseen
text. It changes with any change in the arithmetic, so a code change that should not affect results must keep all of
them. They are valid for one type of CPU and number of threads, which are part of the line.

    scripts/digests.py build/regard                       print them
    scripts/digests.py build/regard --check               compare with benchmarks/digests.txt (exit 1 if one differs, 77 if
                                                          the file has no digests for this CPU)
    scripts/digests.py build/regard --against OTHER       compare with another build
"""
import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
KNOWN = ROOT / "benchmarks/digests.txt"
HEAD = """
data: {source: de, target: en, train: [{source: data/quickstart/train.de, target: data/quickstart/train.en}],
       valid: {source: FOLDER/valid.de, target: FOLDER/valid.en}}
validation: {every: 15, metrics: [bleu]}
checkpoint: {every: 15}
"""
TRAINING = "batch_tokens: 500, max_updates: 30, schedule: {type: inverse_sqrt, peak: 2.0e-3, warmup: 10}"
TINY = "preset: transformer_tiny, dim: 64, layers: 2, heads: 4, feed_forward: 128"
RUNS = {
    "transformer": f"""
vocabulary: {{size: 1000}}
model: {{{TINY}, dropout: {{residual: 0.1, attention: 0.1}}}}
training: {{{TRAINING}, label_smoothing: 0.1}}
""",
    "rnn_hard_sample": f"""
vocabulary: {{size: 1000}}
model:
  dim: 48
  position: none
  encoder: {{blocks: {{repeat: 1, norm: none, sublayers: [{{rnn: {{cell: gru, hidden: 48, bidirectional: true}}, combine: replace}}]}}}}
  decoder:
    {{kind: rnn, cell: gru, hidden: 48, attend: before, bridge: linear, readout: maxout,
      attention: {{score: additive, hidden: 48, align: hard, hard: {{select: sample, mix_soft: 0.5}}}}}}
training: {{{TRAINING}}}
""",
    "bpe_dropout": f"""
vocabulary: {{size: 1000, sampling: {{alpha: 0.1}}}}
model: {{{TINY}, norm: post}}
training: {{{TRAINING}}}
""",
    "ema_accumulation": f"""
vocabulary: {{size: 1000}}
model: {{{TINY}}}
training: {{{TRAINING}, ema: 0.9, accumulate: 3}}
""",
    "grouped_query_rope": f"""
vocabulary: {{size: 1000, shared: false}}
model:
  dim: 64
  position: none
  tie: decoder
  encoder: {{blocks: {{repeat: 2, sublayers: [{{self_attention: {{heads: 4, key_value_heads: 2, position: rope}}}}, {{ffn: {{hidden: 128}}}}]}}}}
  decoder:
    blocks: {{repeat: 2, sublayers: [{{self_attention: {{heads: 4, key_value_heads: 2, position: rope, mask: causal}}}},
                                     {{cross_attention: {{heads: 4}}}}, {{ffn: {{hidden: 128}}}}]}}
training: {{{TRAINING}}}
""",
    "convolution_features": f"""
vocabulary: {{size: 1000}}
model:
  dim: 64
  position: timing
  encoder: {{blocks: {{repeat: 2, sublayers: [{{conv: {{kernels: [3], glu: true}}}}, {{self_attention: {{heads: 1, score: additive, granularity: feature}}}}]}}}}
  decoder:
    blocks: {{repeat: 2, sublayers: [{{self_attention: {{heads: 4, mask: causal}}}}, {{cross_attention: {{heads: 4}}}}, {{ffn: {{hidden: 128}}}}]}}
training: {{{TRAINING}}}
""",
}


def processor():
    """What decides which instructions are used: "AuthenticAMD avx2" and the like."""
    text = pathlib.Path("/proc/cpuinfo").read_text()
    vendor = re.search(r"vendor_id\s*: (\S+)", text)
    flags = set(re.search(r"flags\s*: (.*)", text)[1].split())
    kinds = [kind for kind in ("avx2", "avx512f", "avx512_vnni", "amx_bf16") if kind in flags]
    return " ".join([vendor[1] if vendor else "unknown", *kinds])


class Workplace:
    def __init__(self, program, folder, threads):
        self.program = program.resolve()
        self.folder = pathlib.Path(folder)
        self.threads = threads
        for side in ("de", "en"):
            lines = (ROOT / f"data/quickstart/test.{side}").read_text(encoding="utf-8").splitlines(keepends=True)
            (self.folder / f"valid.{side}").write_text("".join(lines[:20]), encoding="utf-8")
            (self.folder / f"test.{side}").write_text("".join(lines[20:60]), encoding="utf-8")

    def regard(self, *arguments):
        done = subprocess.run([self.program, *arguments, f"--threads={self.threads}"], cwd=ROOT, capture_output=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"regard {arguments[0]} failed: {done.stderr.decode()}")
        return done.stdout

    def digest(self, name):
        """Of everything that one run computed."""
        run = self.folder / name
        config = self.folder / f"{name}.yaml"
        config.write_text(f"output: {run}\n" + HEAD.replace("FOLDER", str(self.folder)) + RUNS[name])
        self.regard("train", str(config))
        digest = hashlib.sha256()
        last = run / "checkpoints/last"
        for file in ("model.safetensors", "training_state.safetensors"):
            digest.update(tensors_of((last / file).read_bytes()))
        state = json.loads((last / "state.json").read_text())
        counters = {key: state[key] for key in ("update", "epoch", "batch", "target_tokens", "refused")}
        counters["best"] = [{key: best[key] for key in ("update", "value")} for best in state["best"]]
        digest.update(json.dumps(counters, sort_keys=True).encode())
        source, target = str(self.folder / "test.de"), str(self.folder / "test.en")
        links = self.folder / "links"
        # Few pieces: a model that has learned little repeats itself.
        translations = self.regard("translate", str(run), "--input", source, "--beam-size=3", "--max-length=20", "--scores",
                                   f"--alignments={links}")
        assert len(translations.splitlines()) == 40 and len(links.read_bytes().splitlines()) == 40
        scores = self.regard("score", str(run), "--source", source, "--target", target)
        assert len(scores.splitlines()) == 40 and b"nan" not in scores
        for text in (translations, links.read_bytes(), scores):
            digest.update(text)
        return digest.hexdigest()[:32]


def tensors_of(data):
    """Names, shapes and bytes of a safetensors file, without what else its header says."""
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    assert header, "a file without tensors"
    return json.dumps(header, sort_keys=True).encode() + data[8 + size:]


def digests(program, threads, names):
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(program, folder, threads)
        for name in names:
            found[name] = place.digest(name)
            print(f"{name:<22} {processor()}  threads {threads}  {found[name]}", flush=True)
    return found


def known(threads):
    """The committed digests for this type of CPU."""
    found = {}
    for line in KNOWN.read_text().splitlines():
        fields = re.fullmatch(r"(\S+)\s+(.+)  threads (\d+)  ([0-9a-f]{32})", line)
        if fields and fields[2] == processor() and int(fields[3]) == threads:
            found[fields[1]] = fields[4]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--against", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=list(RUNS))
    arguments = parser.parse_args()
    expected = {}
    if arguments.check:
        expected = known(arguments.threads)
        if not expected:
            print(f"{KNOWN.name} has no line for '{processor()}' with {arguments.threads} threads")
            return 77
    if arguments.against:
        print(f"{arguments.against}:")
        expected = digests(arguments.against, arguments.threads, arguments.only)
        print(f"{arguments.program}:")
    found = digests(arguments.program, arguments.threads, arguments.only)
    wrong = [name for name in expected if name in found and found[name] != expected[name]]
    if wrong:
        print("DIFFERENT: " + ", ".join(wrong))
    elif expected:
        print(f"all {len(found)} are the same")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
