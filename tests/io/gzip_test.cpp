#include <lamella/io/gzip.hpp>

#include "scratch_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

using namespace lamella;

namespace {

// `printf 'lamella\n' | gzip -n` (gzip 1.12).
constexpr std::string_view packed("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x49\xcc\x4d\xcd\xc9\x49\xe4\x02\x00\x72\x00\x11\x86\x08\x00\x00\x00", 28);

/// Whether unpacking fails with a message that holds `part`, names the file, and says what was expected.
bool refuses(std::string_view bytes, std::string_view part, std::size_t limit = largest_text_file) {
  const auto read = try_gunzip(bytes, "a.gz", limit);
  if (read) return false;
  const std::string_view what = read.error().what();
  INFO(what);
  CHECK(what.starts_with("a.gz: "));
  CHECK(what.find("expected") != std::string_view::npos);
  return what.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("gzip: one member, several members, zeros behind them") {
  CHECK(try_gunzip(packed, "a.gz").value() == "lamella\n");
  const std::string twice = std::string(packed) + std::string(packed);
  CHECK(try_gunzip(twice, "a.gz").value() == "lamella\nlamella\n");
  CHECK(try_gunzip(twice + std::string(512, '\0'), "a.gz").value() == "lamella\nlamella\n");
  CHECK(try_gunzip(packed, "a.gz", 8).value() == "lamella\n");
}

TEST_CASE("gzip: cut off, damaged, or larger than wanted") {
  for (std::size_t n = 3; n < packed.size(); ++n) {
    CAPTURE(n);
    CHECK(refuses(packed.substr(0, n), "cut off"));
  }
  CHECK(refuses("", "not compressed"));
  CHECK(refuses("lamella", "not compressed"));
  for (const std::size_t at : {std::size_t{12}, std::size_t{20}, std::size_t{24}}) {
    std::string other(packed);
    other[at] = static_cast<char>(other[at] ^ 0x10);
    CAPTURE(at);
    CHECK(!try_gunzip(other, "a.gz"));
  }
  CHECK(refuses(std::string(packed) + "garbage", "damaged"));
  CHECK(refuses(packed, "more than 7 bytes", 7));
}

TEST_CASE("gzip: text files are unpacked by their content, not by their name") {
  const lamella_test::ScratchFolder folder;
  const auto compressed = folder.path / "without_end", plain = folder.path / "plain.gz";
  std::ofstream(compressed, std::ios::binary) << packed;
  std::ofstream(plain, std::ios::binary) << "text\n";
  CHECK(try_read_unpacked_text(compressed).value() == "lamella\n");
  CHECK(try_read_unpacked_text(plain).value() == "text\n");
  CHECK(!try_read_unpacked_text(folder.path / "absent"));
}
