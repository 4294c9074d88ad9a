// Bond strengths from the lists of LOBSTER: ICOHPLIST, ICOOPLIST and ICOBILIST.lobster.
//
// What is read:
// - LOBSTER 2: "# atom atom distance value bonds", the value a mean over that many equivalent bonds, no translations.
// - LOBSTER 3 to 5, without spin polarisation in 5.1: "# atom atom distance tx ty tz value", a list for each spin.
// - LOBSTER 5.1 with spin polarisation: the same with a value for each spin, and a header of two lines.
// - Rows of orbitals ("Ti2_3d_xy") after the row of their bond, in all of them; LCFO lists, whose partners are fragments.
// - Refused: lists of bonds between more than two atoms (NcICOBILIST), and lists without header, which do not say what they hold.
// A list that was cut off is an error wherever that shows: in a row, in the orbitals of a bond, in the bonds of an atom with its
// images, which come in both directions, in the list of the second spin. It does not show where it was cut between two other
// bonds of the only list, nor between the two lists of LOBSTER 3 and 4, where half
// of a spin-polarised file reads like a whole one without polarisation.
#pragma once

#include <lamella/bonding/bond_strengths.hpp>  // BondStrengthList
#include <lamella/core/error.hpp>              // Error, Place
#include <lamella/core/result.hpp>             // Result
#include <lamella/io/detail/lobster_text.hpp>  // LobsterWords, bond_partner, is_bond_length, is_population
#include <lamella/io/detail/text.hpp>          // take_line, trimmed, in_quotes, parse_number, describe, decimals_of
#include <lamella/io/text_file.hpp>            // try_read_text_file

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Reads one list of LOBSTER.
class IcohplistReader {
 public:
  IcohplistReader(std::string_view text, std::string source) : rest_(text) {
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    list_.source = std::move(source);
  }

  Result<BondStrengthList> read() {
    if (rest_.find_first_not_of(" \t\f\r\n") == std::string_view::npos)
      return error("is empty, expected a list of LOBSTER", 1);
    while (!rest_.empty()) {
      const std::string_view line = take_line(rest_);
      ++line_;
      const LobsterWords words(line);
      if (words.size == 0) continue;
      const std::string fault = words[0].ends_with('#') && words[0].size() == 5 ? header(line, words)
                                : columns_ == 0                                 ? no_header(words)
                                                                                : row(words);
      if (!fault.empty()) return error(fault, line_);
    }
    if (columns_ == 0) return error(no_header(LobsterWords{{}}), 1);
    if (list_.bonds.empty()) return error("ends without a bond, expected rows after the header", line_);
    if (list_.spin_polarised && !pairs_of_spins_ && seen_ != rows_)
      return error("ends after " + std::to_string(seen_) + " rows of spin 2, expected " +
                       std::to_string(rows_) + " as of spin 1",
                   line_);
    if (std::string fault = missing_orbitals(); !fault.empty()) return error(fault, line_);
    if (std::string fault = missing_reverse(); !fault.empty()) return error(fault, line_);
    return std::move(list_);
  }

 private:
  Error error(const std::string& what, std::size_t line) const {
    return Error(what, Place{list_.source, line});
  }

  static std::string no_header(const LobsterWords& words) {
    return (words.size == 0 ? std::string("no header") : in_quotes(words[0]) + " before any header") +
           ", expected \"COHP#\", \"COOP#\" or \"COBI#\" first";
  }

