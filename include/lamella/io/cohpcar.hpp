// Curves from LOBSTER: COHPCAR, COOPCAR and COBICAR.lobster.
//
// Line 2 counts interactions (the average is one), spins and energies, and gives the range of energies and the Fermi level. The
// interactions follow, then a row for each energy: E − E_F and, spin by spin, curve and integral of each interaction.
// Refused: bonds between more than two atoms.
#pragma once

#include <lamella/bonding/cohp_curves.hpp>     // CohpCurves
#include <lamella/core/error.hpp>              // Error, Place
#include <lamella/core/result.hpp>             // Result
#include <lamella/io/detail/lobster_text.hpp>  // LobsterWords, lobster_integer, is_bond_length, is_population
#include <lamella/io/detail/text.hpp>          // take_line, trimmed, in_quotes, parse_number, describe, decimals_of
#include <lamella/io/text_file.hpp>            // try_read_text_file

#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Reads one COHPCAR.
class CohpcarReader {
 public:
  CohpcarReader(std::string_view text, std::string source) : rest_(text), bytes_(text.size()) {
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    curves_.source = std::move(source);
  }

  Result<CohpCurves> read() {
    if (rest_.find_first_not_of(" \t\f\r\n") == std::string_view::npos)
      return error("is empty, expected a COHPCAR of LOBSTER");
    std::string fault = title();
    if (fault.empty()) fault = counts();
    for (std::size_t i = 0; i < interactions_ && fault.empty(); ++i) fault = interaction(i);
    for (std::size_t i = 0; i < energies_ && fault.empty(); ++i) fault = row(i);
    while (fault.empty() && !rest_.empty())
      if (const auto more = trimmed(next()); !more.empty())
        fault = in_quotes(more) + " after the last energy, expected " + std::to_string(energies_) +
                " rows as line 2 says";
    if (!fault.empty()) return error(fault);
    return std::move(curves_);
  }

 private:
  Error error(const std::string& what) const {
    return Error(what, Place{curves_.source, line_ == 0 ? 1 : line_});
  }

  std::string_view next() {
    ++line_;
    return take_line(rest_);
  }

  std::string title() {
    const std::string_view line = next();
    const auto has = [&](std::string_view word) { return line.find(word) != std::string_view::npos; };
    if (has("COHP")) curves_.measure = StrengthMeasure::icohp;
    else if (has("COOP")) curves_.measure = StrengthMeasure::icoop;
    else if (has("COBI")) curves_.measure = StrengthMeasure::icobi;
    else return in_quotes(trimmed(line)) + ", expected the title of a COHPCAR, COOPCAR or COBICAR of LOBSTER";
    return {};
  }

  std::string counts() {
    const std::string_view line = next();
    const LobsterWords words(line);
    const std::string what =
        "the numbers of interactions, spins and energies, the range of energies and the Fermi level";
    if (words.size != 6) return std::to_string(words.size) + " numbers, expected six: " + what;
    const auto interactions = lobster_integer(words[0]), spins = lobster_integer(words[1]),
               energies = lobster_integer(words[2]);
    if (!interactions || !spins || !energies || *interactions < 1 || *spins < 1 || *spins > 2 ||
        *energies < 1)
      return in_quotes(trimmed(line)) + ", expected " + what;
    std::array<double, 3> level{};
    for (std::size_t k = 0; k < 3; ++k) {
      const ParsedNumber parsed = parse_number(words[3 + k]);
      if (parsed.fault != NumberFault::none || !(std::abs(parsed.value) < 1e6))
        return in_quotes(words[3 + k]) + " is no energy, expected " + what;
      level[k] = parsed.value;
    }
    interactions_ = static_cast<std::size_t>(*interactions);
    energies_ = static_cast<std::size_t>(*energies);
    curves_.spin_polarised = *spins == 2;
    curves_.fermi_energy = level[2];
    columns_ = 2 * interactions_ * curves_.spins();
    // Every number takes two bytes at least: counts that the file cannot hold are refused before memory is taken for them.
    if (interactions_ > bytes_ || energies_ > bytes_ || columns_ * energies_ > bytes_)
      return std::to_string(interactions_) + " interactions at " + std::to_string(energies_) +
             " energies, expected no more than " + "the file can hold";
    curves_.interactions.reserve(interactions_);
    curves_.energies.reserve(energies_);
    curves_.values.reserve(columns_ * energies_);
    return {};
  }

