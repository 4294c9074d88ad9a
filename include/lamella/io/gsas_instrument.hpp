// Instrument parameter files of GSAS (.prm) and GSAS-II (.instprm), constant wavelength.
//
// GSAS: lines of a key in columns 1-12 ("INS", bank, item) and values behind. Read are HTYPE (PXC…, PNC…), ICONS (two
// wavelengths in Å, zero in centidegrees, POLA, IPOLA, ratio of the lines: columns of 10, 10, 10, 10, 10, 5 and 10), IRAD
// (anode), INAME and of the profiles PRCF the first of type 3, 4, 2 or 1, in this order: GU GV GW (all), GP (3, 4), LX LY (3,
// 2), LX (4), S/L H/L (3, 4).
// GSAS-II: lines "item:value", several on a line after a semicolon. Read are Type, Lam or Lam1, Lam2 and I(L2)/I(L1), Zero
// (degrees), Polariz., U, V, W, X, Y, SH/L, Source, Diff-type, Gonio. radius, InstrName. A Z other than 0 is refused: a
// Lorentzian part that does not depend on the angle is not modelled here.
// Where a file does not state the geometry it is what GSAS-II makes of it: Bragg-Brentano for two wavelengths, else
// Debye-Scherrer. The units are converted by lamella/diffraction/profile_units.hpp.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/profile_units.hpp>   // GsasProfile, from_gsas, polarisation_from_gsas
#include <lamella/io/detail/pattern_text.hpp>      // LineReader, words_of, number_in, tube_radiation, anode_named
#include <lamella/io/detail/text.hpp>              // trimmed, in_quotes, show
#include <lamella/io/instrument_settings.hpp>      // InstrumentSettings
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Whether text is an instrument file of GSAS-II: its first line says so.
inline bool is_instprm(std::string_view text) noexcept {
  LineReader lines{without_mark(text)};
  std::string_view line;
  return lines.next(line) && line.starts_with('#') && line.find("GSAS-II") != std::string_view::npos;
}

/// Whether text is an instrument file of GSAS: a line of it says what kind of histogram it is for.
inline bool is_prm(std::string_view text) noexcept {
  LineReader lines{without_mark(text)};
  for (std::string_view line; lines.next(line);)
    if (line.starts_with("INS   HTYPE") || (line.starts_with("INS") && line.substr(3).find(" ICONS") == 3)) return true;
  return false;
}

/// Bounds of what an instrument may have, so that a file of other units or of garbage is noticed: widths below 10°,
/// zero below 20°, asymmetry below 1.
inline std::string instrument_fault(const Instrument<>& i) {
  const auto within = [](double x, double bound) { return std::abs(x) <= bound; };
  if (!within(i.zero, 20)) return "zero " + show(i.zero) + " degrees, expected at most 20";
  if (!within(i.U, 100) || !within(i.V, 100) || !within(i.W, 100))
    return "Gaussian widths " + show(i.U) + ", " + show(i.V) + ", " + show(i.W) + " degrees², expected at most 100";
  if (!within(i.X, 10) || !within(i.Y, 10))
    return "Lorentzian widths " + show(i.X) + ", " + show(i.Y) + " degrees, expected at most 10";
  if (!(i.asymmetry >= 0 && i.asymmetry < 1)) return "asymmetry " + show(i.asymmetry) + ", expected S/L from 0 to 1";
  return {};
}

/// Reads instrument parameters of GSAS.
class PrmReader {
 public:
  PrmReader(std::string_view text, std::string source) : place_{std::move(source)} {
    LineReader lines{without_mark(text)};
    for (std::string_view line; lines.next(line);) {
      if (!line.starts_with("INS") || line.size() < 12) continue;
      const std::string_view bank = trimmed(line.substr(3, 3));
      entries_.push_back({bank, line.substr(6, 6), line.substr(12), lines.number});
    }
  }

