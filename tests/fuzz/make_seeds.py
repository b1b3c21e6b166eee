#!/usr/bin/env python3
"""Writes the binary seeds of the fuzz targets into tests/fuzz/seeds; the texts there are written by hand."""
import bz2
import gzip
import io
import json
import lzma
import pathlib
import struct
import zipfile

SEEDS = pathlib.Path(__file__).resolve().parent / "seeds"
MASK = 2**64 - 1


def write(target, name, data):
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def rotate_left(value, count):
    return (value << count | value >> (64 - count)) & MASK


def mix(state, word):
    return rotate_left(state ^ (word * 0xD1B54A32D192ED03 & MASK), 31) * 0x9E3779B97F4A7C15 & MASK


def checksum(data):
    """The definition in include/regard/formats/checksum.h."""
    lanes = list(range(1, 9))
    padded = data + bytes(-len(data) % 64)
    for place, (word,) in enumerate(struct.iter_unpack("<Q", padded)):
        lanes[place % 8] = mix(lanes[place % 8], word)
    state = len(data)
    for lane in lanes:
        state = mix(state, lane)
    state = mix(state ^ state >> 32, 0)
    return f"{state ^ state >> 29:016x}"


def header_checksum(metadata, tensors):
    """What "regard.header" holds: see write_safetensors in include/regard/formats/safetensors.h."""
    items = [str(len(metadata))]
    for key in sorted(metadata):
        items += [key, metadata[key]]
    for name, dtype, shape, begin, end in tensors:
        items += [name, dtype, str(len(shape)), *map(str, shape), str(begin), str(end)]
    return checksum("".join(f"{len(item)}:{item}" for item in items).encode())


def safetensors(tensors, metadata, data):
    header = {"__metadata__": metadata} if metadata else {}
    for name, dtype, shape, begin, end in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64)
    return struct.pack("<Q", len(text)) + text + data


def safetensors_seeds():
    data = struct.pack("<2f", 1.0, -2.0) + b"\1\2\3"
    tensors = [("a.weight", "F32", [2, 1], 0, 8), ("b", "I8", [3], 8, 11)]
    write("safetensors", "plain", safetensors(tensors, {}, data))
    sums = {name: checksum(data[begin:end]) for name, _, _, begin, end in tensors}
    metadata = {"format": "pt", "regard.checksums": json.dumps(sums, separators=(",", ":"))}
    metadata["regard.header"] = header_checksum(metadata, tensors)
    write("safetensors", "checksums", safetensors(tensors, metadata, data))
    write("safetensors", "empty", safetensors([], {}, b""))
    scalar = b'{"s":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]},"z":{"dtype":"F64","shape":[0,7],"data_offsets":[1,1]}}'
    write("safetensors", "header_alone", scalar + b"\0\1")


def ct2_text(text):
    return struct.pack("<H", len(text) + 1) + text + b"\0"


def ctranslate2_seeds():
    def variable(name, shape, kind, data):
        return (ct2_text(name) + struct.pack("<B", len(shape)) + struct.pack(f"<{len(shape)}I", *shape)
                + struct.pack("<BI", kind, len(data)) + data)

    start = struct.pack("<I", 6) + ct2_text(b"TransformerSpec") + struct.pack("<I", 7)
    variables = [variable(b"encoder/weight", [2, 2], 1, b"\1\2\3\4"), variable(b"scale", [], 0, struct.pack("<f", 0.5)),
                 variable(b"none", [0], 4, b"")]
    alias = struct.pack("<I", 1) + ct2_text(b"decoder/weight") + ct2_text(b"encoder/weight")
    write("ctranslate2", "model", start + struct.pack("<I", len(variables)) + b"".join(variables) + alias)
    write("ctranslate2", "empty", start + struct.pack("<II", 0, 0))


def npy(descr, shape, data, version=1):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def zipped(entries, method):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as file:
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            file.writestr(info, data)
    return packed.getvalue()


