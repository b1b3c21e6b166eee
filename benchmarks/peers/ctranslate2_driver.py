#!/usr/bin/env python3
"""Translates a file with CTranslate2, as race.py asks for it; prints one JSON object.

Text in, text out: cutting into pieces and joining them is in the time, loading and a first small batch are not. The
exports of Regard hold the SentencePiece models. With --filter it answers the lines of standard input one by one
instead.
"""
import argparse
import json
import sys
import time

START = time.perf_counter()
import ctranslate2  # noqa: E402
import sentencepiece  # noqa: E402


class Translator:
    def __init__(self, options):
        self.options = options
        self.source, self.target = (sentencepiece.SentencePieceProcessor(f"{options.model}/{side}.spm")
                                    for side in ("source", "target"))
        self.model = ctranslate2.Translator(options.model, device="cpu", compute_type=options.numbers,
                                            inter_threads=options.workers, intra_threads=options.threads)
        self.tokens = 0

    def __call__(self, texts):
        pieces = self.source.encode(texts, out_type=str)
        found = self.model.translate_batch(
            pieces, beam_size=self.options.beam, max_batch_size=self.options.batch_tokens, batch_type="tokens",
            max_decoding_length=200)
        self.tokens += sum(len(item.hypotheses[0]) + 1 for item in found)
        return self.target.decode([item.hypotheses[0] for item in found])


def measure(options):
    translate = Translator(options)
    loaded = time.perf_counter()
    with open(options.source, encoding="utf-8") as file:
        lines = file.read().split("\n")[:-1]
    for group in ([line] for line in lines[:8]) if options.one_by_one else [lines[:8]]:
        translate(group)
    translate.tokens = 0
    times, texts = [], []
    begin, used = time.perf_counter(), time.process_time()
    for group in ([line] for line in lines) if options.one_by_one else [lines]:
        first = time.perf_counter()
        texts += translate(group)
        times.append(time.perf_counter() - first)
    seconds, processor = time.perf_counter() - begin, time.process_time() - used
    with open(options.output, "w", encoding="utf-8") as file:
        file.write("".join(text + "\n" for text in texts))
    return {"seconds": seconds, "processor": processor, "startup": loaded - START, "tokens": translate.tokens,
            "latencies": times}


def answer_lines(options):
    translate = Translator(options)
    for line in sys.stdin:
        print(translate([line.rstrip("\n")])[0], flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="only show that the program can be loaded")
    parser.add_argument("--model")
    parser.add_argument("--source")
    parser.add_argument("--output")
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--numbers", default="float32")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of each worker")
    parser.add_argument("--batch-tokens", type=int, default=2048)
    parser.add_argument("--one-by-one", action="store_true", help="a sentence at a time, for latency")
    parser.add_argument("--filter", action="store_true", help="answer the lines of standard input")
    options = parser.parse_args()
    if options.check:
        print(json.dumps({"version": ctranslate2.__version__}))
    elif options.filter:
        answer_lines(options)
    else:
        print(json.dumps(measure(options)))


if __name__ == "__main__":
    main()
