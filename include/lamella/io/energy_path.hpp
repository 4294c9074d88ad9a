// Paths of nudged elastic bands from text tables: VTST's neb.dat and tables with named columns.
//
// What is read:
// - neb.dat of VTST's nebbarrier.pl: lines "image distance energy force [image]", images counted from 0, distances in Å along the
//   path, energies in eV relative to image 0, forces of the true potential along the path in eV/Å.
// - Tables: a first line that names the columns, with or without "#" before it, of blanks, tabs or commas; of these names, in any
//   case: distance, path, s, x, r, reaction_coordinate (Å); energy, e (eV); force, tangent_force, f (eV/Å). A unit in brackets or
//   behind a slash after a name is read over where it is Å, A, Angstrom, eV or eV/Å; other units are refused. Other columns are
//   left out. Without such a line, two columns are distance and energy; three could be either of two things and are refused.
// - Lines that begin with "#" or "!" after the first are comments, empty lines are left out.
#pragma once

#include <lamella/core/error.hpp>              // Error, Place
#include <lamella/core/result.hpp>             // Result
#include <lamella/io/detail/pattern_text.hpp>  // LineReader, words_of, without_mark, is_word
#include <lamella/io/detail/text.hpp>          // parse_number, in_quotes, trimmed
#include <lamella/io/text_file.hpp>            // try_read_text_file
#include <lamella/migration/energy_path.hpp>   // EnergyPath, detail::path_fault

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Reads one table.
class EnergyPathReader {
 public:
  EnergyPathReader(std::string_view text, std::string source) : text_(without_mark(text)), source_(std::move(source)) {}

  Result<EnergyPath> read() {
    EnergyPath path;
    path.source = source_;
    bool first = true;
    for (LineReader lines{text_}; lines.next(line_);) {
      number_ = lines.number;
      std::string_view line = trimmed(line_);
      if (line.empty()) continue;
      const bool comment = line.front() == '#' || line.front() == '!';
      if (std::exchange(first, false)) {
        if (comment) line.remove_prefix(1);
        if (name_columns(words_of(line, ','))) {
          if (fault_) return *fault_;
          continue;
        }
      }
      if (comment) continue;
      const auto words = words_of(line, ',');
      if (columns_ == 0) guess_columns(words);
      if (!fault_) add(words, path);
      if (fault_) return *fault_;
    }
    if (path.size() == 0) return Error("no images, expected lines of a distance and an energy", Place{source_, std::max<std::size_t>(1, number_)});
    if (const std::string fault = path_fault(path); !fault.empty()) return Error(fault, Place{source_, number_});
    return path;
  }

 private:
  enum Column : std::size_t { distance, energy, force, image, kinds };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  void complain(const std::string& what) {
    if (!fault_) fault_ = Error(what, Place{source_, number_});
  }

  static std::optional<Column> kind_of(std::string_view name) noexcept {
    for (const std::string_view known : {"distance", "path", "s", "x", "r", "reaction_coordinate"})
      if (is_word(name, known)) return distance;
    for (const std::string_view known : {"energy", "e"})
      if (is_word(name, known)) return energy;
    for (const std::string_view known : {"force", "tangent_force", "f"})
      if (is_word(name, known)) return force;
    return std::nullopt;
  }

