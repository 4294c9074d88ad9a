// The one entry point of every room's tests.
//
// Test cases whose names start with "data: " need the folder LAMELLA_DATA_DIR of measured data.
// Those whose names start with "slow: " take longer; of them "slow: data: " ones need the folder.
//   (nothing)   runs everything but the slow tests; without the folder, everything but these and the data tests
//   --no-data   runs everything but the slow and the data tests
//   --data      runs the data tests only; exits with 77 ("skipped") where the folder is absent
//   --slow      runs the slow tests only; exits with 77 where all of them need the folder and it is absent
// A run in which no test case was executed fails: silence is not success.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

int executed = 0;

struct Counter : doctest::IReporter {
  explicit Counter(const doctest::ContextOptions&) {}
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_start(const doctest::TestCaseData&) override { ++executed; }
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_LISTENER("counter", 1, Counter);

constexpr int skipped = 77;

bool have_data() {
  std::error_code ignored;
  const std::string_view folder = LAMELLA_DATA_DIR;
  return !folder.empty() && std::filesystem::is_directory(folder, ignored);
}

}  // namespace

int main(int argc, char** argv) {
  bool only_data = false, slow = false;
  bool without_data = !have_data();
  std::vector<const char*> rest;
  for (int i = 0; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--data") {
      only_data = true;
    } else if (argument == "--no-data") {
      without_data = true;
    } else if (argument == "--slow") {
      slow = true;
    } else {
      rest.push_back(argv[i]);
    }
  }
  const auto skip = [] {
    std::printf("skipped: no folder of measured data (LAMELLA_DATA_DIR is \"%s\")\n", LAMELLA_DATA_DIR);
    return skipped;
  };
  if (only_data && !have_data()) return skip();

  doctest::Context context;
  if (slow) context.addFilter("test-case", "slow: *");
  if (slow && without_data) context.addFilter("test-case-exclude", "slow: data: *");
  if (!slow) context.addFilter("test-case-exclude", "slow: *");
  if (only_data) context.addFilter("test-case", "data: *");
  if (without_data && !only_data) context.addFilter("test-case-exclude", "data: *");
  context.applyCommandLine(static_cast<int>(rest.size()), rest.data());
  const int status = context.run();
  if (context.shouldExit()) return status;
  if (executed == 0 && slow && without_data) return skip();
  if (executed == 0) {
    std::fprintf(stderr, "no test case was executed\n");
    return 1;
  }
  return status;
}
