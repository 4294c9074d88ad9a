// A whole text file in memory, or the reason why not.
#pragma once

#include <lamella/core/error.hpp>   // Error, Place
#include <lamella/core/result.hpp>  // Result

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

namespace lamella::inline LAMELLA_ABI {

/// Largest file that the readers take, in bytes (256 MiB): patterns and structures are far smaller, and what is
/// larger is something else.
inline constexpr std::size_t largest_text_file = std::size_t{256} << 20;

/// The bytes of a file, unchanged. Error where it is missing, a directory, not readable or larger than `limit` bytes.
inline Result<std::string> try_read_text_file(const std::filesystem::path& path,
                                              std::size_t limit = largest_text_file) {
  const Place place{path.string()};
  std::error_code status;
  if (std::filesystem::is_directory(path, status)) return Error("is a directory, expected a file", place);
  struct Close {
    void operator()(std::FILE* open) const { std::fclose(open); }
  };
  errno = 0;
  const std::unique_ptr<std::FILE, Close> file(std::fopen(place.file.c_str(), "rb"));
  if (file == nullptr) {
    const int code = errno;
    if (code == ENOENT) return Error("no such file", place);
    return Error("cannot be opened: " + std::generic_category().message(code), place);
  }
  std::string text;
  const auto size = std::filesystem::file_size(path, status);
  if (!status && size <= limit) text.reserve(static_cast<std::size_t>(size));
  std::array<char, 65536> buffer;
  for (;;) {
    const std::size_t count =
        std::fread(buffer.data(), 1, std::min(buffer.size(), limit + 1 - text.size()), file.get());
    text.append(buffer.data(), count);
    if (text.size() > limit)
      return Error("is too large, expected a text file of at most " + std::to_string(limit) + " bytes (" +
                       std::to_string(limit >> 20) + " MiB)",
                   place);
    if (count == 0) break;
  }
  if (std::ferror(file.get()) != 0) return Error("cannot be read to its end", place);
  return text;
}

}  // namespace lamella::inline LAMELLA_ABI