  /// Whether the words name columns; then where they are.
  bool name_columns(const std::vector<std::string_view>& words) {
    std::size_t column = 0;
    std::optional<Column> last;
    bool named = false, unit_follows = false;
    for (const std::string_view word : words) {
      // "energy", "energy/eV", "energy(eV)"; "(eV)" or "/eV" behind a name, "/" and "eV" behind it.
      const bool has_name = !unit_follows && word.find_first_of("/([") != 0;
      const std::size_t end = has_name ? std::min(word.find_first_of("/(["), word.size()) : 0;
      if (has_name) {
        const std::string_view name = word.substr(0, end);
        if (number_in(name)) return false;
        last = kind_of(name);
        if (last) {
          if (place_[*last] != none) complain("two columns of the kind " + in_quotes(name) + ", expected one");
          place_[*last] = column;
          named = true;
        }
        ++column;
      }
      std::string_view unit = word.substr(end);
      while (!unit.empty() && (unit.front() == '/' || unit.front() == '(' || unit.front() == '[')) unit.remove_prefix(1);
      while (!unit.empty() && (unit.back() == ')' || unit.back() == ']')) unit.remove_suffix(1);
      unit_follows = unit.empty() && end < word.size();
      if (last && !unit.empty()) {
        const bool fits = *last == distance ? is_length(unit) : *last == energy ? is_word(unit, "ev") : is_force(unit);
        if (!fits) complain("a column in " + in_quotes(unit) + ", expected distances in Å, energies in eV and forces in eV/Å");
      }
    }
    if (!named) return false;
    if (place_[distance] == none || place_[energy] == none)
      complain("the columns " + in_quotes(trimmed(line_)) + ", expected \"distance\" and \"energy\" among them");
    columns_ = column;
    return true;
  }

  static bool is_length(std::string_view unit) noexcept {
    return unit == "Å" || is_word(unit, "a") || is_word(unit, "ang") || is_word(unit, "angstrom");
  }
  static bool is_force(std::string_view unit) noexcept {
    return begins_with(unit, "ev/") && is_length(unit.substr(3));
  }

  void guess_columns(const std::vector<std::string_view>& words) {
    columns_ = words.size();
    if (columns_ == 2) {
      place_ = {0, 1, none, none};
    } else if (columns_ == 4 || columns_ == 5) {
      place_ = {1, 2, 3, 0};
    } else {
      complain(std::to_string(columns_) + " columns without names, expected a distance and an energy, the columns of neb.dat, or a "
               "first line that names the columns");
    }
  }

  void add(const std::vector<std::string_view>& words, EnergyPath& path) {
    if (words.size() != columns_)
      return complain(std::to_string(words.size()) + " columns, expected " + std::to_string(columns_) + " as before");
    std::array<double, kinds> value{};
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      if (place_[kind] == none) continue;
      const std::string_view word = words[place_[kind]];
      const auto [x, fault] = parse_number(word);
      constexpr std::array<const char*, kinds> what{"a distance in Å", "an energy in eV", "a force in eV/Å", "the number of an image"};
      if (fault != NumberFault::none) return complain(in_quotes(word) + " " + describe(fault) + ", expected " + what[kind]);
      value[kind] = x;
    }
    if (place_[image] != none && value[image] != static_cast<double>(path.size()))
      return complain("image " + in_quotes(words[place_[image]]) + ", expected " + std::to_string(path.size()) + ": images in order from 0");
    path.distance.push_back(value[distance]);
    path.energy.push_back(value[energy]);
    if (place_[force] != none) path.force.push_back(value[force]);
  }

  std::string_view text_, line_;
  std::string source_;
  std::size_t number_ = 0;
  std::array<std::size_t, kinds> place_{none, none, none, none};
  std::size_t columns_ = 0;
  std::optional<Error> fault_;
};

}  // namespace detail

/// The path in a text; what is read is said at the top of this header. `source` names the text in messages and in the result.
inline Result<EnergyPath> try_parse_energy_path(std::string_view text, std::string source) {
  return detail::EnergyPathReader(text, std::move(source)).read();
}

/// `try_parse_energy_path` that throws the error.
inline EnergyPath parse_energy_path(std::string_view text, std::string source) {
  return try_parse_energy_path(text, std::move(source)).value();
}

/// The path in a neb.dat or a table. Errors carry file and line.
inline Result<EnergyPath> try_read_energy_path(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_energy_path(text.value(), path.string());
}

/// `try_read_energy_path` that throws the error.
inline EnergyPath read_energy_path(const std::filesystem::path& path) { return try_read_energy_path(path).value(); }

}  // namespace lamella::inline LAMELLA_ABI
