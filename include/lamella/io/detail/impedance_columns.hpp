// Names of the columns of impedance tables, as instruments and people write them.
#pragma once

#include <lamella/io/detail/text.hpp>        // trimmed
#include <lamella/io/detail/text_lines.hpp>  // lower_case

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// What a column of an impedance table holds.
enum class ImpedanceColumn : std::uint8_t { frequency, real, imaginary, modulus, phase, other };

/// A column by its heading.
struct ImpedanceHeading {
  ImpedanceColumn kind = ImpedanceColumn::other;
  double factor = 1;         ///< to Hz, Ω or degrees; negative where the heading says that the negative is written
  bool unknown_unit = false;
};

/// The factor of a unit to Hz, Ω or degrees; nothing where it is none. "a" and "b" are ZPlot's for the two parts.
inline std::optional<double> impedance_unit(ImpedanceColumn kind, std::string_view unit) {
  using Factor = std::pair<std::string_view, double>;
  static constexpr std::array<Factor, 5> frequencies{{{"", 1}, {"Hz", 1}, {"hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}}};
  static constexpr std::array<Factor, 16> ohms{{{"", 1}, {"a", 1}, {"b", 1}, {"ohm", 1}, {"Ohm", 1}, {"OHM", 1}, {"ohms", 1}, {"Ohms", 1},
                                                {"\xCE\xA9", 1}, {"\xE2\x84\xA6", 1}, {"kohm", 1e3}, {"kOhm", 1e3}, {"k\xCE\xA9", 1e3},
                                                {"mOhm", 1e-3}, {"MOhm", 1e6}, {"m\xCE\xA9", 1e-3}}};
  static constexpr std::array<Factor, 8> angles{
      {{"", 1}, {"deg", 1}, {"deg.", 1}, {"Deg", 1}, {"degrees", 1}, {"\xC2\xB0", 1}, {"\xB0", 1}, {"rad", 57.29577951308232}}};
  const auto find = [&](const auto& units) -> std::optional<double> {
    for (const auto& [name, factor] : units)
      if (name == unit) return factor;
    return std::nullopt;
  };
  return kind == ImpedanceColumn::frequency ? find(frequencies) : kind == ImpedanceColumn::phase ? find(angles) : find(ohms);
}

/// What a heading such as "-Im(Z)/Ohm", "Zreal", "Z''(b)", "Freq (Hz)" says.
inline ImpedanceHeading impedance_heading(std::string_view text) {
  using Name = std::pair<std::string_view, ImpedanceColumn>;
  constexpr auto frequency = ImpedanceColumn::frequency, real = ImpedanceColumn::real, imaginary = ImpedanceColumn::imaginary,
                 modulus = ImpedanceColumn::modulus, phase = ImpedanceColumn::phase;
  static constexpr std::array<Name, 31> names{
      {{"f", frequency},     {"freq", frequency},    {"frequency", frequency}, {"z'", real},          {"zre", real},        {"zreal", real},
       {"re(z)", real},      {"re", real},           {"real", real},           {"rez", real},         {"z_re", real},       {"realz", real},
       {"z''", imaginary},   {"z\"", imaginary},     {"zim", imaginary},       {"zimag", imaginary},  {"zimg", imaginary},  {"im(z)", imaginary},
       {"im", imaginary},    {"imag", imaginary},    {"imaginary", imaginary}, {"imz", imaginary},    {"|z|", modulus},     {"zmod", modulus},
       {"mod(z)", modulus},  {"modulus", modulus},   {"phase(z)", phase},      {"phase", phase},      {"zphz", phase},      {"phz", phase},
       {"imagz", imaginary}}};
  text = trimmed(text);
  ImpedanceHeading heading;
  double sign = 1;
  if (text.starts_with('-')) {
    sign = -1;
    text = trimmed(text.substr(1));
  }
  std::string_view unit;
  const auto base_kind = [](std::string_view base) {
    std::string plain;
    for (const char c : base)
      if (c != ' ' && c != '_') plain += lower_case(c);
    for (const auto& [name, kind] : names)
      if (name == plain) return kind;
    return ImpedanceColumn::other;
  };
  heading.kind = base_kind(text);  // before units: "Re(Z)" is no Re in units of Z
  if (heading.kind == ImpedanceColumn::other) {
    std::size_t cut = text.find('/');
    if (cut != std::string_view::npos) {
      unit = trimmed(text.substr(cut + 1));
    } else if (text.ends_with(')') && (cut = text.rfind('(')) != std::string_view::npos) {
      unit = trimmed(text.substr(cut + 1, text.size() - cut - 2));
    } else {
      return heading;
    }
    heading.kind = base_kind(text.substr(0, cut));
    if (heading.kind == ImpedanceColumn::other) return heading;
  }
  const auto factor = impedance_unit(heading.kind, unit);
  heading.unknown_unit = !factor;
  heading.factor = sign * factor.value_or(1);
  return heading;
}

/// Where the needed columns of a table are.
struct ImpedanceColumns {
  struct Column {
    std::size_t index = 0;
    double factor = 1;
  };
  std::optional<Column> frequency, first, second;  ///< the two parts of Z
  bool polar = false;                              ///< the parts are modulus and phase
  std::string_view unknown_unit;                   ///< heading of a needed column whose unit is none
  bool drift_corrected = false;                    ///< there are also columns corrected for drift
  std::size_t count = 0;                           ///< of all columns

  bool complete() const { return frequency && first && second; }
};

/// The columns of a line of headings.
inline ImpedanceColumns impedance_columns(const std::vector<std::string_view>& headings) {
  ImpedanceColumns columns;
  columns.count = headings.size();
  std::array<std::optional<ImpedanceColumns::Column>, 5> found;
  std::array<std::string_view, 5> bad;
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const ImpedanceHeading heading = impedance_heading(headings[i]);
    if (heading.kind == ImpedanceColumn::other) {
      columns.drift_corrected = columns.drift_corrected || trimmed(headings[i]) == "ZrealDrCor";
      continue;
    }
    const auto k = static_cast<std::size_t>(heading.kind);
    if (found[k]) continue;  // the first of several is the measured one
    found[k] = {i, heading.factor};
    if (heading.unknown_unit) bad[k] = headings[i];
  }
  columns.polar = !(found[1] && found[2]) && found[3] && found[4];
  columns.frequency = found[0];
  columns.first = found[columns.polar ? 3 : 1];
  columns.second = found[columns.polar ? 4 : 2];
  for (const std::size_t k : {std::size_t{0}, std::size_t{columns.polar ? 3U : 1U}, std::size_t{columns.polar ? 4U : 2U}})
    if (!bad[k].empty() && columns.unknown_unit.empty()) columns.unknown_unit = bad[k];
  return columns;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
