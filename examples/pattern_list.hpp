// The patterns of a series: files by wildcards in natural order, or the columns of one file.
#pragma once

#include <lamella/core/error.hpp>
#include <lamella/core/result.hpp>
#include <lamella/diffraction/powder_pattern.hpp>
#include <lamella/io/pattern_file.hpp>
#include <lamella/io/pattern_table.hpp>
#include <lamella/io/text_file.hpp>

#include <glob.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace program {

using namespace lamella;

/// "scan9" before "scan10".
inline bool natural_order(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      const auto run = [&](const std::string& s, std::size_t& at) {
        while (at + 1 < s.size() && s[at] == '0' && digit(s[at + 1])) ++at;
        const std::size_t begin = at;
        while (at < s.size() && digit(s[at])) ++at;
        return std::string_view(s).substr(begin, at - begin);
      };
      const auto x = run(a, i), y = run(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  return a.size() - i < b.size() - j || (a.size() - i == b.size() - j && a < b);
}

/// The files that the arguments name; wildcards are expanded, each in natural order.
inline std::vector<std::string> files_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> files;
  for (const auto& argument : arguments) {
    if (argument.find_first_of("*?[") == std::string::npos || std::filesystem::exists(argument)) {
      files.push_back(argument);
      continue;
    }
    glob_t found{};
    std::vector<std::string> matched;
    if (glob(argument.c_str(), 0, nullptr, &found) == 0) matched.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    globfree(&found);
    if (matched.empty()) fail("--patterns " + argument + ": no such file, expected patterns");
    std::sort(matched.begin(), matched.end(), natural_order);
    files.insert(files.end(), matched.begin(), matched.end());
  }
  return files;
}

/// Where the patterns come from: files of one pattern each, or the columns of one file.
class Patterns {
 public:
  /// Of each pattern the points in `range` and outside `excluded`. Throws where a wildcard matches nothing.
  Patterns(const std::vector<std::string>& arguments, AngleRange range, std::vector<AngleRange> excluded)
      : range_(range), excluded_(std::move(excluded)), names_(files_of(arguments)) {
    if (names_.size() != 1) return;
    if (const auto text = try_read_text_file(names_.front()); text && is_pattern_table(text.value())) {
      table_ = try_parse_pattern_table(text.value(), names_.front()).value();
      names_.clear();
      for (const auto& pattern : table_) names_.push_back(pattern.source);
    }
  }

  std::size_t size() const noexcept { return names_.size(); }
  const std::string& name(std::size_t i) const { return names_[i]; }
  Result<PowderPattern> operator()(std::size_t i) const {
    if (!table_.empty()) return select(table_[i], range_, excluded_);
    auto pattern = try_read_pattern(names_[i]);
    if (!pattern) return pattern.error();
    return select(pattern.value(), range_, excluded_);
  }
  /// The first one that can be read, from which the model is made.
  PowderPattern first() const {
    std::optional<Error> why;
    for (std::size_t i = 0; i < size(); ++i) {
      auto pattern = (*this)(i);
      if (pattern && pattern.value().size() > 1) return std::move(pattern).value();
      if (!why) why = pattern ? Error("no points in the range", Place{name(i)}) : pattern.error();
    }
    fail(*why);
  }

 private:
  AngleRange range_;
  std::vector<AngleRange> excluded_;
  std::vector<std::string> names_;
  std::vector<PowderPattern> table_;
};

}  // namespace program