  std::string header(std::string_view line, const LobsterWords& words) {
    StrengthMeasure measure{};
    std::string_view value;
    if (words[0] == "COHP#") measure = StrengthMeasure::icohp, value = "ICOHP";
    else if (words[0] == "COOP#") measure = StrengthMeasure::icoop, value = "ICOOP";
    else if (words[0] == "COBI#") measure = StrengthMeasure::icobi, value = "ICOBI";
    else return in_quotes(words[0]) + ", expected \"COHP#\", \"COOP#\" or \"COBI#\"";
    const auto has = [&](std::string_view word) { return line.find(word) != std::string_view::npos; };
    if (has("Nc-I")) return "a list of bonds between several atoms (NcICOBI), expected bonds between two";
    const std::size_t first = line.find(value);
    if (first == std::string_view::npos || !has("distance"))
      return "the header names no distance and " + std::string(value) +
             ", expected the columns of a list of LOBSTER";
    const bool both = line.find(value, first + value.size()) != std::string_view::npos;
    const bool averaged = has("avg. over"), translations = has("translation"), fragments = has("fragment");
    if (averaged == translations)
      return "the header names neither translations nor averages, expected a list of LOBSTER 2 to 5";
    const std::size_t columns = averaged ? 6 : both ? 9 : 8;
    if (columns_ != 0) {
      if (both || list_.spin_polarised || !line_says_spin(words, "2"))
        return "another header, expected one, or one for spin 1 and one for spin 2";
      if (measure != list_.measure || columns != columns_ || fragments != list_.fragments)
        return "the header of spin 2 differs from that of spin 1, expected the same columns";
      if (rows_ == 0) return "no bond before the header of spin 2, expected the rows of spin 1";
      list_.spin_polarised = true;
      return {};
    }
    if (both) {
      const std::string_view second = take_line(rest_);
      ++line_;
      const LobsterWords spins(second);
      if (spins.size != 6 || spins[2] != "1" || spins[5] != "2")
        return in_quotes(trimmed(second)) +
               ", expected the second line of the header, \"for spin 1 for spin 2\"";
    } else if (!line_says_spin(words, "1")) {
      return "the header does not end with \"for spin 1\", expected the whole of it";
    }
    list_.measure = measure;
    list_.fragments = fragments;
    list_.has_translations = translations;
    list_.spin_polarised = pairs_of_spins_ = both;
    columns_ = columns;
    return {};
  }

  static bool line_says_spin(const LobsterWords& words, std::string_view spin) {
    if (words.size < 3 || words.size > LobsterWords::capacity) return false;
    return words[words.size - 3] == "for" && words[words.size - 2] == "spin" && words[words.size - 1] == spin;
  }

