#include "text/file_kind.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "regard/core/utf8.h"

namespace regard {
namespace {

using Form = FileKind::Form;
using namespace std::string_view_literals;

constexpr std::string_view kUnpack = "unpack it";
constexpr std::string_view kSavePlain =
    "save it as plain text in UTF-8, one sentence per line (for most formats: pandoc -t plain)";
constexpr std::string_view kGiveText = "use a text in UTF-8, one sentence per line";
constexpr std::string_view kPackAgain =
    "extract it, or compress the text with gzip, xz, zstd or bzip2 instead";

/// Bytes that a file of some kind begins with.
struct Sign {
  std::string_view bytes;
  std::string_view name;
  std::string_view fix;
  Form form = Form::other;
  /// Letters that a text may begin with, too: counts only where the rest is not text.
  bool is_also_text = false;
};

constexpr auto kSigns = std::to_array<Sign>({
    {"\x1f\x8b"sv, "gzip data", "", Form::gzip},
    {"\xfd\x37zXZ\0"sv, "xz data", "", Form::xz},
    {"\x28\xb5\x2f\xfd"sv, "zstd data", "", Form::zstd},
    {"PK\3\4"sv, "a zip archive", kUnpack},
    {"PK\5\6"sv, "an empty zip archive", kUnpack},
    {"PK\7\10"sv, "a part of a zip archive", kUnpack},
    {"7z\xbc\xaf\x27\x1c"sv, "a 7z archive", kUnpack},
    {"Rar!\x1a\7"sv, "a rar archive", kUnpack},
    {"MSCF\0"sv, "a cabinet archive", kUnpack},
    {"!<arch>\n"sv, "an ar archive", kUnpack},
    {"\x04\x22\x4d\x18"sv, "an lz4 file", kPackAgain},
    {"\x1f\x9d"sv, "a file compressed with compress (.Z)", kPackAgain},
    {"\x1f\xa0"sv, "a file compressed with compress (.Z)", kPackAgain},
    {"LZIP\1"sv, "an lzip file", kPackAgain},
    {"\x89LZO\0"sv, "an lzop file", kPackAgain},
    {"\x5d\0\0"sv, "an lzma file of the old format", kPackAgain},
    {"\xff\x06\0\0sNaPpY"sv, "a snappy file", kPackAgain},
    {"%PDF-"sv, "a PDF document", "extract its text (pdftotext), one sentence per line"},
    {"{\\rtf1"sv, "an RTF document", kSavePlain},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "an old Office document", kSavePlain},
    {"SQLite format 3\0"sv, "an SQLite database", "export its text, one sentence per line"},
    {"PAR1"sv, "a Parquet file", "export its text, one sentence per line", Form::other, true},
    {"ARROW1\0"sv, "an Arrow file", "export its text, one sentence per line"},
    {"Obj\1"sv, "an Avro file", "export its text, one sentence per line"},
    {"\x89HDF\r\n\x1a\n"sv, "an HDF5 file", kGiveText},
    {"\x93NUMPY"sv, "a NumPy array", kGiveText},
    {"\x80\2"sv, "a Python pickle", kGiveText},
    {"\x80\3"sv, "a Python pickle", kGiveText},
    {"\x80\4"sv, "a Python pickle", kGiveText},
    {"\x80\5"sv, "a Python pickle", kGiveText},
    {"\x7f\x45LF"sv, "a program (ELF)", kGiveText},
    {"MZ"sv, "a program (Windows)", kGiveText, Form::other, true},
    {"\xca\xfe\xba\xbe"sv, "a program (Java or macOS)", kGiveText},
    {"\xcf\xfa\xed\xfe"sv, "a program (macOS)", kGiveText},
    {"\x89PNG\r\n\x1a\n"sv, "a PNG image", kGiveText},
    {"\xff\xd8\xff"sv, "a JPEG image", kGiveText},
    {"GIF87a"sv, "a GIF image", kGiveText, Form::other, true},
    {"GIF89a"sv, "a GIF image", kGiveText, Form::other, true},
    {"II*\0"sv, "a TIFF image", kGiveText},
    {"MM\0*"sv, "a TIFF image", kGiveText},
    {"RIFF"sv, "an audio, video or image file (RIFF)", kGiveText, Form::other, true},
    {"OggS\0"sv, "an audio or video file (Ogg)", kGiveText},
    {"fLaC\0"sv, "an audio file (FLAC)", kGiveText},
    {"ID3"sv, "an audio file (MP3)", kGiveText, Form::other, true},
    {"\xde\x12\x04\x95"sv, "a gettext catalogue (.mo)", "export its text with msgunfmt"},
    {"\x95\x04\x12\xde"sv, "a gettext catalogue (.mo)", "export its text with msgunfmt"},
});

constexpr std::size_t kBzip2Bytes = 10;
/// As much as is looked through for what makes a text none.
constexpr std::size_t kLookedThrough = 4096;

/// "BZh", the size of blocks, and the mark of a block or of the end.
bool is_bzip2(std::string_view start) {
  if (start.size() < kBzip2Bytes || !start.starts_with("BZh")) return false;
  const std::string_view mark = start.substr(4, 6);
  return start[3] >= '1' && start[3] <= '9' && (mark == "1AY&SY" || mark == "\x17rE8P\x90");
}

/// The length of a header of JSON in eight bytes, and the brace it begins with.
bool is_safetensors(std::string_view start) {
  return start.size() > 9 && start.substr(4, 4) == "\0\0\0\0"sv && start[8] == '{' &&
         (start[9] == '"' || start[9] == '}' || start[9] == ' ');
}

/// A message of protobuf whose first field is a piece, "<unk>" or the like, and its score.
bool is_sentencepiece_model(std::string_view start) {
  if (start.size() < 5 || start[0] != '\n' || start[2] != '\n' || start[4] != '<') return false;
  const auto length = static_cast<std::size_t>(static_cast<unsigned char>(start[3]));
  return start.size() > 4 + length && start[4 + length] == '\x15';
}

std::string_view without_cut_character(std::string_view text) {
  for (std::size_t i = 1; i <= std::min<std::size_t>(3, text.size()); ++i) {
    const auto byte = static_cast<unsigned char>(text[text.size() - i]);
    if (byte >= 0xc0) return text.substr(0, text.size() - i);
    if (byte < 0x80) break;
  }
  return text;
}

struct Looks {
  std::size_t bytes = 0;
  std::size_t nuls_at_even = 0;
  std::size_t nuls_at_odd = 0;
  bool is_utf8 = true;
};

Looks look_through(std::string_view start) {
  Looks looks;
  const std::string_view seen = start.substr(0, kLookedThrough);
  looks.bytes = seen.size();
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] == '\0') ++(i % 2 == 0 ? looks.nuls_at_even : looks.nuls_at_odd);
  }
  looks.is_utf8 = is_valid_utf8(without_cut_character(seen));
  return looks;
}