  Result<InstrumentSettings> read(std::size_t bank) const {
    const std::string wanted = std::to_string(bank);
    const Entry* kind = find("", " HTYPE ");
    const Entry* constants = find(wanted, " ICONS");
    if (entries_.empty()) return error("no line that begins with INS, expected instrument parameters of GSAS", 1);
    if (kind == nullptr) return error("no INS HTYPE, expected the kind of histogram", 1);
    const std::string_view type = trimmed(kind->text);
    if (type.size() < 3 || type[0] != 'P' || (type[1] != 'X' && type[1] != 'N') || type[2] != 'C')
      return error("histogram type " + in_quotes(type) + ", expected PXC or PNC (constant wavelength)", kind->line);
    if (constants == nullptr) return error("no INS " + wanted + " ICONS, expected the wavelength of the bank", 1);

    InstrumentSettings settings;
    settings.source = place_.file;
    const bool neutrons = type[1] == 'N';
    constexpr std::array<std::pair<std::size_t, std::size_t>, 6> fields{{{0, 10}, {10, 10}, {20, 10}, {40, 10}, {50, 5}, {55, 10}}};
    std::array<double, 6> value{};  // first wavelength, second, zero, POLA, IPOLA, ratio
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto [at, width] = fields[i];
      const std::string_view field = at < constants->text.size() ? trimmed(constants->text.substr(at, width)) : std::string_view{};
      if (field.empty()) continue;
      const auto number = number_in(field);
      if (!number)
        return error(in_quotes(field) + " is not a number, expected wavelengths, zero, POLA, IPOLA and ratio in columns of ICONS",
                     constants->line);
      value[i] = *number;
    }
    std::optional<Anode> anode;
    if (const Entry* tube = find(wanted, " IRAD ")) {
      constexpr std::array<std::optional<Anode>, 8> anodes = {std::nullopt, Anode::Cr, Anode::Fe,   Anode::Cu,
                                                              Anode::Mo,    Anode::Ag, std::nullopt, Anode::Co};
      const auto number = count_in(trimmed(tube->text));
      if (!number || *number >= anodes.size())
        return error("IRAD " + in_quotes(trimmed(tube->text)) + ", expected 0 to 7", tube->line);
      anode = anodes[*number];
    }
    const bool two = value[1] != 0;
    const auto radiation = tube_radiation(value[0], value[1], value[5] > 0 ? value[5] : 0.5, neutrons ? std::nullopt : anode);
    if (!radiation || (two && radiation->count != 2))
      return error("wavelengths " + show(value[0]) + " and " + show(value[1]) + " with ratio " + show(value[5]) +
                       ", expected Angstrom from 0.01 to 100 and a ratio of at most 1",
                   constants->line);
    settings.radiation = *radiation;
    settings.radiation.probe = neutrons ? Probe::neutrons : Probe::x_rays;
    settings.geometry = two ? Geometry::bragg_brentano : Geometry::debye_scherrer;
    if (!neutrons && value[3] != 0) {
      if (!(value[3] >= 0.01 && value[3] <= 1.5))
        return error("POLA " + show(value[3]) + ", expected 0 (not stated) or a number from 0.01 to 1", constants->line);
      // IPOLA 1: POLA is cos²2θ of the monochromator itself.
      settings.polarisation = value[4] == 1 ? value[3] : std::max(0.0, polarisation_from_gsas(value[3]));
    }
    if (const Entry* name = find(wanted, "INAME ")) settings.name = std::string(trimmed(name->text));

    GsasProfile profile;
    profile.zero = 0.01 * value[2];
    if (const auto [fault, line] = read_profile(wanted, profile); !fault.empty()) return error(fault, line);
    settings.instrument = from_gsas(profile);
    if (const std::string fault = instrument_fault(settings.instrument); !fault.empty()) return error(fault, constants->line);
    return settings;
  }

 private:
  struct Entry {
    std::string_view bank, item, text;
    std::size_t line = 0;
  };

  Error error(const std::string& what, std::size_t line) const { return Error(what, Place{place_.file, line}); }

  const Entry* find(std::string_view bank, std::string_view item) const noexcept {
    for (const Entry& entry : entries_)
      if (entry.bank == bank && trimmed(entry.item) == trimmed(item)) return &entry;
    return nullptr;
  }

  /// The line of coefficients `row` (from 1) of profile `set`, which is ' ' for a file with one profile.
  const Entry* row(std::string_view bank, char set, char row) const noexcept {
    for (const Entry& entry : entries_)
      if (entry.bank == bank && entry.item.starts_with("PRCF") && entry.item[4] == set && entry.item[5] == row) return &entry;
    return nullptr;
  }

  /// Reads the profile of a bank; what is wrong with it, and in which line, where something is.
  std::pair<std::string, std::size_t> read_profile(std::string_view bank, GsasProfile& profile) const {
    for (const char wanted : {'3', '4', '2', '1'})
      for (const char set : std::string_view(" 123456789")) {
        const Entry* head = row(bank, set, ' ');
        if (head == nullptr) continue;
        const auto words = words_of(head->text);
        if (words.empty() || words[0].size() != 1 || words[0][0] != wanted) continue;
        std::array<double, 12> c{};
        for (std::size_t r = 0; r < 3; ++r) {
          const Entry* entry = row(bank, set, static_cast<char>('1' + r));
          if (entry == nullptr) break;
          const auto numbers = words_of(entry->text);
          for (std::size_t i = 0; i < std::min<std::size_t>(numbers.size(), 4); ++i) {
            const auto number = number_in(numbers[i]);
            if (!number) return {in_quotes(numbers[i]) + " is not a number, expected coefficients of a profile", entry->line};
            c[4 * r + i] = *number;
          }
        }
        profile.U = c[0];
        profile.V = c[1];
        profile.W = c[2];
        if (wanted == '3') {
          profile.P = c[3];
          profile.X = c[4];
          profile.Y = c[5];
          profile.SH_over_L = c[6] + c[7];
        } else if (wanted == '4') {
          profile.P = c[3];
          profile.X = c[4];
          profile.SH_over_L = c[9] + c[10];
        } else if (wanted == '2') {
          profile.X = c[3];
          profile.Y = c[4];
        }
        return {};
      }
    return {"no profile of type 1, 2, 3 or 4, expected INS " + std::string(bank) + "PRCF", 1};
  }

  Place place_;
  std::vector<Entry> entries_;
};

