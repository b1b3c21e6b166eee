#!/usr/bin/env python3
"""Translates a file with CTranslate2, as race.py asks for it; prints one JSON object.

Text in, text out: cutting into pieces and joining them is in the time, loading and a first small batch are not. The exports
of Regard hold the SentencePiece models.
"""
import argparse
import json
import resource
import time

START = time.perf_counter()
import ctranslate2  # noqa: E402
import sentencepiece  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--numbers", default="float32")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of each worker")
    parser.add_argument("--batch-tokens", type=int, default=2048)
    parser.add_argument("--one-by-one", action="store_true", help="a sentence at a time, for latency")
    options = parser.parse_args()
    source, target = (sentencepiece.SentencePieceProcessor(f"{options.model}/{side}.spm") for side in ("source", "target"))
    translator = ctranslate2.Translator(options.model, compute_type=options.numbers, inter_threads=options.workers,
                                        intra_threads=options.threads)
    loaded = time.perf_counter()
    with open(options.source, encoding="utf-8") as file:
        lines = file.read().split("\n")[:-1]

    def translate(texts):
        pieces = source.encode(texts, out_type=str)
        found = translator.translate_batch(pieces, beam_size=options.beam, max_batch_size=options.batch_tokens,
                                           batch_type="tokens", max_decoding_length=200)
        return target.decode([item.hypotheses[0] for item in found]), sum(len(item.hypotheses[0]) + 1 for item in found)

    translate(lines[:8])
    begin, times, tokens, texts = time.perf_counter(), [], 0, []
    for group in ([line] for line in lines) if options.one_by_one else [lines]:
        first = time.perf_counter()
        found, count = translate(group)
        times.append(time.perf_counter() - first)
        texts += found
        tokens += count
    seconds = time.perf_counter() - begin
    with open(options.output, "w", encoding="utf-8") as file:
        file.write("".join(text + "\n" for text in texts))
    print(json.dumps({"seconds": seconds, "startup": loaded - START, "tokens": tokens, "latencies": times,
                      "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