def zip_seeds():
    arrays = [("a.npy", npy("<f4", (2,), struct.pack("<2f", 1, 2))), ("b.npy", npy("|i1", (1, 3), b"\1\2\3", 2))]
    write("zip", "stored", zipped(arrays, zipfile.ZIP_STORED))
    write("zip", "deflated", zipped(arrays, zipfile.ZIP_DEFLATED))
    write("zip", "other", zipped([("folder/", b""), ("folder/x.txt", b"x" * 300)], zipfile.ZIP_DEFLATED))
    write("zip", "empty", zipped([], zipfile.ZIP_STORED))
    write("zip", "array", arrays[0][1])
    write("zip", "scalar", npy("<i8", (), struct.pack("<q", 5), 3))


def varint(value):
    data = b""
    while value >= 0x80:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])


def field(number, content):
    """One field of a protobuf message: bytes, a float or a whole number."""
    if isinstance(content, bytes):
        return varint(number << 3 | 2) + varint(len(content)) + content
    if isinstance(content, float):
        return varint(number << 3 | 5) + struct.pack("<f", content)
    return varint(number << 3) + varint(content)


def piece(text, score, kind=1):
    message = field(1, text.encode()) + field(2, score)
    return field(1, message + (field(3, kind) if kind != 1 else b""))


def charsmap():
    """A double array that maps "A" to "a": the root at 0, its children at 256, the value at 512."""
    units = [0] * 768
    units[0] = 256 << 10
    place = 256 ^ ord("A")
    units[place] = ord("A") | 1 << 8 | (place ^ 512) << 10
    units[512] = 1 << 31
    trie = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(trie)) + trie + b"a\0"


def sentencepiece_seeds():
    unknown, control, user, byte = 2, 3, 4, 6
    pieces = (piece("<pad>", 0.0, control) + piece("<unk>", 0.0, unknown) + piece("<s>", 0.0, control)
              + piece("</s>", 0.0, control))
    text = b"".join(piece(t, -float(i)) for i, t in enumerate(["\u2581", "a", "b", "\u2581a", "ab", "\u65e5"]))
    ids = field(40, 1) + field(41, 2) + field(42, 3) + field(43, 0)
    for name, kind in (("unigram", 1), ("bpe", 2), ("word", 3), ("char", 4)):
        write("sentencepiece", name, pieces + text + field(2, field(3, kind) + ids))
    write("sentencepiece", "charsmap", pieces + text + field(2, field(3, 2) + ids)
          + field(3, field(1, b"mine") + field(2, charsmap()) + field(3, 1) + field(4, 1) + field(5, 1)))
    fallback = b"".join(piece(f"<0x{value:02X}>", 0.0, byte) for value in range(256))
    write("sentencepiece", "byte_fallback", pieces + fallback + text + piece("<tag>", 0.0, user)
          + field(2, field(3, 1) + field(35, 1) + ids) + field(5, field(1, b"other")))


def plan(kind, switches, pieces):
    """The plan of a model: see tests/fuzz/sentencepiece_fuzz.cpp."""
    data = b"M" + bytes([kind, switches, 0, 1, 2, 3])
    for text, piece_kind in pieces:
        text = text.encode()
        data += bytes([len(text) << 3 | piece_kind, 16]) + text
    return data


def sentencepiece_plans():
    special = [("<unk>", 2), ("<s>", 3), ("</s>", 3), ("<pad>", 3)]
    text = [("\u2581", 1), ("a", 1), ("ab", 1), ("<tag>", 4), ("b", 5), ("\u65e5", 1)]
    for kind in (1, 2, 3, 4):
        write("sentencepiece", f"plan_{kind}", plan(kind, 0x38, special + text))
    write("sentencepiece", "plan_bytes", plan(2, 0x3A, special + text + [("<0x41>", 6), ("<0xFF>", 6)]))
    write("sentencepiece", "plan_no_unknown", plan(1, 0x39, text))