/// Reads instrument parameters of GSAS-II.
class InstprmReader {
 public:
  InstprmReader(std::string_view text, std::string source) : text_(without_mark(text)), place_{std::move(source)} {}

  Result<InstrumentSettings> read(std::size_t bank) {
    if (!is_instprm(text_)) return error("expected \"#GSAS-II instrument parameter file\" on the first line", 1);
    if (const std::string fault = collect(bank); !fault.empty()) return error(fault, fault_line_);
    const Item* type = find("Type");
    if (type == nullptr) return error("no Type, expected PXC or PNC", 1);
    if (type->text != "PXC" && type->text != "PNC")
      return error("type " + in_quotes(type->text) + ", expected PXC or PNC (constant wavelength)", type->line);

    InstrumentSettings settings;
    settings.source = place_.file;
    const bool neutrons = type->text == "PNC";
    GsasProfile profile;
    double first = 0, second = 0, ratio = 0.5, pola = 0, radius = 0, constant = 0;
    const std::pair<std::string_view, double*> wanted[] = {
        {"Lam", &first},        {"Lam1", &first},       {"Lam2", &second},      {"I(L2)/I(L1)", &ratio}, {"Zero", &profile.zero},
        {"Polariz.", &pola},    {"U", &profile.U},      {"V", &profile.V},      {"W", &profile.W},       {"X", &profile.X},
        {"Y", &profile.Y},      {"Z", &constant},       {"SH/L", &profile.SH_over_L}, {"Gonio.radius", &radius}};
    for (const auto& [name, number] : wanted)
      if (const Item* item = find(name)) {
        const auto value = number_in(item->text);
        if (!value) return error(in_quotes(item->text) + " is not a number, expected one for " + std::string(name), item->line);
        *number = *value;
      }
    for (const std::string_view name : {"U", "V", "W"})
      if (find(name) == nullptr) return error("no " + std::string(name) + ", expected the widths of the instrument", 1);
    if (constant != 0)
      return error("Z " + show(constant) + ", expected 0: a Lorentzian part that does not depend on the angle is not modelled",
                   find("Z")->line);
    std::optional<Anode> anode;
    if (const Item* source = find("Source"); source != nullptr && !neutrons)
      anode = anode_named(source->text.substr(0, 2));
    const auto radiation = tube_radiation(first, second, ratio, anode);
    if (!radiation || (second != 0 && radiation->count != 2))
      return error("wavelengths " + show(first) + " and " + show(second) + " with ratio " + show(ratio) +
                       ", expected Lam, or Lam1 and Lam2, in Angstrom from 0.01 to 100 and a ratio of at most 1",
                   1);
    settings.radiation = *radiation;
    settings.radiation.probe = neutrons ? Probe::neutrons : Probe::x_rays;
    settings.geometry = radiation->count == 2 ? Geometry::bragg_brentano : Geometry::debye_scherrer;
    if (const Item* geometry = find("Diff-type")) {
      if (is_word(geometry->text, "bragg-brentano")) settings.geometry = Geometry::bragg_brentano;
      else if (is_word(geometry->text, "debye-scherrer")) settings.geometry = Geometry::debye_scherrer;
      else
        return error("Diff-type " + in_quotes(geometry->text) + ", expected Bragg-Brentano or Debye-Scherrer", geometry->line);
    }
    if (!neutrons && pola != 0) {
      if (!(pola >= 0.01 && pola <= 1.5))
        return error("Polariz. " + show(pola) + ", expected 0 (not stated) or a number from 0.01 to 1", find("Polariz.")->line);
      settings.polarisation = std::max(0.0, polarisation_from_gsas(pola));
    }
    if (radius != 0) {
      if (!(radius >= 1e-3 && radius <= 1e5))
        return error("radius " + show(radius) + ", expected a positive number of mm", find("Gonio.radius")->line);
      settings.radius = radius;
    }
    if (const Item* name = find("InstrName")) settings.name = std::string(name->text);
    settings.instrument = from_gsas(profile);
    if (const std::string fault = instrument_fault(settings.instrument); !fault.empty()) return error(fault, find("U")->line);
    return settings;
  }

