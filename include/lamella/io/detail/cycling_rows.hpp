// The rows of a cycler's text table: fields, decimal commas, clocks and counters.
#pragma once

#include <lamella/core/error.hpp>                        // Error, Place
#include <lamella/core/result.hpp>                       // Result
#include <lamella/electrochemistry/cycling_faults.hpp>  // find_faults
#include <lamella/electrochemistry/cycling_table.hpp>   // CyclingTable, integrate_charge
#include <lamella/io/cycling_reading.hpp>               // CyclingReading
#include <lamella/io/detail/cycling_columns.hpp>        // RecordColumns
#include <lamella/io/detail/text.hpp>                   // parse_number, in_quotes
#include <lamella/io/detail/text_lines.hpp>             // LineReader

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// Splits a line at a separator into the first fields of it; a field may be in double quotes.
class CyclingFields {
 public:
  /// How many fields there are, at most `most`. An empty field at the end counts.
  std::size_t split(std::string_view line, char separator, std::size_t most) {
    fields_.resize(most);
    std::size_t count = 0;
    const char* at = line.data();
    const char* const end = at + line.size();
    while (count < most) {
      const char* stop = nullptr;
      if (at != end && *at == '"') {
        const char* closing = at + 1;
        while (closing != end && *closing != '"') ++closing;
        stop = std::find(closing, end, separator);
        fields_[count++] = std::string_view(at + 1, static_cast<std::size_t>(closing - at) - 1);
      } else {
        stop = at == end ? end : static_cast<const char*>(std::memchr(at, separator, static_cast<std::size_t>(end - at)));
        if (stop == nullptr) stop = end;
        fields_[count++] = trimmed(std::string_view(at, static_cast<std::size_t>(stop - at)));
      }
      if (stop == end) break;
      at = stop + 1;
    }
    return count;
  }
  std::string_view operator[](std::size_t i) const noexcept { return fields_[i]; }

 private:
  std::vector<std::string_view> fields_;
};

/// All fields of a line.
inline std::vector<std::string_view> cycling_fields(std::string_view line, char separator) {
  CyclingFields fields;
  const std::size_t count = fields.split(line, separator, static_cast<std::size_t>(std::count(line.begin(), line.end(), separator)) + 1);
  std::vector<std::string_view> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = fields[i];
  return all;
}

