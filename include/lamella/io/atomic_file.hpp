// Writing a whole file so that readers see either the old content or the complete new one.
#pragma once

#include <lamella/core/error.hpp>   // Error
#include <lamella/core/result.hpp>  // Result

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#if __has_include(<unistd.h>)
#include <unistd.h>  // fsync
#endif

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// Writes all of `content` to an open stream, down to the device, and closes it. Returns 0 or an errno.
inline int write_and_close(std::FILE* stream, std::string_view content) {
  errno = 0;
  const bool written = std::fwrite(content.data(), 1, content.size(), stream) == content.size();
  int fault = written && std::fflush(stream) == 0 ? 0 : (errno != 0 ? errno : EIO);
#if __has_include(<unistd.h>)
  // Pipes and terminals cannot be synchronised; that is no fault.
  if (fault == 0 && fsync(fileno(stream)) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS) fault = errno;
#endif
  errno = 0;
  if (std::fclose(stream) != 0 && fault == 0) fault = errno != 0 ? errno : EIO;
  return fault;
}

/// A name beside `target` that no other process, thread or earlier run is likely to use.
inline std::filesystem::path temporary_beside(const std::filesystem::path& target) {
  static std::atomic<unsigned> count{0};
  std::random_device entropy;
  return target.parent_path() /
         (".lamella-" + std::to_string(entropy()) + "-" + std::to_string(count.fetch_add(1)) + ".tmp");
}

}  // namespace detail

/// Writes `content` to `path` all or nothing: into a temporary file in the same directory, flushed to the
/// device, then renamed over `path`. On failure `path` keeps what it held and nothing is left beside it.
/// An existing file keeps its permissions; a symbolic link is followed; what is no regular file (a pipe,
/// /dev/stdout) is written to directly. Returns the number of bytes, or the error with the path and reason.
inline Result<std::size_t> try_write_file(const std::filesystem::path& path, std::string_view content) {
  namespace fs = std::filesystem;
  const auto refuse = [&path](const std::string& reason) {
    return Error("cannot write the file: " + reason, {.file = path.string()});
  };
  const auto reason_of = [](int fault) { return std::generic_category().message(fault); };
  if (path.empty()) return Error("cannot write a file: its name is empty");

  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (status.type() == fs::file_type::directory) return refuse("it is a directory");
  const bool exists = fs::exists(status);
  if (exists && status.type() != fs::file_type::regular) {
    std::FILE* stream = std::fopen(path.string().c_str(), "wb");
    if (stream == nullptr) return refuse(reason_of(errno));
    const int fault = detail::write_and_close(stream, content);
    if (fault != 0) return refuse(reason_of(fault));
    return content.size();
  }

  fs::path target = path;
  for (int depth = 0; fs::is_symlink(fs::symlink_status(target, code)); ++depth) {
    const fs::path next = fs::read_symlink(target, code);
    if (code || depth == 40) return refuse("its symbolic link cannot be followed");
    target = next.is_absolute() ? next : target.parent_path() / next;
  }

  const fs::path temporary = detail::temporary_beside(target);
  std::FILE* stream = std::fopen(temporary.string().c_str(), "wbx");  // x: never over another's file
  if (stream == nullptr) return refuse(reason_of(errno));
  const auto discard = [&temporary] {
    std::error_code ignored;
    fs::remove(temporary, ignored);
  };
  if (const int fault = detail::write_and_close(stream, content); fault != 0) {
    discard();
    return refuse(reason_of(fault));
  }
  if (exists) {
    fs::permissions(temporary, status.permissions(), code);
    if (code) {
      discard();
      return refuse(code.message());
    }
  }
  fs::rename(temporary, target, code);
  if (code) {
    discard();
    return refuse(code.message());
  }
  return content.size();
}

/// As `try_write_file`. Throws the error.
inline void write_file(const std::filesystem::path& path, std::string_view content) {
  const Result<std::size_t> written = try_write_file(path, content);
  if (!written) fail(written.error());
}

}  // namespace lamella
