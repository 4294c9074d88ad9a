#include <lamella/core/error.hpp>
#include <lamella/io/atomic_file.hpp>
#include <lamella/io/json_journal.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace lamella;
using nlohmann::json;

namespace {

const std::filesystem::path file = "json_journal_test.journal";
const json head{{"kind", "test"}, {"step", 0.1}};

std::string content() {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}
std::vector<json> resumed() {
  std::vector<json> records;
  const JsonJournal journal(file, head, [&](const json& record) { records.push_back(record); });
  return records;
}

}  // namespace

TEST_CASE("a journal cut at any byte, or changed in any byte, goes on after its last whole record") {
  {
    JsonJournal journal(file, head);
    for (int i = 0; i < 3; ++i) journal.append({{"i", i}, {"x", 0.1 * i}, {"text", "line\nbreak"}});
  }
  const std::string whole = content();
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; (at = whole.find('\n', at)) != std::string::npos;) ends.push_back(++at);
  REQUIRE(ends.size() == 4);
  const auto complete = [&](std::size_t bytes) {
    std::size_t count = 0;
    for (const std::size_t end : ends) count += end <= bytes;
    return count;
  };
  for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    CAPTURE(bytes);
    write_file(file, whole.substr(0, bytes));
    const std::size_t lines = complete(bytes);
    const auto records = resumed();
    REQUIRE(records.size() == (lines > 0 ? lines - 1 : 0));
    for (std::size_t i = 0; i < records.size(); ++i) CHECK(records[i] == json{{"i", i}, {"x", 0.1 * static_cast<double>(i)}, {"text", "line\nbreak"}});
    CHECK(content() == whole.substr(0, lines > 0 ? ends[lines - 1] : ends[0]));  // ready for the next record
  }
  for (std::size_t at = ends[0]; at < whole.size(); ++at) {
    CAPTURE(at);
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    write_file(file, changed);
    CHECK(resumed().size() == complete(at) - 1);
  }
  std::filesystem::remove(file);
}

TEST_CASE("a journal of another computation is refused by what differs") {
  { const JsonJournal journal(file, head); }
  const auto open = [](const json& other) { const JsonJournal journal(file, other, [](const json&) {}); };
  CHECK_THROWS_WITH_AS(open({{"kind", "test"}, {"step", 0.2}}), "json_journal_test.journal:1: is of another computation: expected step 0.2, got 0.1", Error);
  CHECK_THROWS_WITH_AS(open({{"kind", "test"}}), "json_journal_test.journal:1: is of another computation: expected no step, got 0.1", Error);
  std::filesystem::remove(file);
  CHECK_THROWS_AS(JsonJournal("no_such_folder/j", head), Error);
}

#if __has_include(<sys/file.h>)
TEST_CASE("a journal is open in one place at a time") {
  const JsonJournal journal(file, head);
  CHECK_THROWS_WITH_AS(JsonJournal(file, head), "json_journal_test.journal: cannot write the file: another process has it open, expected to be the only one", Error);
  CHECK(content().size() > 20);  // and it was not touched
  std::filesystem::remove(file);
}
#endif