/// Seconds of a clock: "[days d ]h:m[:s]" or a date (Y-m-d, or m/d/Y as EC-Lab writes it) and a time of day.
inline std::optional<double> clock_seconds(std::string_view text) noexcept {
  text = trimmed(text);
  double days = 0;
  const auto split = [](std::string_view& rest, std::string_view ends) -> std::optional<double> {
    const std::size_t end = std::min(rest.find_first_of(ends), rest.size());
    const auto value = number_in(trimmed(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!value || !(*value >= 0 && *value < 1e9)) return std::nullopt;
    return value;
  };
  const auto space = text.find_last_of(" T");
  if (space != std::string_view::npos) {
    std::string_view date = trimmed(text.substr(0, space));
    text.remove_prefix(space + 1);
    if (date.ends_with('d') || date.ends_with('D')) {
      date.remove_suffix(1);
      const auto count = number_in(trimmed(date));
      if (!count || !(*count >= 0 && *count < 1e6)) return std::nullopt;
      days = *count;
    } else {
      const bool year_first = date.find('-') != std::string_view::npos;
      const auto a = split(date, "-/"), b = split(date, "-/"), c = split(date, "-/");
      if (!a || !b || !c || !date.empty()) return std::nullopt;
      const double year = year_first ? *a : *c, month = year_first ? *b : *a, day = year_first ? *c : *b;
      if (!(year >= 1900 && year < 2200 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return std::nullopt;
      const std::chrono::year_month_day civil{std::chrono::year(static_cast<int>(year)), std::chrono::month(static_cast<unsigned>(month)),
                                              std::chrono::day(static_cast<unsigned>(day))};
      if (!civil.ok()) return std::nullopt;
      days = static_cast<double>(std::chrono::sys_days(civil).time_since_epoch().count());
    }
  }
  const auto hours = split(text, ":");
  if (!hours || text.empty()) return std::nullopt;
  const auto minutes = split(text, ":");
  const auto seconds = text.empty() ? std::optional<double>(0) : split(text, ":");
  if (!minutes || !seconds || !text.empty() || *minutes >= 60 || *seconds >= 61) return std::nullopt;
  return ((days * 24 + *hours) * 60 + *minutes) * 60 + *seconds;
}

/// Reads rows below a line of headers into a table.
class CyclingRows {
 public:
  CyclingRows(std::string source, const CyclingReading& reading, RecordColumns columns, std::vector<std::string_view> headers, char separator)
      : reading_(reading), columns_(columns), headers_(std::move(headers)), separator_(separator) {
    table_.source = std::move(source);
  }

  /// The table of all lines from `lines` on. `nested`: rows of cycles and of steps stand between those of records, which begin
  /// with two empty fields. `at_rest`: there is no column of current and none flowed.
  Result<CyclingTable> read(LineReader lines, bool nested, bool at_rest) {
    using Q = CyclingQuantity;
    const std::size_t head = lines.number;
    if (!reading_.voltage_column.empty()) {
      std::size_t at = 0;
      while (at < headers_.size() && trimmed(headers_[at]) != reading_.voltage_column) ++at;
      if (at == headers_.size()) return error("no column " + in_quotes(reading_.voltage_column) + ", expected one of the headers", head);
      columns_.at[RecordColumns::index(Q::voltage)] = at;
      columns_.factor(Q::voltage) = cycling_unit(Q::voltage, name_and_unit(headers_[at]).unit);
    }
    if (columns_[Q::frequency])
      return error("an impedance spectrum (column " + header(Q::frequency) + "), expected a table of time, voltage and current", head);
    if (!columns_[Q::current] && !at_rest)
      return error("no column of current among the headers, expected one such as \"Current(A)\" or \"I/mA\"", head);
    if (reading_.seconds_per_unit) columns_.factor(Q::time) = *reading_.seconds_per_unit;
    if (reading_.volts_per_unit) columns_.factor(Q::voltage) = *reading_.volts_per_unit;
    if (columns_.factor(Q::voltage) == 0) columns_.factor(Q::voltage) = 1;
    const bool unknown_current = columns_[Q::current] && columns_.factor(Q::current) == 0;
    if (unknown_current && !reading_.milliamperes_per_unit)
      return error("column " + header(Q::current) + " has no unit, expected A or mA in its name or told to the reader", head);
    if (unknown_current) columns_.factor(Q::current) = *reading_.milliamperes_per_unit;
    for (const Q charge : {Q::charge_counter, Q::discharge_counter, Q::net_charge, Q::step_counter})
      if (columns_[charge] && columns_.factor(charge) == 0) {
        if (unknown_current) columns_.factor(charge) = *reading_.milliamperes_per_unit;
        else columns_.at[RecordColumns::index(charge)].reset();
      }
    const Counting counting = counting_of();
    if (counting != Counting::nothing) table_.charge_source = ChargeSource::counted;
    numbered_cycles_ = nested || columns_[Q::cycle].has_value();
    numbered_steps_ = nested || columns_[Q::step].has_value();
    reserve(lines.rest);

    std::size_t needed = 0;
    for (const auto& at : columns_.at)
      if (at) needed = std::max(needed, *at + 1);
    CyclingFields fields;
    int cycle = 0, step = 0;
    for (std::string_view line; lines.next(line);) {
      if (is_blank(line)) continue;
      if (nested && line.front() != separator_) {
        const auto number = number_in(cycling_fields(line, separator_).front());
        if (!number || std::abs(*number) > 1e9 || *number != std::floor(*number))
          return error("cycle " + in_quotes(cycling_fields(line, separator_).front()) + ", expected a whole number", lines.number);
        cycle = static_cast<int>(*number);
        ++step;
        continue;
      }
      if (nested && (line.size() < 2 || line[1] != separator_)) {
        ++step;
        continue;
      }
      const std::size_t count = fields.split(line, separator_, needed);
      if (count < needed)
        return error(row() + std::to_string(count) + " fields, expected " + std::to_string(headers_.size()) + " as in the headers", lines.number);
      if (table_.size() == 0) decimal_comma_ = has_decimal_comma(fields);
      if (nested) {
        table_.cycle.push_back(cycle);
        table_.step.push_back(step);
      } else {
        number_row(fields);
      }
      if (std::string fault = add_row(fields, counting); !fault.empty()) return error(row() + fault, lines.number);
      line_.push_back(lines.number);
    }
    return finish(counting, head);
  }

 private:
  enum class Counting : std::uint8_t { nothing, net, both, step };

  Error error(std::string what, std::size_t line) const { return Error(std::move(what), Place{table_.source, line}); }
  std::string row() const { return "row " + std::to_string(line_.size() + 1) + ": "; }
  std::string header(CyclingQuantity quantity) const { return in_quotes(headers_[*columns_[quantity]]); }

  Counting counting_of() const {
    using Q = CyclingQuantity;
    if (!columns_[Q::current]) return Counting::nothing;
    if (columns_[Q::net_charge]) return Counting::net;
    if (columns_[Q::charge_counter] && columns_[Q::discharge_counter]) return Counting::both;
    return columns_[Q::step_counter] ? Counting::step : Counting::nothing;
  }

  /// Whether nothing stands on a line, not even between separators.
  bool is_blank(std::string_view line) const noexcept {
    return std::all_of(line.begin(), line.end(), [&](char c) { return c == ' ' || c == '\t' || c == separator_; });
  }

  void reserve(std::string_view rest) {
    const std::size_t rows = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n')) + 1;
    for (auto* column : {&table_.time, &table_.voltage, &table_.current, &table_.charge}) column->reserve(rows);
    line_.reserve(rows);
  }

  /// Whether numbers are written with a comma: a field has one, and none has a point.
  bool has_decimal_comma(const CyclingFields& fields) const {
    if (separator_ == ',') return false;
    bool comma = false;
    for (const CyclingQuantity quantity : {CyclingQuantity::time, CyclingQuantity::voltage, CyclingQuantity::current})
      if (columns_[quantity]) {
        const std::string_view text = fields[*columns_[quantity]];
        if (text.find('.') != std::string_view::npos) return false;
        comma = comma || text.find(',') != std::string_view::npos;
      }
    return comma;
  }

  ParsedNumber number(std::string_view text) const noexcept {
    if (!decimal_comma_) return parse_number(text);
    std::array<char, 64> copy;
    if (text.size() > copy.size()) return {0, NumberFault::no_number};
    std::replace_copy(text.begin(), text.end(), copy.begin(), ',', '.');
    return parse_number(std::string_view(copy.data(), text.size()));
  }

  /// The number of `quantity` in our unit; adds to `fault` what is wrong.
  double value(const CyclingFields& fields, CyclingQuantity quantity, std::string& fault) {
    const std::string_view text = fields[*columns_[quantity]];
    auto [x, wrong] = number(text);
    double factor = columns_.column[RecordColumns::index(quantity)].factor;
    if (quantity == CyclingQuantity::time && wrong == NumberFault::no_number && text.find(':') != std::string_view::npos) {
      const auto seconds = clock_seconds(text);
      if (!seconds) {
        fault = "column " + header(quantity) + ": " + in_quotes(text) + " is no time, expected seconds, h:m:s or a date and h:m:s";
        return 0;
      }
      x = *seconds;
      factor = 1;
      wrong = NumberFault::none;
      // Dates count from the first row; a number of hours and minutes is on the clock of the test.
      if (text.find_first_of("/-") != std::string_view::npos) {
        if (table_.size() == 0) origin_ = x;
        x -= origin_;
      }
    } else if (quantity == CyclingQuantity::time && wrong == NumberFault::none && factor == 0) {
      fault = "column " + header(quantity) + " has no unit, expected s or h in its name or told to the reader, or times as h:m:s";
      return 0;
    }
    if (wrong != NumberFault::none) {
      fault = "column " + header(quantity) + ": " + (text.empty() ? "an empty field" : in_quotes(text) + " " + describe(wrong)) +
              ", expected a number";
      return 0;
    }
    x *= factor;
    if (!(std::abs(x) < 1e15)) fault = "column " + header(quantity) + ": " + in_quotes(text) + " is too large, expected less than 1e15";
    return x;
  }

  /// Whether the last row is of another step than the one before, as far as the file numbers them.
  bool new_step() const noexcept {
    const std::size_t n = table_.step.size();
    return n > 1 && table_.step[n - 1] != table_.step[n - 2];
  }

  std::string add_row(const CyclingFields& fields, Counting counting) {
    using Q = CyclingQuantity;
    std::string fault;
    const double time = value(fields, Q::time, fault);
    if (!fault.empty()) return fault;
    const double voltage = value(fields, Q::voltage, fault);
    if (!fault.empty()) return fault;
    double current = columns_[Q::current] ? value(fields, Q::current, fault) : 0;
    if (!fault.empty()) return fault;
    if (columns_[Q::state] && is_word(fields[*columns_[Q::state]], "d")) current = -std::abs(current);
    table_.time.push_back(time);
    table_.voltage.push_back(voltage);
    table_.current.push_back(current);
    if (counting == Counting::nothing) return fault;

    double first = 0, second = 0;
    if (counting == Counting::net) first = value(fields, Q::net_charge, fault);
    else if (counting == Counting::step) first = value(fields, Q::step_counter, fault);
    else {
      first = value(fields, Q::charge_counter, fault);
      if (fault.empty()) second = value(fields, Q::discharge_counter, fault);
    }
    if (!fault.empty()) return fault;
    double charge = 0;
    if (!table_.charge.empty()) {
      // A counter that is lower than before started again from 0.
      const auto passed = [](double now, double before) { return now >= before ? now - before : now; };
      charge = table_.charge.back();
      if (counting == Counting::net) charge += first - counter_;
      else if (counting == Counting::step) charge += current == 0 ? 0 : std::copysign(new_step() ? first : passed(first, counter_), current);
      else charge += passed(first, counter_) - passed(second, other_counter_);
    }
    if (!(std::abs(charge) < 1e15)) return "a charge that is too large, expected less than 1e15 mAh";
    table_.charge.push_back(charge);
    counter_ = first;
    other_counter_ = second;
    return fault;
  }

  /// The file's numbers of cycle and step; a column in which a row has none is left out.
  void number_row(const CyclingFields& fields) {
    const auto add = [&](CyclingQuantity quantity, std::vector<int>& column, bool& numbered) {
      if (!numbered) return;
      const auto [x, wrong] = number(fields[*columns_[quantity]]);
      if (wrong != NumberFault::none || std::abs(x) > 1e9 || x != std::floor(x)) {
        numbered = false;
        column.clear();
      } else {
        column.push_back(static_cast<int>(x));
      }
    };
    add(CyclingQuantity::cycle, table_.cycle, numbered_cycles_);
    add(CyclingQuantity::step, table_.step, numbered_steps_);
  }

  Result<CyclingTable> finish(Counting counting, std::size_t head) {
    if (table_.size() == 0) return error("no row of numbers below the headers, expected records", head);
    if (counting == Counting::nothing) integrate_charge(table_);
    for (const double charge : table_.charge)
      if (!(std::abs(charge) < 1e15)) return error("a charge that is too large, expected less than 1e15 mAh", head);
    if (!reading_.keep_faults)
      for (const CyclingFault& fault : find_faults(table_))
        if (fault.kind != CyclingFaultKind::repeated_row)
          return error("row " + std::to_string(fault.row) + ": " + fault.what, line_[fault.row - 1]);
    return std::move(table_);
  }

  CyclingReading reading_;
  RecordColumns columns_;
  std::vector<std::string_view> headers_;
  char separator_;
  bool decimal_comma_ = false, numbered_cycles_ = false, numbered_steps_ = false;
  double origin_ = 0, counter_ = 0, other_counter_ = 0;
  CyclingTable table_;
  std::vector<std::size_t> line_;  // of each row
};

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