def line_reader_seeds():
    one, two = (gzip.compress(text, mtime=0) for text in (b"eins\r\nzw", b"ei\n"))
    write("line_reader", "gzip", b"\1\xff\xff" + one)
    write("line_reader", "gzip_members", b"\1\xff\xff" + one + two)
    write("line_reader", "gzip_padded", b"\1\xff\xff" + one + bytes(100))
    write("line_reader", "gzip_garbage", b"\1\xff\xff" + one + b"garbage")
    write("line_reader", "gzip_cut", b"\1\xff\xff" + (one + two)[:-9])
    # Frames of zstd: a window of 1 KiB or 256 MiB, one block that is not packed, no checksum; then one to be skipped.
    frame = b"\x28\xb5\x2f\xfd\0%c\x19\0\0ei\n"
    skipped = b"\x50\x2a\x4d\x18\3\0\0\0abc"
    members = {"xz": [lzma.compress(text) for text in (b"eins\r\nzw", b"ei\n")],
               "bzip2": [bz2.compress(text) for text in (b"eins\r\nzw", b"ei\n")], "zstd": [frame % 0, skipped + frame % 8]}
    for name, (first, second) in members.items():
        write("line_reader", name, b"\1\xff\xff" + first)
        write("line_reader", name + "_members", b"\1\xff\xff" + first + second)
        write("line_reader", name + "_garbage", b"\1\xff\xff" + first + b"garbage, and more of it")
        write("line_reader", name + "_cut", b"\1\xff\xff" + (first + second)[:-2])
    write("line_reader", "zstd_large_window", b"\1\xff\xff" + frame % 0x90)
    write("line_reader", "xz_padded", b"\1\xff\xff" + members["xz"][0] + bytes(64))
    write("line_reader", "xz_of_gzip", b"\1\xff\xff" + lzma.compress(one))
    tar = b"a.txt".ljust(257, b"\0") + b"ustar".ljust(255, b"\0")
    for name, start in {"zip": b"PK\3\4\x14\0", "tar": tar, "utf16": "eins\nzwei drei\n".encode("utf-16-le"),
                        "sentencepiece": b"\n\x0e\n\5<unk>\x15\0\0\0\0\x18\2", "safetensors": b"\x40" + bytes(7) + b'{"a"',
                        "nuls": b"a\0b\n\0\n", "bzip2_front": b"BZh91AY"}.items():
        write("line_reader", "kind_" + name, b"\1\xff\xff" + start)


def align_state_seeds():
    """A state of align_state_fuzz.cpp, which adds mark and sum: key, passes, entropies, jumps, values."""
    jumps = [1 / 61] * 61 + [1 / 31] * 31
    for name, key, passes, value in [("whole", 7, 9, 0.5), ("other_key", 8, 9, 0.5), ("passes", 7, 10, 0.5),
                                     ("no_probability", 7, 9, float("nan"))]:
        state = struct.pack("<QQ2d", key, passes, 3.5, 4.5) + struct.pack("<184d", *jumps * 2)
        write("align_state", name, state + struct.pack("<5f", 0.5, 1, 0, value, 0.25))
    write("align_state", "cut", struct.pack("<QQ", 7, 9))
    write("align_state", "other_file", b"0-0 1-1 2-2")


def idx_seeds():
    images = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 2, 3) + bytes(range(12))
    write("idx", "images", images)
    write("idx", "images.gz", gzip.compress(images, mtime=0))
    write("idx", "labels", bytes([0, 0, 8, 1]) + struct.pack(">I", 3) + b"\7\1\xff")
    write("idx", "too_large", bytes([0, 0, 8, 2]) + struct.pack(">2I", 1 << 12, 1 << 12) + b"x")


def main():
    idx_seeds()
    align_state_seeds()
    safetensors_seeds()
    ctranslate2_seeds()
    zip_seeds()
    sentencepiece_seeds()
    sentencepiece_plans()
    line_reader_seeds()


if __name__ == "__main__":
    main()
