// The files in a zip archive in memory.
//
// Source: PKWARE APPNOTE.TXT 6.3. Stored and deflated entries, without encryption and ZIP64. Needs zlib (CMake component
// lamella::patterns).
#pragma once

#include <lamella/core/error.hpp>      // Error, Place
#include <lamella/core/result.hpp>     // Result
#include <lamella/io/detail/text.hpp>  // in_quotes
#include <lamella/io/text_file.hpp>    // largest_text_file

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Whether bytes begin like a zip archive with files in it.
constexpr bool is_zip(std::string_view bytes) noexcept { return bytes.starts_with("PK\x03\x04"); }

/// A zip archive; the bytes must outlive it.
class ZipArchive {
 public:
  struct Entry {
    std::string name;
    std::size_t method = 0, crc = 0, packed = 0, size = 0, header = 0;

    /// The name for messages: at most 80 characters, and none that could break the line.
    std::string shown_name() const {
      std::string shown = name.substr(0, 80);
      for (char& c : shown)
        if ((c >= 0 && c < ' ') || c == 127) c = '?';
      return shown;
    }
  };

  /// Reads the directory of the archive. Error where the bytes are no whole archive.
  static Result<ZipArchive> open(std::string_view bytes, std::string source) {
    ZipArchive archive(bytes, std::move(source));
    // The directory is found from the end, where a comment of up to 65535 bytes may follow its record.
    constexpr std::size_t record = 22, longest_comment = 65535;
    if (bytes.size() < record) return archive.error("is no zip archive, expected one of at least 22 bytes");
    const std::size_t lowest = bytes.size() - std::min(bytes.size(), record + longest_comment);
    std::size_t end = bytes.size() - record + 1;
    while (end > lowest && !bytes.substr(end - 1).starts_with("PK\x05\x06")) --end;
    if (end == lowest) return archive.error("the zip archive has no directory at its end, expected a whole file");
    --end;
    const std::size_t count = archive.number(end + 10, 2);
    std::size_t at = archive.number(end + 16, 4);
    for (std::size_t i = 0; i < count; ++i) {
      if (at >= bytes.size() || !bytes.substr(at).starts_with("PK\x01\x02") || bytes.size() - at < 46)
        return archive.error("the directory of the zip archive is damaged, expected " + std::to_string(count) + " files");
      Entry entry;
      entry.method = archive.number(at + 10, 2);
      entry.crc = archive.number(at + 16, 4);
      entry.packed = archive.number(at + 20, 4);
      entry.size = archive.number(at + 24, 4);
      const std::size_t name = archive.number(at + 28, 2);
      entry.header = archive.number(at + 42, 4);
      entry.name = std::string(bytes.substr(at + 46, name));
      const bool encrypted = (archive.number(at + 8, 2) & 1) != 0;
      if (encrypted) entry.method = encrypted_method;
      at += 46 + name + archive.number(at + 30, 2) + archive.number(at + 32, 2);
      archive.entries_.push_back(std::move(entry));
    }
    return archive;
  }

  const std::vector<Entry>& entries() const noexcept { return entries_; }

  /// The content of a file of the archive. Error where it is damaged, packed in another way, or too large.
  Result<std::string> extract(const Entry& entry) const {
    const auto fault = [&](const std::string& what) { return Error(what, Place{source_ + "!" + entry.shown_name()}); };
    if (entry.size > largest_text_file)
      return fault("is of " + std::to_string(entry.size) + " bytes, expected at most " + std::to_string(largest_text_file));
    if (entry.header >= bytes_.size() || bytes_.size() - entry.header < 30 || !bytes_.substr(entry.header).starts_with("PK\x03\x04"))
      return fault("is not where the zip archive says, expected a whole file");
    const std::size_t data = entry.header + 30 + number(entry.header + 26, 2) + number(entry.header + 28, 2);
    if (data > bytes_.size() || entry.packed > bytes_.size() - data) return fault("is cut off, expected a whole zip archive");
    const std::string_view packed = bytes_.substr(data, entry.packed);
    std::string content;
    if (entry.method == 0) content = std::string(packed);
    else if (entry.method == Z_DEFLATED) {
      if (!inflate_to(content, packed, entry.size)) return fault("is damaged (deflate), expected a whole zip archive");
    } else {
      return fault(entry.method == encrypted_method ? std::string("is encrypted, expected an open zip archive")
                                                    : "is packed by method " + std::to_string(entry.method) +
                                                          ", expected stored (0) or deflated (8)");
    }
    if (content.size() != entry.size || checksum(content) != entry.crc)
      return fault("is damaged (length or checksum), expected a whole zip archive");
    return content;
  }

 private:
  static constexpr std::size_t encrypted_method = 1u << 20;

  ZipArchive(std::string_view bytes, std::string source) : bytes_(bytes), source_(std::move(source)) {}

  Error error(const std::string& what) const { return Error(what, Place{source_}); }

  /// A little-endian number; 0 beyond the end.
  std::size_t number(std::size_t at, std::size_t size) const noexcept {
    if (at > bytes_.size() || bytes_.size() - at < size) return 0;
    std::size_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return value;
  }

  /// Inflates to `size` bytes, growing as the data come: the size is only a claim. False where the data do not give it.
  static bool inflate_to(std::string& content, std::string_view packed, std::size_t size) {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
    // zlib does not write to its input, though its type says so.
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    std::vector<Bytef> buffer(65536);
    int status = Z_OK;
    while (status == Z_OK && content.size() <= size) {
      stream.next_out = buffer.data();
      stream.avail_out = static_cast<uInt>(buffer.size());
      status = inflate(&stream, Z_NO_FLUSH);
      const std::size_t got = buffer.size() - stream.avail_out;
      content.append(reinterpret_cast<const char*>(buffer.data()), got);
      if (status == Z_BUF_ERROR || (status == Z_OK && got == 0 && stream.avail_in == 0)) break;
    }
    inflateEnd(&stream);
    return status == Z_STREAM_END && content.size() == size;
  }

  static std::size_t checksum(std::string_view content) noexcept {
    return static_cast<std::size_t>(
        crc32(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
  }

  std::string_view bytes_;
  std::string source_;
  std::vector<Entry> entries_;
};

/// The number in a file's name before its extension ("…/RawData12.xml" is 12), for sorting; 0 where there is none.
inline std::size_t number_at_end(std::string_view name) noexcept {
  name = name.substr(0, name.rfind('.'));
  std::size_t start = name.size();
  while (start > 0 && name.size() - start < 9 && name[start - 1] >= '0' && name[start - 1] <= '9') --start;
  std::size_t value = 0;
  for (const char c : name.substr(start)) value = 10 * value + static_cast<std::size_t>(c - '0');
  return value;
}

/// The entries of an archive with that part in their name and that end, by the number in the name.
inline std::vector<ZipArchive::Entry> numbered_entries(const ZipArchive& archive, std::string_view part, std::string_view end) {
  std::vector<ZipArchive::Entry> found;
  for (const auto& entry : archive.entries())
    if (entry.name.find(part) != std::string::npos && entry.name.ends_with(end)) found.push_back(entry);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    const std::size_t first = number_at_end(a.name), second = number_at_end(b.name);
    return first != second ? first < second : a.header < b.header;
  });
  return found;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
