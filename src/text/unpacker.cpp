#include "text/unpacker.h"

#include <algorithm>
#include <bzlib.h>
#include <cstdint>
#include <lzma.h>
#include <new>
#include <stdexcept>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "regard/core/strings.h"

namespace regard {
namespace {

using State = UnpackStep::State;

/// As much of a size as the libraries with 32-bit counts take at once.
unsigned at_once(std::size_t bytes) {
  return static_cast<unsigned>(std::min<std::size_t>(bytes, std::size_t{1} << 30));
}

std::string mebibytes(std::uint64_t bytes) {
  return str(with_thousands(static_cast<std::int64_t>((bytes + (1 << 20) - 1) >> 20)), " MiB");
}

class GzipUnpacker : public Unpacker {
 public:
  GzipUnpacker() {
    constexpr int kGzipOnly = 15 + 16;  // the largest window, with the header of gzip
    if (::inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~GzipUnpacker() override { ::inflateEnd(&stream_); }

  void begin() override { ::inflateReset(&stream_); }

  UnpackStep step(std::string_view packed, std::span<char> into) override {
    const unsigned packed_bytes = at_once(packed.size());
    const unsigned room = at_once(into.size());
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = packed_bytes;
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = room;
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    UnpackStep done{packed_bytes - stream_.avail_in, room - stream_.avail_out, State::goes_on, ""};
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    if (code == Z_STREAM_END) {
      done.state = State::is_at_end;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      done.state = State::is_damaged;
      done.reason = stream_.msg == nullptr ? "unknown reason" : stream_.msg;
    }
    return done;
  }

  bool allows_padding() const override { return true; }

 private:
  z_stream stream_{};
};

class XzUnpacker : public Unpacker {
 public:
  XzUnpacker() = default;
  ~XzUnpacker() override { ::lzma_end(&stream_); }

  void begin() override {
    constexpr std::uint64_t kBesideWindow = std::uint64_t{8} << 20;
    if (::lzma_stream_decoder(&stream_, kMaxWindowBytes + kBesideWindow,
                              LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK) {
      throw std::bad_alloc();
    }
  }

  UnpackStep step(std::string_view packed, std::span<char> into) override {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
    stream_.avail_in = packed.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(into.data());
    stream_.avail_out = into.size();
    const lzma_ret code = ::lzma_code(&stream_, LZMA_RUN);
    UnpackStep done{packed.size() - stream_.avail_in, into.size() - stream_.avail_out,
                    State::goes_on, ""};
    if (code == LZMA_MEM_ERROR) throw std::bad_alloc();
    if (code == LZMA_STREAM_END) {
      done.state = State::is_at_end;
    } else if (code == LZMA_MEMLIMIT_ERROR) {
      done.state = State::is_too_large;
      done.reason = mebibytes(::lzma_memusage(&stream_));
    } else if (code != LZMA_OK && code != LZMA_BUF_ERROR) {
      done.state = State::is_damaged;
      done.reason = reason_of(code);
    }
    return done;
  }

  bool allows_padding() const override { return true; }

 private:
  static std::string reason_of(lzma_ret code) {
    if (code == LZMA_FORMAT_ERROR) return "no stream header";
    if (code == LZMA_OPTIONS_ERROR) return "unknown options";
    if (code == LZMA_UNSUPPORTED_CHECK) return "an unknown type of checksum";
    return "the data or its checksum";
  }

  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class ZstdUnpacker : public Unpacker {
 public:
  ZstdUnpacker() : stream_(::ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    constexpr int kWindowLog = 27;
    static_assert(std::size_t{1} << kWindowLog == kMaxWindowBytes);
    ::ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLog);
  }
  ~ZstdUnpacker() override { ::ZSTD_freeDStream(stream_); }

  void begin() override { ::ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only); }

  UnpackStep step(std::string_view packed, std::span<char> into) override {
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    const std::size_t code = ::ZSTD_decompressStream(stream_, &out, &in);
    UnpackStep done{in.pos, out.pos, State::goes_on, ""};
    if (::ZSTD_isError(code) == 0) {
      if (code == 0) done.state = State::is_at_end;
      return done;
    }
    const ZSTD_ErrorCode error = ::ZSTD_getErrorCode(code);
    if (error == ZSTD_error_memory_allocation) throw std::bad_alloc();
    const bool is_too_large = error == ZSTD_error_frameParameter_windowTooLarge;
    done.state = is_too_large ? State::is_too_large : State::is_damaged;
    done.reason = is_too_large ? "more" : ::ZSTD_getErrorString(error);
    return done;
  }

  bool allows_padding() const override { return false; }

 private:
  ZSTD_DStream* stream_;
};

class Bzip2Unpacker : public Unpacker {
 public:
  Bzip2Unpacker() = default;
  ~Bzip2Unpacker() override { end(); }

  void begin() override {
    end();
    stream_ = {};
    if (::BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
    is_open_ = true;
  }

  UnpackStep step(std::string_view packed, std::span<char> into) override {
    const unsigned packed_bytes = at_once(packed.size());
    const unsigned room = at_once(into.size());
    stream_.next_in = const_cast<char*>(packed.data());
    stream_.avail_in = packed_bytes;
    stream_.next_out = into.data();
    stream_.avail_out = room;
    const int code = ::BZ2_bzDecompress(&stream_);
    UnpackStep done{packed_bytes - stream_.avail_in, room - stream_.avail_out, State::goes_on, ""};
    if (code == BZ_MEM_ERROR) throw std::bad_alloc();
    if (code == BZ_STREAM_END) {
      done.state = State::is_at_end;
    } else if (code != BZ_OK) {
      done.state = State::is_damaged;
      done.reason = code == BZ_DATA_ERROR_MAGIC ? "no stream header" : "the data or its checksum";
    }
    return done;
  }

  bool allows_padding() const override { return false; }

 private:
  void end() {
    if (is_open_) ::BZ2_bzDecompressEnd(&stream_);
    is_open_ = false;
  }

  bz_stream stream_{};
  bool is_open_ = false;
};

}  // namespace

std::unique_ptr<Unpacker> make_unpacker(FileKind::Form form) {
  switch (form) {
    case FileKind::Form::gzip:
      return std::make_unique<GzipUnpacker>();
    case FileKind::Form::xz:
      return std::make_unique<XzUnpacker>();
    case FileKind::Form::zstd:
      return std::make_unique<ZstdUnpacker>();
    case FileKind::Form::bzip2:
      return std::make_unique<Bzip2Unpacker>();
    case FileKind::Form::text:
    case FileKind::Form::other:
      break;
  }
  throw std::logic_error("nothing to decompress");
}

}  // namespace regard
