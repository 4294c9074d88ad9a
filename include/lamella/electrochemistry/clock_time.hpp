// What a clock on the wall showed: the time stamps of diffractometers and cyclers, and the seconds between two of them.
#pragma once

#include <lamella/core/error.hpp>   // Error
#include <lamella/core/result.hpp>  // Result

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// A reading of a clock. Without a zone it says nothing of the time elsewhere: none is guessed.
struct ClockTime {
  double seconds = 0;             ///< since 1970-01-01 00:00 on that clock, leap seconds not counted
  std::optional<int> zone{};      ///< minutes that the clock is ahead of UTC, where stated
};

/// Reads "2022-09-19 19:37:16", also with T between date and time, a fraction of seconds after a point, and a zone "Z", "+02:00" or "-0530".
/// Other orders of day and month are refused: they cannot be told apart.
inline Result<ClockTime> try_parse_clock_time(std::string_view text) {
  const std::string all(text);
  const auto refuse = [&] { return Error("time \"" + all + "\", expected year-month-day hour:minute:second, like 2022-09-19 19:37:16 or 2022-09-19T19:37:16+02:00"); };
  std::size_t at = 0;
  const auto number = [&](std::size_t digits) -> std::optional<int> {
    int value = 0;
    if (text.size() < at + digits) return std::nullopt;
    for (std::size_t i = 0; i < digits; ++i, ++at) {
      if (text[at] < '0' || text[at] > '9') return std::nullopt;
      value = 10 * value + (text[at] - '0');
    }
    return value;
  };
  const auto mark = [&](std::string_view any_of) { return at < text.size() && any_of.find(text[at]) != std::string_view::npos && ++at != 0; };

  const auto year = number(4);
  if (!year || !mark("-")) return refuse();
  const auto month = number(2);
  if (!month || !mark("-")) return refuse();
  const auto day = number(2);
  if (!day || !mark("T ")) return refuse();
  const auto hour = number(2);
  if (!hour || !mark(":")) return refuse();
  const auto minute = number(2);
  if (!minute || !mark(":")) return refuse();
  const auto second = number(2);
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)), std::chrono::day(static_cast<unsigned>(*day))};
  if (!second || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) return refuse();
  double fraction = 0;
  if (mark(".")) {
    const std::size_t begin = at;
    double place = 0.1;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, place /= 10) fraction += place * (text[at] - '0');
    if (at == begin) return refuse();
  }
  ClockTime time;
  time.seconds = static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count()) * 86400 + *hour * 3600 + *minute * 60 + *second + fraction;
  if (at == text.size()) return time;
  if (mark("Z")) {
    time.zone = 0;
  } else {
    const bool ahead = text[at] == '+';
    if (!mark("+-")) return refuse();
    const auto hours = number(2);
    mark(":");
    const auto minutes = number(2);
    if (!hours || !minutes || *hours > 14 || *minutes > 59) return refuse();
    time.zone = (ahead ? 1 : -1) * (*hours * 60 + *minutes);
  }
  if (at != text.size()) return refuse();
  return time;
}

/// `try_parse_clock_time` that throws the error.
inline ClockTime parse_clock_time(std::string_view text) { return try_parse_clock_time(text).value(); }

/// Seconds from one reading to another: between zones where both state one, between hands where neither does, as of one clock. An error
/// where only one does.
inline Result<double> try_seconds_between(const ClockTime& from, const ClockTime& to) {
  if (from.zone.has_value() != to.zone.has_value())
    return Error("one clock states its time zone and the other does not: expected the zones of both, or an offset between them in seconds");
  return to.seconds - from.seconds - 60 * (to.zone.value_or(0) - from.zone.value_or(0));
}

/// `try_seconds_between` that throws the error.
inline double seconds_between(const ClockTime& from, const ClockTime& to) { return try_seconds_between(from, to).value(); }

}  // namespace lamella::inline LAMELLA_ABI