  /// Reads a row. Returns what is wrong with it.
  std::string row(const LobsterWords& words) {
    if (words.size != columns_)
      return std::to_string(words.size) + " columns, expected " + std::to_string(columns_) +
             " as the header says";
    const auto number = lobster_integer(words[0]);
    if (!number || *number < 1) return in_quotes(words[0]) + ", expected the number of a bond";
    const ParsedNumber length = parse_number(words[3]);
    if (length.fault != NumberFault::none || !is_bond_length(length.value))
      return "distance " + in_quotes(words[3]) +
             (length.fault == NumberFault::none ? "" : " " + describe(length.fault)) +
             ", expected a length in Å above 0.1";
    std::array<int, 3> translation{};
    if (list_.has_translations)
      for (std::size_t k = 0; k < 3; ++k) {
        const auto cells = lobster_integer(words[4 + k], 100'000);
        if (!cells) return in_quotes(words[4 + k]) + ", expected a translation in whole cells";
        translation[k] = *cells;
      }
    const std::size_t value_column = list_.has_translations ? 7 : 4;
    std::array<double, 2> value{};
    for (std::size_t k = 0; k < (pairs_of_spins_ ? std::size_t{2} : std::size_t{1}); ++k) {
      const std::string_view word = words[value_column + k];
      const ParsedNumber parsed = parse_number(word);
      if (parsed.fault != NumberFault::none || !is_population(parsed.value))
        return in_quotes(word) + (parsed.fault == NumberFault::none ? "" : " " + describe(parsed.fault)) +
               ", expected an " + std::string(to_string(list_.measure));
      value[k] = parsed.value;
      // A value that the end of the file cuts short is still a number.
      const std::size_t decimals = decimals_of(word);
      if (rest_.empty() && decimals < decimals_.value_or(decimals_of(words[3])))
        return in_quotes(word) +
               " has fewer decimals than the numbers before, expected a file that is not cut off";
      decimals_ = decimals;
    }
    std::size_t averaged = 1;
    if (!list_.has_translations) {
      const auto count = lobster_integer(words[5]);
      if (!count || *count < 1) return in_quotes(words[5]) + ", expected the number of bonds averaged over";
      averaged = static_cast<std::size_t>(*count);
    }

    const auto n = static_cast<std::size_t>(*number);
    if (list_.spin_polarised && !pairs_of_spins_)
      return second_spin(words, n, length.value, translation, value[0]);
    ++rows_;
    if (list_.bonds.size() + 1 == n) {
      const auto first = partner(words[1]), second = partner(words[2]);
      if (!first || !second)
        return in_quotes(words[first ? 2 : 1]) + ", expected " +
               (list_.fragments ? "a fragment such as AlN_1"
                                : "an atom such as Ti2, in the first row of a bond");
      list_.bonds.push_back({n, *first, *second, length.value, translation, value, averaged});
      return {};
    }
    if (list_.bonds.size() != n)
      return "bond " + std::to_string(n) + " after bond " + std::to_string(list_.bonds.size()) +
             ", expected them in order from 1";
    const BondStrength& bond = list_.bonds.back();
    if (bond.length != length.value || bond.translation != translation)
      return "another distance or translation than bond " + std::to_string(n) +
             ", expected an orbital row of it";
    const auto first = orbital(words[1], bond.first), second = orbital(words[2], bond.second);
    if (!first || !second)
      return in_quotes(words[first ? 2 : 1]) + ", expected an orbital of " +
             list_.partners[first ? bond.second : bond.first].label;
    list_.by_orbitals.push_back({n - 1, *first, *second, value});
    return {};
  }

  /// A row of spin 2, which repeats the one of spin 1 at `seen_`.
  std::string second_spin(const LobsterWords& words, std::size_t n, double length,
                          const std::array<int, 3>& translation, double value) {
    const std::string repeat = "differs from the list of spin 1, expected the same bonds";
    if (seen_ == rows_) return "a row more than spin 1 has, expected " + std::to_string(rows_);
    const bool is_orbital = orbitals_seen_ < list_.by_orbitals.size() &&
                            list_.by_orbitals[orbitals_seen_].bond + 1 == bonds_seen_;
    const std::size_t b = is_orbital ? bonds_seen_ - 1 : bonds_seen_;
    BondStrength& bond = list_.bonds[b];
    if (n != bond.number || bond.translation != translation ||
        !(length - bond.length < 2e-4 && bond.length - length < 2e-4))
      return "bond " + std::to_string(n) + " " + repeat;
    const std::string_view first = list_.partners[bond.first].label,
                           second = list_.partners[bond.second].label;
    if (is_orbital) {
      OrbitalStrength& part = list_.by_orbitals[orbitals_seen_++];
      if (orbital_name(words[1], first) != list_.orbitals[part.first_orbital] ||
          orbital_name(words[2], second) != list_.orbitals[part.second_orbital])
        return "orbital row of bond " + std::to_string(n) + " " + repeat;
      part.by_spin[1] = value;
    } else {
      if (words[1] != first || words[2] != second) return "bond " + std::to_string(n) + " " + repeat;
      ++bonds_seen_;
      bond.by_spin[1] = value;
    }
    ++seen_;
    return {};
  }

  std::optional<std::size_t> partner(std::string_view label) {
    if (const auto known = index_.find(std::string(label)); known != index_.end()) return known->second;
    auto made = bond_partner(label, list_.fragments);
    if (!made) return std::nullopt;
    index_.emplace(made->label, list_.partners.size());
    list_.partners.push_back(std::move(*made));
    return list_.partners.size() - 1;
  }

  /// "5s" of "Ba1_5s" with the label "Ba1"; empty where the text is none.
  static std::string_view orbital_name(std::string_view text, std::string_view label) {
    if (!text.starts_with(label) || text.size() < label.size() + 2 || text[label.size()] != '_') return {};
    return text.substr(label.size() + 1);
  }

  std::optional<std::size_t> orbital(std::string_view text, std::size_t of) {
    const std::string_view name = orbital_name(text, list_.partners[of].label);
    if (name.empty() || name.find_first_of("_") == 0) return std::nullopt;
    const auto known = std::find(list_.orbitals.begin(), list_.orbitals.end(), name);
    if (known != list_.orbitals.end()) return static_cast<std::size_t>(known - list_.orbitals.begin());
    constexpr std::size_t most = 4096;  // an atom has 16 at most, a fragment of LCFO some dozens
    if (list_.orbitals.size() == most) return std::nullopt;
    list_.orbitals.emplace_back(name);
    return list_.orbitals.size() - 1;
  }

  /// Each bond that is resolved has a row for every pair of orbitals that its partners have anywhere.
  std::string missing_orbitals() const {
    if (list_.by_orbitals.empty()) return {};
    std::vector<std::vector<std::size_t>> orbitals(list_.partners.size());
    std::vector<std::size_t> rows(list_.bonds.size());
    for (const OrbitalStrength& part : list_.by_orbitals) {
      const BondStrength& bond = list_.bonds[part.bond];
      ++rows[part.bond];
      for (const auto& [partner, orbital] :
           {std::pair{bond.first, part.first_orbital}, {bond.second, part.second_orbital}}) {
        auto& known = orbitals[partner];
        if (std::find(known.begin(), known.end(), orbital) == known.end()) known.push_back(orbital);
      }
    }
    bool all_others = true;
    for (std::size_t b = 0; b < rows.size(); ++b) {
      const std::size_t expected =
          orbitals[list_.bonds[b].first].size() * orbitals[list_.bonds[b].second].size();
      const bool last = b + 1 == rows.size();
      if (rows[b] == 0 && !last) all_others = false;  // LOBSTER resolves the bonds it was asked to
      if (rows[b] != expected && (rows[b] != 0 || (last && all_others && rows.size() > 1)))
        return "bond " + std::to_string(b + 1) + " has " + std::to_string(rows[b]) +
               " rows of orbitals, expected " + std::to_string(expected) +
               " as its atoms have orbitals; is the file cut off?";
    }
    return {};
  }

  /// The bond of an atom with its own image is listed in both directions.
  std::string missing_reverse() const {
    if (!list_.has_translations) return {};
    using Image = std::pair<std::size_t, std::array<int, 3>>;
    std::vector<Image> images;
    for (const BondStrength& bond : list_.bonds)
      if (bond.first == bond.second) images.push_back({bond.first, bond.translation});
    std::sort(images.begin(), images.end());
    for (const auto& [atom, t] : images)
      if (!std::binary_search(images.begin(), images.end(), Image{atom, {-t[0], -t[1], -t[2]}}))
        return "the bond of " + list_.partners[atom].label + " with its image at " + std::to_string(t[0]) +
               " " + std::to_string(t[1]) + " " + std::to_string(t[2]) +
               " has no reverse, expected both as LOBSTER lists them; is the file cut off?";
    return {};
  }

  std::string_view rest_;
  std::size_t line_ = 0;
  BondStrengthList list_;
  std::size_t columns_ = 0;                                    ///< 0 before the header
  bool pairs_of_spins_ = false;                                ///< both spins in one row
  std::size_t rows_ = 0;                                       ///< of spin 1
  std::size_t seen_ = 0, bonds_seen_ = 0, orbitals_seen_ = 0;  ///< of spin 2, where it has a list of its own
  std::optional<std::size_t> decimals_;                        ///< of the last value
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace detail

/// The bonds of an ICOHPLIST, ICOOPLIST or ICOBILIST in memory; which dialects is said at the top of this header. `source`
/// names the text in messages and in the result.
inline Result<BondStrengthList> try_parse_icohplist(std::string_view text, std::string source) {
  return detail::IcohplistReader(text, std::move(source)).read();
}

/// `try_parse_icohplist` that throws the error.
inline BondStrengthList parse_icohplist(std::string_view text, std::string source) {
  return try_parse_icohplist(text, std::move(source)).value();
}

/// The bonds of an ICOHPLIST, ICOOPLIST or ICOBILIST file. Errors carry file and line.
inline Result<BondStrengthList> try_read_icohplist(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_icohplist(text.value(), path.string());
}

/// `try_read_icohplist` that throws the error.
inline BondStrengthList read_icohplist(const std::filesystem::path& path) {
  return try_read_icohplist(path).value();
}

}  // namespace lamella::inline LAMELLA_ABI
