// Long runs of numbers in text, read fast: what the readers of volumetric grids share.
#pragma once

#include <lamella/chemistry/species.hpp>  // is_digit
#include <lamella/core/error.hpp>         // Error, Place
#include <lamella/io/detail/text.hpp>     // parse_number, describe, in_quotes, line_of, decimals_of

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Words of a text in order. Keeps the first error, with the line of the word, and gives zeros from then on.
class NumberStream {
 public:
  NumberStream(std::string_view text, std::string source, std::size_t offset = 0)
      : text_(text), at_(text.data() + offset), end_(text.data() + text.size()), source_(std::move(source)) {}

  const std::optional<Error>& fault() const noexcept { return fault_; }
  std::size_t offset() const noexcept { return static_cast<std::size_t>(at_ - text_.data()); }
  /// Back to an earlier `offset`.
  void rewind(std::size_t offset) noexcept { at_ = text_.data() + offset; }
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  void complain(const std::string& what) {
    if (!fault_) fault_ = Error(what, Place{source_, line_of(text_, offset())});
  }

  void skip_blanks() noexcept {
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }

  /// The next word, empty at the end of the text.
  std::string_view word() noexcept {
    skip_blanks();
    const char* start = at_;
    while (at_ != end_ && !is_blank(*at_)) ++at_;
    return {start, static_cast<std::size_t>(at_ - start)};
  }

  /// What is left of the line, and moves to the next one.
  std::string_view rest_of_line() noexcept {
    std::string_view rest(at_, left());
    const std::string_view line = take_line(rest);
    at_ = rest.data();
    return line;
  }

  /// The next number: "0.25", "-.25E+01", "+1", also "0.25-101" as Fortran writes exponents of three digits, and "1.5D+00".
  /// Numbers too small for a double are 0.
  bool number(double& value) {
    skip_blanks();
    const char* start = at_ != end_ && *at_ == '+' ? at_ + 1 : at_;
    const auto [stop, status] = std::from_chars(start, end_, value);
    if (status == std::errc{} && (stop == end_ || is_blank(*stop)) && std::isfinite(value)) {
      if (stop == end_ && is_cut_short()) return false;
      at_ = stop;
      return true;
    }
    return fortran_number(value);
  }

  /// The next number, a whole one from `low` to `high`; `name` is for the message.
  std::size_t count(const char* name, std::size_t low, std::size_t high) {
    const std::string_view text = peek();
    std::size_t value = 0;
    const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || stop != text.data() + text.size() || status != std::errc{} || value < low || value > high) {
      complain(std::string(name) + " " + (text.empty() ? std::string("is missing") : in_quotes(text)) + ", expected a whole number from " +
               std::to_string(low) + " to " + std::to_string(high));
      return 0;
    }
    at_ += text.size();
    return value;
  }

  /// The next word, without taking it.
  std::string_view peek() noexcept {
    skip_blanks();
    const char* start = at_;
    const std::string_view found = word();
    at_ = start;
    return found;
  }

  /// Whether `total` numbers of a grid can follow: each takes a digit and a blank. Complains where not, before anything is
  /// allocated.
  bool has_room_for(const std::array<std::size_t, 3>& shape, std::size_t per_point = 1) {
    const std::size_t room = left() / 2 + 1;
    if (shape[0] <= room && shape[1] <= room / shape[0] && shape[2] <= room / shape[0] / shape[1] &&
        per_point <= room / shape[0] / shape[1] / shape[2])
      return true;
    complain("a grid of " + std::to_string(shape[0]) + " × " + std::to_string(shape[1]) + " × " + std::to_string(shape[2]) +
             (per_point > 1 ? " × " + std::to_string(per_point) : std::string()) +
             " values, more than the rest of the file can hold, expected a whole file");
    return false;
  }

 private:
  static constexpr bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

  /// Whether the word that ends the text has fewer characters behind its point than the word before: what is left of a number cut
  /// off ("0.67057E-0" of "0.67057E-02") still is a number, but another one. Complains where so.
  bool is_cut_short() {
    const std::string_view last = peek();
    std::string_view before(text_.data(), static_cast<std::size_t>(last.data() - text_.data()));
    while (!before.empty() && is_blank(before.back())) before.remove_suffix(1);
    std::size_t length = 0;
    while (length < before.size() && !is_blank(before[before.size() - 1 - length])) ++length;
    if (decimals_of(last) >= decimals_of(before.substr(before.size() - length))) return false;
    complain(in_quotes(last) + " at the end has fewer digits than the number before, expected a file that is not cut off");
    return true;
  }

  bool fortran_number(double& value) {
    const std::string_view text = peek();
    value = 0;
    if (text.empty()) {
      complain("the file ends here, expected a number");
      return false;
    }
    if (text.data() + text.size() == end_ && is_cut_short()) return false;
    std::array<char, 64> buffer;
    if (text.size() < buffer.size() - 1) {
      // Three digits behind a sign near the end are an exponent without its letter.
      const std::size_t sign = text.size() > 5 ? text.size() - 4 : 0;
      const bool bare = (text[sign] == '+' || text[sign] == '-') && is_digit(text[sign - (sign > 0 ? 1 : 0)]) &&
                        text.find('.') != std::string_view::npos;
      std::size_t length = 0;
      for (std::size_t i = 0; i < text.size(); ++i) {
        if (bare && i == sign) buffer[length++] = 'e';
        buffer[length++] = text[i] == 'D' || text[i] == 'd' ? 'e' : text[i];
      }
      const std::string_view usual(buffer.data(), length);
      auto parsed = parse_number(usual);
      if (parsed.fault == NumberFault::out_of_range && usual.find_first_of("eE") + 1 == usual.rfind('-')) parsed = {};
      if (parsed.fault == NumberFault::none) {
        value = parsed.value;
        at_ += text.size();
        return true;
      }
    }
    complain(in_quotes(text) + " " + describe(parse_number(text).fault == NumberFault::not_finite ? NumberFault::not_finite : NumberFault::no_number) +
             ", expected a number such as 0.25");
    return false;
  }

  std::string_view text_;
  const char* at_;
  const char* end_;
  std::string source_;
  std::optional<Error> fault_;
};

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
