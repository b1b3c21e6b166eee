#include "regard/report/event_file.h"

#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <string>
#include <system_error>
#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/file_writer.h"
#include "regard/core/strings.h"

#include "report/crc32c.h"

namespace regard {
namespace {

static_assert(std::endian::native == std::endian::little, "event files are little-endian");

constexpr std::size_t kBufferBytes = 65536;

template <class Number>
void append_raw(std::string& out, Number value) {
  std::array<char, sizeof value> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  out.append(bytes.data(), bytes.size());
}

/// The few parts of the protocol buffer encoding that an event needs. Field numbers are those of
/// event.proto, summary.proto and session_log.
class Message {
 public:
  Message& add_double(int field, double value) {
    add_tag(field, 1);
    append_raw(text_, value);
    return *this;
  }
  Message& add_float(int field, float value) {
    add_tag(field, 5);
    append_raw(text_, value);
    return *this;
  }
  Message& add_integer(int field, std::int64_t value) {
    add_tag(field, 0);
    add_varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& add_text(int field, std::string_view value) {
    add_tag(field, 2);
    add_varint(value.size());
    text_ += value;
    return *this;
  }
  Message& add_message(int field, const Message& value) { return add_text(field, value.text_); }
  const std::string& text() const { return text_; }

 private:
  void add_tag(int field, unsigned wire_type) {
    add_varint((static_cast<std::uint64_t>(field) << 3) | wire_type);
  }
  void add_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      text_ += static_cast<char>((value & 0x7F) | 0x80);
    text_ += static_cast<char>(value);
  }

  std::string text_;
};

void append_record(std::string& out, const std::string& payload) {
  std::string length;
  append_raw(length, static_cast<std::uint64_t>(payload.size()));
  out += length;
  append_raw(out, masked_crc32c(length));
  out += payload;
  append_raw(out, masked_crc32c(payload));
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

std::filesystem::path make_path(const std::filesystem::path& folder, double wall_time) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw RunError(SourceSpot{folder.string()}, str("cannot be created: ", error.message()));
  return folder / str("events.out.tfevents.", static_cast<std::int64_t>(wall_time), ".",
                      host_name(), ".", ::getpid());
}

}  // namespace

struct EventFileWriter::Impl {
  std::filesystem::path path;
  FileWriter file;
  std::string buffer;

  explicit Impl(const std::filesystem::path& target)
      : path(target), file(target, FileWriter::Mode::append) {}

  void add(const Message& event) { append_record(buffer, event.text()); }
  void flush() {
    file.write(std::as_bytes(std::span(buffer)));
    buffer.clear();
  }
};

EventFileWriter::EventFileWriter(const std::filesystem::path& folder, double wall_time)
    : impl_(std::make_unique<Impl>(make_path(folder, wall_time))) {
  impl_->add(Message().add_double(1, wall_time).add_text(3, "brain.Event:2"));
  flush();
}

EventFileWriter::~EventFileWriter() {
  try {
    flush();
  } catch (const RunError&) {
    // A destructor cannot report it; the header says so.
  }
}

void EventFileWriter::start_session(std::int64_t step, double wall_time) {
  const Message session = Message().add_integer(1, 1);  // status START
  impl_->add(Message().add_double(1, wall_time).add_integer(2, step).add_message(7, session));
}

void EventFileWriter::scalar(std::string_view tag, std::int64_t step, double value,
                             double wall_time) {
  const Message point = Message().add_text(1, tag).add_float(2, static_cast<float>(value));
  const Message summary = Message().add_message(1, point);
  impl_->add(Message().add_double(1, wall_time).add_integer(2, step).add_message(5, summary));
  if (impl_->buffer.size() >= kBufferBytes) flush();
}

void EventFileWriter::flush() {
  impl_->flush();
}

const std::filesystem::path& EventFileWriter::path() const {
  return impl_->path;
}

}  // namespace regard