FileKind other(std::string_view name, std::string_view fix) {
  return {Form::other, std::string(name), std::string(fix)};
}

FileKind wide_text(std::string_view name, std::string_view encoding) {
  return other(name, "convert it to UTF-8 (iconv -f " + std::string(encoding) + " -t UTF-8)");
}

/// Zip archives that people take for something else.
FileKind kind_of_zip(std::string_view start) {
  const auto holds = [&](std::string_view name) {
    return start.substr(0, kLookedThrough).find(name) != std::string_view::npos;
  };
  if (holds("[Content_Types].xml") || holds("mimetypeapplication/vnd.oasis")) {
    return other("an Office document", kSavePlain);
  }
  if (holds("mimetypeapplication/epub")) return other("an EPUB book", kSavePlain);
  if (holds("/data.pkl")) return other("a PyTorch file", kGiveText);
  return other("a zip archive", kUnpack);
}

FileKind kind_of_marks(std::string_view start) {
  if (start.starts_with("\xff\xfe\0\0"sv)) return wide_text("UTF-32 text", "UTF-32");
  if (start.starts_with("\0\0\xfe\xff"sv)) return wide_text("UTF-32 text", "UTF-32");
  if (start.starts_with("\xff\xfe"sv) || start.starts_with("\xfe\xff"sv)) {
    return wide_text("UTF-16 text", "UTF-16");
  }
  return {};
}

/// What many NULs, or NULs together with bytes that are not UTF-8, give away.
FileKind kind_of_looks(const Looks& looks) {
  constexpr std::size_t kMany = 8;
  constexpr std::size_t kShare = 20;  // one in that many bytes
  const std::size_t half = looks.bytes / 2;
  const std::size_t nuls = looks.nuls_at_even + looks.nuls_at_odd;
  if (half >= kMany && looks.is_utf8 && looks.nuls_at_odd * 10 >= half * 8 &&
      looks.nuls_at_even * 10 <= half) {
    return wide_text("UTF-16 text without a byte order mark", "UTF-16LE");
  }
  if (half >= kMany && looks.is_utf8 && looks.nuls_at_even * 10 >= half * 8 &&
      looks.nuls_at_odd * 10 <= half) {
    return wide_text("UTF-16 text without a byte order mark", "UTF-16BE");
  }
  const bool has_many = nuls >= kMany && nuls * kShare >= looks.bytes;
  if (has_many || (nuls > 0 && !looks.is_utf8)) return other("binary data", kGiveText);
  return {};
}

}  // namespace

FileKind recognise(std::string_view start) {
  const Looks looks = look_through(start);
  const bool is_text = looks.is_utf8 && looks.nuls_at_even + looks.nuls_at_odd == 0;
  if (is_bzip2(start)) return {Form::bzip2, "bzip2 data", ""};
  for (const Sign& sign : kSigns) {
    if (!start.starts_with(sign.bytes) || (sign.is_also_text && is_text)) continue;
    if (sign.bytes == "PK\3\4"sv) return kind_of_zip(start);
    return {sign.form, std::string(sign.name), std::string(sign.fix)};
  }
  // Skippable frames, with which some programs begin.
  if (start.size() >= 4 && (start[0] & 0xf0) == 0x50 && start.substr(1, 3) == "\x2a\x4d\x18"sv) {
    return {Form::zstd, "zstd data", ""};
  }
  if (FileKind kind = kind_of_marks(start); kind.form != Form::text) return kind;
  if (start.size() >= 262 && start.substr(257, 5) == "ustar") {
    return other("a tar archive", kUnpack);
  }
  if (is_safetensors(start)) return other("a safetensors file", kGiveText);
  if (is_sentencepiece_model(start)) {
    return other("a SentencePiece model", "use it as vocabulary.source, or use a text here");
  }
  return kind_of_looks(looks);
}

bool needs_more_to_recognise(std::string_view start) {
  if (start.find('\n') != std::string_view::npos) return false;
  if (start.starts_with("BZh") && start.size() < kBzip2Bytes) return true;
  const auto is_front = [&](const Sign& sign) {
    return start.size() < sign.bytes.size() && sign.bytes.starts_with(start);
  };
  constexpr std::string_view kBzip2 = "BZh";
  return std::any_of(kSigns.begin(), kSigns.end(), is_front) || kBzip2.starts_with(start);
}

}  // namespace regard
