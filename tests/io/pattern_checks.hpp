// What the tests of pattern readers share: sums, messages of errors, and damage done on purpose.
#pragma once

#include <lamella/core/result.hpp>
#include <lamella/diffraction/powder_pattern.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace lamella_test {

using Column = std::vector<double>;

inline const std::string formats = LAMELLA_DATA_DIR "/patternformats/";

inline double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// The message without the name "a.dat"; checks that it is one line that says what was expected.
template <class T>
std::string error_of(const lamella::Result<T>& result) {
  if (result) return "no error";
  const std::string message = result.error().what();
  CHECK(message.starts_with("a.dat:"));
  CHECK(contains(message, "expected"));
  CHECK(message.find_first_of("\r\n") == std::string::npos);
  CHECK(message.size() < 400);
  return message.substr(std::min<std::size_t>(6, message.size()));
}

/// Every text cut after each of its characters, and with each of its characters replaced, gives a sound pattern or one clear
/// error of `parse(text)`.
template <class Parse>
void survives_damage(const std::string& text, const Parse& parse) {
  const auto check = [&](const std::string& damaged) {
    const auto result = parse(damaged);
    if (!result) {
      error_of(result);
      return;
    }
    const lamella::PowderPattern& p = result.value();
    bool sound = p.size() >= 2 && p.intensity.size() == p.size() && p.sigma.size() == p.size();
    for (std::size_t i = 0; sound && i < p.size(); ++i)
      sound = std::isfinite(p.intensity[i]) && p.sigma[i] > 0 && std::isfinite(p.sigma[i]) && p.two_theta[i] > 0 &&
              p.two_theta[i] < 180 && (i == 0 || p.two_theta[i] > p.two_theta[i - 1]);
    if (!sound) FAIL_CHECK("unsound pattern from: " << damaged);
  };
  for (std::size_t i = 0; i <= text.size(); ++i) check(text.substr(0, i));
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const char c : {'9', '-', 'e', ' ', '\n', '\0', '\xff', ','}) {
      std::string damaged = text;
      damaged[i] = c;
      check(damaged);
    }
  for (const char* word : {"nan", "inf", "1e999", "-1", "99999999999999999999", "1e308", "0"})
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == ' ' || text[i] == '\n') {
        std::string damaged = text;
        damaged.insert(i + 1, std::string(word) + " ");
        check(damaged);
      }
}

}  // namespace lamella_test
