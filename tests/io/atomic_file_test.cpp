#include <lamella/io/atomic_file.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

using namespace lamella;
namespace fs = std::filesystem;

namespace {

/// An empty directory that goes away with the test.
struct Scratch {
  fs::path path = fs::temp_directory_path() / ("lamella_atomic_file_" + std::to_string(std::random_device{}()));
  Scratch() { fs::create_directories(path); }
  ~Scratch() {
    std::error_code ignored;
    fs::permissions(path, fs::perms::owner_all, ignored);
    fs::remove_all(path, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
};

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::ptrdiff_t entries_in(const fs::path& path) {
  return std::distance(fs::directory_iterator(path), fs::directory_iterator());
}

}  // namespace

TEST_CASE("a file is written byte for byte and is alone in its directory") {
  const Scratch scratch;
  const fs::path file = scratch.path / "a report.html";
  const std::string bytes("line\r\n\0 \xC3\x85\n", 11);
  const Result<std::size_t> written = try_write_file(file, bytes);
  REQUIRE(written);
  CHECK(written.value() == bytes.size());
  CHECK(content_of(file) == bytes);
  write_file(file, "");
  CHECK(content_of(file).empty());
  CHECK(entries_in(scratch.path) == 1);
}

TEST_CASE("a name of the greatest length is written") {
  const Scratch scratch;
  const fs::path file = scratch.path / std::string(255, 'n');
  write_file(file, "content");
  CHECK(content_of(file) == "content");
}

TEST_CASE("a relative name without a directory is written into the current one") {
  const Scratch scratch;
  const fs::path before = fs::current_path();
  fs::current_path(scratch.path);
  const bool written = try_write_file("plain.json", "{}").has_value();
  fs::current_path(before);
  CHECK(written);
  CHECK(content_of(scratch.path / "plain.json") == "{}");
  CHECK(entries_in(scratch.path) == 1);
}

TEST_CASE("an existing file is replaced, keeps its permissions, and its link stays a link") {
  const Scratch scratch;
  const fs::path file = scratch.path / "result.json";
  const fs::path link = scratch.path / "latest.json";
  write_file(file, "old and longer");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("result.json", link);
  write_file(link, "new");
  CHECK(content_of(file) == "new");
  CHECK(fs::is_symlink(link));
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(entries_in(scratch.path) == 2);
}

TEST_CASE("a failure names the path and the reason and leaves nothing behind") {
  const Scratch scratch;
  const auto message = [](const fs::path& path) {
    const Result<std::size_t> result = try_write_file(path, "content");
    REQUIRE_FALSE(result);
    return std::string(result.error().what());
  };
  const fs::path lost = scratch.path / "no such directory" / "x.json";
  CHECK(message(lost) == lost.string() + ": cannot write the file: No such file or directory");
  CHECK(message(scratch.path) == scratch.path.string() + ": cannot write the file: it is a directory");
  CHECK(message("") == "cannot write a file: its name is empty");

  fs::create_symlink("turns.json", scratch.path / "round.json");
  fs::create_symlink("round.json", scratch.path / "turns.json");
  CHECK(message(scratch.path / "round.json").find("round.json: cannot write the file: ") != std::string::npos);
  CHECK(entries_in(scratch.path) == 2);
  CHECK_THROWS_AS(write_file(lost, "content"), Error);
}

#ifdef __linux__
TEST_CASE("a full device is reported, not ignored") {
  if (!fs::exists("/dev/full")) return;
  const Result<std::size_t> result = try_write_file("/dev/full", "content");
  REQUIRE_FALSE(result);
  CHECK(std::string(result.error().what()) == "/dev/full: cannot write the file: No space left on device");
  CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("a directory without write permission is reported and stays as it was") {
  if (geteuid() == 0) return;  // nothing is forbidden to the superuser
  const Scratch scratch;
  write_file(scratch.path / "kept.json", "kept");
  fs::permissions(scratch.path, fs::perms::owner_read | fs::perms::owner_exec);
  CHECK_FALSE(try_write_file(scratch.path / "kept.json", "new").has_value());
  CHECK(content_of(scratch.path / "kept.json") == "kept");
  CHECK(entries_in(scratch.path) == 1);
}
#endif

TEST_CASE("concurrent writers of one file leave one whole content") {
  const Scratch scratch;
  const fs::path file = scratch.path / "shared.json";
  std::vector<std::thread> writers;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    writers.emplace_back([&file, letter] {
      for (int i = 0; i < 20; ++i) (void)try_write_file(file, std::string(50000, letter));
    });
  }
  for (std::thread& writer : writers) writer.join();
  const std::string content = content_of(file);
  REQUIRE(content.size() == 50000);
  CHECK(content == std::string(50000, content.front()));
  CHECK(entries_in(scratch.path) == 1);
}