  std::string interaction(std::size_t i) {
    if (rest_.empty())
      return "ends after " + std::to_string(i) + " interactions, expected " + std::to_string(interactions_) +
             " as line 2 says";
    const std::string_view line = trimmed(next());
    if (i == 0) {
      if (line != "Average") return in_quotes(line) + ", expected \"Average\" before the interactions";
      curves_.interactions.emplace_back();
      return {};
    }
    const std::string expected = ", expected an interaction such as \"No.1:Na1->O2(2.35)\"";
    const std::size_t colon = line.find(':'), arrow = line.find("->"), open = line.rfind('(');
    if (!line.starts_with("No.") || colon == std::string_view::npos || arrow == std::string_view::npos ||
        open == std::string_view::npos || !(colon < arrow && arrow < open) || line.back() != ')')
      return in_quotes(line) + expected;
    if (line.find("->", arrow + 2) != std::string_view::npos)
      return in_quotes(line) + " is between several atoms, expected bonds between two";
    CohpInteraction found;
    const auto number = lobster_integer(line.substr(3, colon - 3));
    const ParsedNumber length = parse_number(line.substr(open + 1, line.size() - open - 2));
    if (!number || *number < 1 || length.fault != NumberFault::none || !is_bond_length(length.value))
      return in_quotes(line) + expected;
    found.number = static_cast<std::size_t>(*number);
    found.length = length.value;
    if (!split(line.substr(colon + 1, arrow - colon - 1), found.first, found.first_orbital) ||
        !split(line.substr(arrow + 2, open - arrow - 2), found.second, found.second_orbital) ||
        found.first_orbital.empty() != found.second_orbital.empty())
      return in_quotes(line) + expected;
    curves_.interactions.push_back(std::move(found));
    return {};
  }

  /// "F1[2p_y]" or "F1".
  static bool split(std::string_view text, std::string& label, std::string& orbital) {
    const std::size_t open = text.find('[');
    label = text.substr(0, open);
    if (label.empty() || label.find_first_of(" \t()") != std::string::npos) return false;
    if (open == std::string_view::npos) return true;
    if (text.back() != ']' || text.size() < open + 3) return false;
    orbital = text.substr(open + 1, text.size() - open - 2);
    return orbital.find_first_of(" \t[]()") == std::string::npos;
  }

  std::string row(std::size_t i) {
    std::string_view line, before;
    do {
      if (rest_.empty())
        return "ends after " + std::to_string(i) + " energies, expected " + std::to_string(energies_) +
               " as line 2 says";
      line = next();
    } while (trimmed(line).empty());
    std::size_t count = 0;
    for (std::string_view word; next_word(line, word); ++count) {
      const ParsedNumber parsed = parse_number(word);
      if (parsed.fault != NumberFault::none || !is_population(parsed.value))
        return in_quotes(word) + (parsed.fault == NumberFault::none ? "" : " " + describe(parsed.fault)) +
               ", expected an energy or a population";
      if (count == 0) {
        if (i > 0 && !(parsed.value > curves_.energies.back()))
          return "energy " + in_quotes(word) + ", expected energies that rise";
        curves_.energies.push_back(parsed.value);
      } else if (count <= columns_) {
        curves_.values.push_back(parsed.value);
      }
      // A number that the end of the file cuts short is still one.
      if (!rest_.empty() || !line.empty()) before = word;
      else if (decimals_of(word) < decimals_of(before))
        return in_quotes(word) +
               " has fewer decimals than the numbers before, expected a file that is not cut off";
    }
    if (count != columns_ + 1)
      return std::to_string(count) + " numbers, expected " + std::to_string(columns_ + 1) +
             ": the energy and two of each interaction and spin";
    return {};
  }

  std::string_view rest_;
  std::size_t bytes_, line_ = 0;
  std::size_t interactions_ = 0, energies_ = 0, columns_ = 0;
  CohpCurves curves_;
};

}  // namespace detail

/// The curves of a COHPCAR, COOPCAR or COBICAR in memory. `source` names the text in messages and in the result.
inline Result<CohpCurves> try_parse_cohpcar(std::string_view text, std::string source) {
  return detail::CohpcarReader(text, std::move(source)).read();
}

/// `try_parse_cohpcar` that throws the error.
inline CohpCurves parse_cohpcar(std::string_view text, std::string source) {
  return try_parse_cohpcar(text, std::move(source)).value();
}

/// The curves of a COHPCAR, COOPCAR or COBICAR file. Errors carry file and line.
inline Result<CohpCurves> try_read_cohpcar(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_cohpcar(text.value(), path.string());
}

/// `try_read_cohpcar` that throws the error.
inline CohpCurves read_cohpcar(const std::filesystem::path& path) { return try_read_cohpcar(path).value(); }

}  // namespace lamella::inline LAMELLA_ABI
