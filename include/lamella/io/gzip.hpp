// Text files that may be compressed with gzip.
//
// Source: RFC 1952; one or several members, checksums verified. Needs zlib (CMake component lamella::patterns).
#pragma once

#include <lamella/core/error.hpp>    // Error, Place
#include <lamella/core/result.hpp>   // Result
#include <lamella/io/text_file.hpp>  // try_read_text_file, largest_text_file

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// Whether bytes begin like a gzip file.
constexpr bool is_gzip(std::string_view bytes) noexcept { return bytes.starts_with("\x1F\x8B\x08"); }

/// What a gzip file in memory unpacks to. Error where it is damaged or cut off, or unpacks to more than `limit` bytes.
/// `source` names the file in messages. Zeros behind the last member, as tapes leave them, are read over.
inline Result<std::string> try_gunzip(std::string_view bytes, std::string source, std::size_t limit = largest_text_file) {
  const auto fault = [&](const std::string& what) { return Error(what, Place{std::move(source)}); };
  if (!is_gzip(bytes)) return fault("is not compressed with gzip, expected the bytes 1F 8B 08 at its start");
  std::string text;
  // The last four bytes say how long the last member is; deflate packs at most 1032 to 1.
  std::size_t stated = 0;
  for (std::size_t i = 1; i <= 4 && i <= bytes.size(); ++i) stated = stated << 8 | static_cast<unsigned char>(bytes[bytes.size() - i]);
  const std::size_t chunk = 65536;
  text.resize(std::min({stated, limit, 1032 * bytes.size()}) + 1);

  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return fault("cannot be unpacked: zlib has no memory, expected more");
  std::size_t length = 0;
  int status = Z_OK;
  while (!bytes.empty()) {
    if (length == text.size()) {
      if (length > limit) break;
      text.resize(std::min(limit, std::max(2 * length, length + chunk)) + 1);
    }
    const std::size_t in = std::min(bytes.size(), std::size_t{1} << 30), out = std::min(text.size() - length, std::size_t{1} << 30);
    // zlib does not write to its input, though its type says so.
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + length);
    stream.avail_out = static_cast<uInt>(out);
    status = inflate(&stream, Z_NO_FLUSH);
    bytes.remove_prefix(in - stream.avail_in);
    length += out - stream.avail_out;
    if (status == Z_STREAM_END) {
      if (bytes.find_first_not_of('\0') == std::string_view::npos) break;
      if (inflateReset(&stream) != Z_OK) break;
      status = Z_OK;
    } else if (status != Z_OK && !(status == Z_BUF_ERROR && length == text.size())) {
      break;
    }
  }
  inflateEnd(&stream);
  if (length > limit) return fault("unpacks to more than " + std::to_string(limit) + " bytes, expected a smaller file");
  if (status == Z_OK || status == Z_BUF_ERROR) return fault("is cut off, expected a whole gzip file");
  if (status != Z_STREAM_END) return fault("is damaged (gzip), expected a whole gzip file");
  text.resize(length);
  return text;
}

/// The text of a file, unpacked where it is compressed with gzip (told by its content, whatever its name). Error as for
/// `try_read_text_file` and `try_gunzip`; `limit` holds for the unpacked text.
inline Result<std::string> try_read_unpacked_text(const std::filesystem::path& path, std::size_t limit = largest_text_file) {
  auto bytes = try_read_text_file(path, limit);
  if (!bytes || !is_gzip(bytes.value())) return bytes;
  const std::string packed = std::move(bytes).value();
  return try_gunzip(packed, path.string(), limit);
}

}  // namespace lamella::inline LAMELLA_ABI