 private:
  struct Item {
    std::string name;  ///< without blanks
    std::string_view text;
    std::size_t line = 0;
  };

  Error error(const std::string& what, std::size_t line) const { return Error(what, Place{place_.file, line}); }

  const Item* find(std::string_view name) const noexcept {
    for (const Item& item : items_)
      if (item.name == name) return &item;
    return nullptr;
  }

  /// Gathers the items of a bank ("#Bank n: …"), or of a file that names none.
  std::string collect(std::size_t bank) {
    LineReader lines{text_};
    bool named = false, here = true;
    for (std::string_view line; lines.next(line);) {
      fault_line_ = lines.number;
      line = trimmed(line);
      if (line.empty()) continue;
      if (line.front() == '#') {
        if (begins_with(line, "#bank")) {
          const auto number = count_in(trimmed(line.substr(5, line.find(':') == std::string_view::npos ? 0 : line.find(':') - 5)));
          if (!number) return "no number of a bank, expected \"#Bank 1: ...\"";
          named = true;
          here = *number == bank;
        }
        continue;
      }
      for (std::string_view rest = line; !rest.empty();) {
        const std::size_t colon = rest.find(':');
        if (colon == std::string_view::npos || rest.find(';') < colon) return in_quotes(rest) + " has no colon, expected \"item:value\"";
        std::string name;
        for (const char c : rest.substr(0, colon))
          if (c != ' ' && c != '\t') name += c;
        std::string_view value = rest.substr(colon + 1);
        if (const std::string_view start = trimmed(value); start.starts_with("\"\"\"") || start.starts_with("'''")) {
          // Text over several lines, of which nothing is used.
          const std::string_view mark = start.substr(0, 3);
          if (start.find(mark, 3) == std::string_view::npos)
            for (bool open = true; open;) {
              if (!lines.next(line)) return "text opened by " + std::string(mark) + " is not closed, expected " + std::string(mark);
              open = line.find(mark) == std::string_view::npos;
            }
          break;
        }
        const std::size_t end = std::min(value.find(';'), value.size());
        rest = end < value.size() ? trimmed(value.substr(end + 1)) : std::string_view{};
        if (here) items_.push_back({std::move(name), trimmed(value.substr(0, end)), lines.number});
      }
    }
    if (named && items_.empty()) return "no bank " + std::to_string(bank) + ", expected one of that number";
    return {};
  }

  std::string_view text_;
  Place place_;
  std::vector<Item> items_;
  std::size_t fault_line_ = 1;
};

}  // namespace detail

/// The settings of a bank from instrument parameters of GSAS or GSAS-II in memory; the content tells which. What is read is
/// said at the top of this header. `source` names the text in messages and in the result.
inline Result<InstrumentSettings> try_parse_gsas_instrument(std::string_view text, std::string source, std::size_t bank = 1) {
  if (detail::is_instprm(text)) return detail::InstprmReader(text, std::move(source)).read(bank);
  return detail::PrmReader(text, std::move(source)).read(bank);
}

/// `try_parse_gsas_instrument` that throws the error.
inline InstrumentSettings parse_gsas_instrument(std::string_view text, std::string source, std::size_t bank = 1) {
  return try_parse_gsas_instrument(text, std::move(source), bank).value();
}

/// The settings of a bank from a .prm or .instprm file. Errors carry file and line.
inline Result<InstrumentSettings> try_read_gsas_instrument(const std::filesystem::path& path, std::size_t bank = 1) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_gsas_instrument(text.value(), path.string(), bank);
}

/// `try_read_gsas_instrument` that throws the error.
inline InstrumentSettings read_gsas_instrument(const std::filesystem::path& path, std::size_t bank = 1) {
  return try_read_gsas_instrument(path, bank).value();
}

}  // namespace lamella::inline LAMELLA_ABI
