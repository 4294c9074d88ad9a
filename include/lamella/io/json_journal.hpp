// A file of JSON records that grows while a long computation goes on, and from which it goes on after any interruption.
//
// One record a line, behind the checksum of its text (FNV-1a, 16 hexadecimal digits). The first record says what the computation is of.
// A line that an interruption cut short, or that does not have its checksum, ends what counts; it and what follows are overwritten.
// Only one process at a time has a journal open (where the system has flock).
#pragma once

#include <lamella/core/error.hpp>    // Error, Place, fail
#include <lamella/io/text_file.hpp>  // try_read_text_file

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#if __has_include(<sys/file.h>)
#include <sys/file.h>  // flock
#endif

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// FNV-1a of 64 bits as 16 hexadecimal digits.
inline std::string checksum(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  std::string digits(16, '0');
  for (std::size_t i = 16; i-- > 0; hash >>= 4) digits[i] = "0123456789abcdef"[hash & 15U];
  return digits;
}

inline std::string journal_line(const nlohmann::json& record) {
  const std::string text = record.dump();
  return checksum(text) + " " + text + "\n";
}

/// The record of a line without its end; discarded JSON where it has not its checksum.
inline nlohmann::json journal_record(std::string_view line) {
  if (line.size() < 18 || line[16] != ' ' || line.substr(0, 16) != checksum(line.substr(17))) return nlohmann::json::value_t::discarded;
  return nlohmann::json::parse(line.substr(17), nullptr, false);
}

}  // namespace detail

/// A journal open for more records. Each is handed to the operating system whole before `append` returns: killing the process loses none.
class JsonJournal {
 public:
  /// Begins a journal at `path`, in place of what is there. Throws where the file cannot be written.
  JsonJournal(std::filesystem::path path, const nlohmann::json& head) : path_(std::move(path)) {
    open();
    cut(0);
    append(head);
  }
  /// Goes on with the journal at `path`, whose records after the first are handed to `visit` in their order; begins one where there is none or
  /// not even the first record is whole. Throws where the first record is not `head`: then it is of another computation.
  template <class Visit>
  JsonJournal(std::filesystem::path path, const nlohmann::json& head, Visit&& visit) : path_(std::move(path)) {
    open();
    const std::string text = try_read_text_file(path_).value();
    std::size_t whole = 0;
    for (std::size_t end = 0, line = 1; (end = text.find('\n', whole)) != std::string::npos; whole = end + 1, ++line) {
      const nlohmann::json record = detail::journal_record(std::string_view(text).substr(whole, end - whole));
      if (record.is_discarded()) break;
      if (line > 1)
        visit(record);
      else if (record != head)
        fail(Error("is of another computation: expected " + difference(head, record), Place{path_.string(), 1}));
    }
    cut(whole);
    if (whole == 0) append(head);
  }
  JsonJournal(const JsonJournal&) = delete;
  JsonJournal& operator=(const JsonJournal&) = delete;
  ~JsonJournal() = default;

  const std::filesystem::path& path() const noexcept { return path_; }

  /// Adds a record. Throws where it cannot be written, as on a full disk.
  void append(const nlohmann::json& record) {
    const std::string line = detail::journal_line(record);
    errno = 0;
    if (std::fwrite(line.data(), 1, line.size(), stream_.get()) != line.size() || std::fflush(stream_.get()) != 0)
      refuse(std::generic_category().message(errno != 0 ? errno : EIO));
  }

 private:
  struct Close {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
  };

  [[noreturn]] void refuse(const std::string& why) const { fail(Error("cannot write the file: " + why, Place{path_.string()})); }
  void open() {
    errno = 0;
    stream_.reset(std::fopen(path_.string().c_str(), "ab"));
    if (!stream_) refuse(std::generic_category().message(errno));
#if __has_include(<sys/file.h>)
    if (flock(fileno(stream_.get()), LOCK_EX | LOCK_NB) != 0) refuse("another process has it open, expected to be the only one");
#endif
  }
  /// Keeps the first `length` bytes.
  void cut(std::size_t length) const {
    std::error_code code;
    std::filesystem::resize_file(path_, length, code);
    if (code) refuse(code.message());
  }

  /// The first member in which two heads differ, as it is expected.
  static std::string difference(const nlohmann::json& wanted, const nlohmann::json& found) {
    if (!wanted.is_object() || !found.is_object()) return wanted.dump();
    for (const auto& [key, value] : wanted.items())
      if (!found.contains(key) || found[key] != value) return key + " " + value.dump() + ", got " + (found.contains(key) ? found[key].dump() : "none");
    for (const auto& [key, value] : found.items())
      if (!wanted.contains(key)) return "no " + key + ", got " + value.dump();
    return wanted.dump();
  }

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> stream_;
};

}  // namespace lamella::inline LAMELLA_ABI
