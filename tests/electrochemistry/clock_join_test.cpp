// Clocks: readings and zones, patterns that find their rows and patterns that do not.
#include <lamella/electrochemistry/clock_join.hpp>
#include <lamella/electrochemistry/clock_time.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace lamella;

namespace {

using Times = std::vector<std::optional<PatternTime>>;

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("readings of clocks: known instants, fractions and zones") {
  // date -u -d '2022-09-19 19:37:16' +%s and the like, GNU coreutils.
  CHECK(parse_clock_time("2022-09-19 19:37:16").seconds == 1663616236);
  CHECK(parse_clock_time("1970-01-01T00:00:00").seconds == 0);
  CHECK(parse_clock_time("2024-02-29T12:00:00").seconds == 1709208000);
  CHECK(parse_clock_time("1969-12-31 23:59:59").seconds == -1);
  CHECK(parse_clock_time("2022-09-19 19:37:16.25").seconds == 1663616236.25);
  CHECK_FALSE(parse_clock_time("2022-09-19 19:37:16").zone);
  CHECK(*parse_clock_time("2022-09-19T19:37:16Z").zone == 0);
  CHECK(*parse_clock_time("2022-09-19T19:37:16.5+02:00").zone == 120);
  CHECK(*parse_clock_time("2022-09-19T19:37:16-0530").zone == -330);
  for (const char* text : {"", "2022", "19.09.2022 19:37:16", "09/19/2022 19:37:16", "2022-02-30 00:00:00", "2022-13-01 00:00:00", "2022-09-19 24:00:00",
                           "2022-09-19 19:60:00", "2022-09-19 19:37", "2022-09-19 19:37:16.", "2022-09-19 19:37:16 PM", "2022-09-19T19:37:16+2",
                           "2022-09-19T19:37:16+02:00x", "2022-09-19T19:37:16,5", "+022-09-19 19:37:16", "2022-09-1919:37:16"}) {
    CAPTURE(text);
    CHECK_FALSE(try_parse_clock_time(text).has_value());
  }
}

TEST_CASE("seconds between clocks: a zone is never guessed") {
  const auto here = parse_clock_time("2022-10-30T02:30:00+02:00"), later = parse_clock_time("2022-10-30T02:30:00+01:00");
  CHECK(seconds_between(here, later) == 3600);  // the hour that comes twice when summer time ends
  CHECK(seconds_between(parse_clock_time("2022-10-30 02:30:00"), parse_clock_time("2022-10-31 02:30:01")) == 86401);
  const auto mixed = try_seconds_between(here, parse_clock_time("2022-10-30 02:30:00"));
  REQUIRE_FALSE(mixed.has_value());
  CHECK(std::string(mixed.error().what()).find("zone") != std::string::npos);
}

TEST_CASE("voltage and charge are those in the middle of a pattern, on the table's clock") {
  const std::vector<double> time{0, 10, 20, 30, 100}, voltage{3, 3.1, 3.3, 3.6, 3.7}, charge{0, 1, 2, 3, 10};
  const Times patterns{PatternTime{2, 6}, PatternTime{25, 0}, std::nullopt, PatternTime{-30, 4}, PatternTime{63, 4}, PatternTime{-5, 4}, PatternTime{102, 4}, PatternTime{20, 0},
                       PatternTime{200, 0}, PatternTime{std::numeric_limits<double>::quiet_NaN(), 0}};
  const auto joined = join_clocks(patterns, {time, voltage, charge}, {.tolerance = 5});
  REQUIRE(joined.size() == patterns.size());
  CHECK(joined[0].joined());
  CHECK(joined[0].voltage == doctest::Approx(3.05).scale(0));
  CHECK(joined[0].charge == doctest::Approx(0.5).scale(0));
  CHECK(joined[0].distance == doctest::Approx(5).scale(0));
  CHECK(joined[1].voltage == doctest::Approx(3.45).scale(0));
  CHECK(joined[2].status == ClockStatus::no_time);
  CHECK(joined[3].status == ClockStatus::before_table);
  CHECK(joined[3].reason == "at -28.0 s the nearest row is 28.0 s away, more than the tolerance of 5.0 s");
  CHECK(joined[4].status == ClockStatus::gap);
  CHECK(joined[4].voltage == 0);
  CHECK(joined[5].joined());  // just before the first row
  CHECK(joined[5].voltage == 3);
  CHECK(joined[6].joined());
  CHECK(joined[6].charge == 10);
  CHECK(joined[7].voltage == doctest::Approx(3.3).scale(0));
  CHECK(joined[8].status == ClockStatus::after_table);
  CHECK(joined[9].status == ClockStatus::no_time);

  const auto shifted = join_clocks(patterns, {time, voltage, {}}, {.tolerance = 5, .offset = 1000 - 2});
  CHECK(shifted[0].status == ClockStatus::after_table);
  const auto back = join_clocks(Times{PatternTime{1000, 10}}, {time, voltage, charge}, {.tolerance = 5, .offset = -1000});
  CHECK(back[0].voltage == doctest::Approx(3.05).scale(0));
}

TEST_CASE("rows at one time: the last one counts from then on") {
  const std::vector<double> time{0, 10, 10, 20}, voltage{3, 3.1, 3.9, 3.9};
  const auto joined = join_clocks(Times{PatternTime{10, 0}, PatternTime{5, 0}, PatternTime{20, 0}}, {time, voltage, {}}, {.tolerance = 60});
  CHECK(joined[0].voltage == 3.9);
  CHECK(joined[1].voltage == doctest::Approx(3.05).scale(0));
  CHECK(joined[2].voltage == 3.9);
}

TEST_CASE("tables that are none are refused with their row") {
  const std::vector<double> time{0, 10, 5}, voltage{3, 3, 3}, short_one{3, 3};
  const Times none;
  const auto join = [&](const CyclingColumns& table, const ClockJoin& how) { return message_of([&] { (void)join_clocks(none, table, how); }); };
  CHECK(join({time, voltage, {}}, {.tolerance = 1}) == "clocks: row 3 of the cycling table: 5 s after 10 s, expected times that do not decrease");
  CHECK(join({voltage, short_one, {}}, {.tolerance = 1}) == "clocks: 3 times, 2 voltages and 0 charges, expected as many of each, or no charges");
  CHECK(join({voltage, voltage, {}}, {}) == "clocks: expected a tolerance above 0 s, got 0");
  const std::vector<double> broken{0, std::numeric_limits<double>::infinity(), 2};
  CHECK(join({broken, voltage, {}}, {.tolerance = 1}) == "clocks: row 2 of the cycling table: expected finite numbers");
  const auto empty = join_clocks(Times{PatternTime{}}, CyclingColumns{}, {.tolerance = 1});
  CHECK(empty[0].status == ClockStatus::gap);
  CHECK(empty[0].reason == "the cycling table has no rows");
}

TEST_CASE("data: patterns of 1140 s each meet a run recorded every 10 s: the end of charge lies in pattern 48") {
  std::ifstream file(LAMELLA_DATA_DIR "/powder/operando_licovo4_spinel/charge.txt");
  REQUIRE(file);
  std::vector<double> time, voltage;
  std::string clock;
  double volts = 0, current = 0;
  while (file >> clock >> volts >> current) {
    const auto first = clock.find(':'), second = clock.rfind(':');
    time.push_back(3600 * std::stod(clock.substr(0, first)) + 60 * std::stod(clock.substr(first + 1, second - first - 1)) + std::stod(clock.substr(second + 1)));
    voltage.push_back(volts);
  }
  REQUIRE(time.size() > 1000);
  Times patterns;
  for (int i = 0; i < 100; ++i) patterns.push_back(PatternTime{1140.0 * i, 1140});
  const auto joined = join_clocks(patterns, {time, voltage, {}}, {.tolerance = 60});
  std::size_t highest = 0, count = 0;
  for (std::size_t i = 0; i < joined.size(); ++i) {
    count += joined[i].joined();
    if (joined[i].joined() && joined[i].voltage > joined[highest].voltage) highest = i;
  }
  CAPTURE(highest);
  CAPTURE(count);
  CHECK(highest + 1 >= 47);
  CHECK(highest + 1 <= 48);
  CHECK(joined[highest].voltage > 4.3);
}
