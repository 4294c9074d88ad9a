// Powder patterns from pdCIF: measured, calculated and background intensities, weights, and the agreement that was published.
//
// Source: International Tables Vol. G (2006), chapter 3.3 and the dictionary cif_pd. What is read of a data block:
// - Intensities: _pd_proc_intensity_total, else _pd_meas_intensity_total, else _pd_meas_counts_total, else
//   _pd_proc_intensity_net; calculated: _pd_calc_intensity_total, else (with net ones) _pd_calc_intensity_net; background:
//   _pd_proc_intensity_bkg_calc, else _pd_meas_intensity_background.
// - Angles: _pd_meas_2theta_scan, else _pd_proc_2theta_corrected, else _pd_meas_2theta_range_min/_max/_inc, else the same of
//   _pd_proc_: angles as measured go before those corrected by a refined zero, because a refinement here has its own.
// - sigma = 1/sqrt(_pd_proc_ls_weight), else the uncertainty in parentheses, else sqrt(max(counts, 1)). Points without
//   intensity, with weight 0 or without calculated intensity (where that column is there) took no part and are left out.
// - Radiation: _diffrn_radiation_wavelength with _wt; anode from _diffrn_radiation_type; neutrons where _diffrn_radiation_probe
//   says so.
// - Published: _pd_proc_ls_prof_R_factor, _wR_factor, _wR_expected, _refine_ls_goodness_of_fit_all,
//   _refine_ls_number_parameters.
// - Refused: time of flight, points by d or Q alone.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/cif_document.hpp>      // parse_cif_syntax
#include <lamella/io/detail/pattern_text.hpp>      // add_point, number_in
#include <lamella/io/detail/text.hpp>              // in_quotes, show
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

/// A powder pattern as published, with what was calculated for it.
struct PdCif {
  std::string block;                   ///< name of the data block
  PowderPattern pattern;               ///< the points that were refined
  std::vector<double> calculated;      ///< intensities of the model, one a point; empty where the file has none
  std::vector<double> background;      ///< one a point; empty where the file has none
  std::size_t points = 0;              ///< in the file, those left out included
  bool corrected_angles = false;       ///< whether the angles are corrected by a refined zero, not as measured

  /// Agreement factors as published, fractions; absent where the file does not state them.
  std::optional<double> Rp, Rwp, Rexp, goodness_of_fit;
  std::optional<std::size_t> parameters;  ///< number of refined parameters as published
};

namespace detail {

/// A number of a CIF with the uncertainty behind it: "5540(160)" is 5540 with 160, "0.0123(15)" 0.0123 with 0.0015.
struct CifNumber {
  double value = 0;
  std::optional<double> esd;
};

inline std::optional<CifNumber> cif_number(std::string_view text) noexcept {
  const std::size_t open = text.find('(');
  CifNumber number;
  const auto value = number_in(text.substr(0, open));
  if (!value) return std::nullopt;
  number.value = *value;
  if (open == std::string_view::npos) return number;
  const std::string_view esd = text.substr(open + 1);
  if (esd.size() < 2 || esd.back() != ')') return std::nullopt;
  const std::string_view digits = esd.substr(0, esd.size() - 1);
  const auto unit = number_in(digits);
  if (!unit || !(*unit >= 0)) return std::nullopt;
  const std::string_view mantissa = text.substr(0, open);
  const std::size_t point = mantissa.find('.');
  const std::size_t exponent = std::min(mantissa.find_first_of("eE"), mantissa.size());
  double scale = 1;
  if (point != std::string_view::npos && digits.find('.') == std::string_view::npos && point < exponent)
    scale = std::pow(10.0, -static_cast<double>(exponent - point - 1));
  if (exponent < mantissa.size())
    if (const auto power = number_in(mantissa.substr(exponent + 1))) scale *= std::pow(10.0, *power);
  number.esd = *unit * scale;
  return number;
}

/// One data block of a pdCIF.
class PdCifReader {
 public:
  PdCifReader(const CifDocument& document, const CifBlock& block) : document_(document), block_(block) {}

  /// The names under which intensities stand, the preferred first.
  static constexpr std::string_view intensity_tags[] = {"_pd_proc_intensity_total", "_pd_meas_intensity_total",
                                                        "_pd_meas_counts_total", "_pd_proc_intensity_net"};

  /// Whether the block has a measured pattern.
  static bool has_pattern(const CifBlock& block) {
    for (const auto& item : block.items)
      for (const std::string_view tag : intensity_tags)
        if (item.values.size() > item.tags.size() && std::find(item.tags.begin(), item.tags.end(), tag) != item.tags.end())
          return true;
    return false;
  }

  Result<PdCif> read() const {
    Column observed;
    for (const std::string_view tag : intensity_tags)
      if (observed = column(tag); observed.has_values()) break;
    if (!observed.has_values()) return error("no measured intensities, expected _pd_meas_intensity_total or its like", block_.line);
    const bool net = observed.tag == "_pd_proc_intensity_net";
    const bool counts = observed.tag == "_pd_meas_counts_total";
    const std::size_t size = observed.size();
    if (size < 2) return error("a single point, expected a pattern of two or more", observed.item->line);
    const Column weight = column("_pd_proc_ls_weight");
    Column calculated = column("_pd_calc_intensity_total");
    if (!calculated.has_values() && net) calculated = column("_pd_calc_intensity_net");
    Column background = column("_pd_proc_intensity_bkg_calc");
    if (!background.has_values()) background = column("_pd_meas_intensity_background");
    for (const Column* other : std::array<const Column*, 3>{&weight, &calculated, &background})
      if (other->has_values() && other->size() != size)
        return error(std::to_string(other->size()) + " values of " + other->tag + ", expected " + std::to_string(size) +
                         " as of " + observed.tag,
                     other->item->line);

    PdCif result;
    result.block = block_.name;
    result.points = size;
    auto angles = two_theta(size, observed.item->line);
    if (!angles) return angles.error();
    result.corrected_angles = angles.value().corrected;
    for (std::size_t i = 0; i < size; ++i) {
      const auto y = observed.at(i), w = weight.at(i), c = calculated.at(i), b = background.at(i);
      for (const Column* from : std::array<const Column*, 4>{&observed, &weight, &calculated, &background})
        if (from->at(i).is_fault)
          return error(in_quotes(from->text(i)) + " is not a number, expected " + from->tag, from->line(i));
      if (!y.number || (weight.has_values() && !(w.number && w.number->value > 0)) || (calculated.has_values() && !c.number))
        continue;
      double sigma = counting_sigma(y.number->value);
      if (w.number) sigma = 1 / std::sqrt(w.number->value);
      else if (y.number->esd && *y.number->esd > 0) sigma = *y.number->esd;
      else if (!counts && net) return error("net intensity without weight or uncertainty, expected _pd_proc_ls_weight", observed.line(i));
      const std::size_t before = result.pattern.size();
      if (const std::string fault = add_point(result.pattern, angles.value().two_theta[i], y.number->value, sigma);
          !fault.empty())
        return error(fault, observed.line(i));
      if (result.pattern.size() == before) continue;
      if (calculated.has_values()) result.calculated.push_back(c.number->value);
      if (background.has_values()) {
        if (!b.number) return error("no background for a refined point, expected " + background.tag, observed.line(i));
        result.background.push_back(b.number->value);
      }
    }
    auto pattern = finished(std::move(result.pattern), Place{document_.source, observed.item->line});
    if (!pattern) return pattern.error();
    result.pattern = std::move(pattern).value();
    result.pattern.radiation = radiation();
    result.Rp = positive("_pd_proc_ls_prof_r_factor");
    result.Rwp = positive("_pd_proc_ls_prof_wr_factor");
    result.Rexp = positive("_pd_proc_ls_prof_wr_expected");
    result.goodness_of_fit = positive("_refine_ls_goodness_of_fit_all");
    if (const auto n = positive("_refine_ls_number_parameters"); n && *n <= 1e9) result.parameters = static_cast<std::size_t>(*n);
    return result;
  }

 private:
  struct Cell {
    std::optional<CifNumber> number;
    bool is_fault = false;  ///< neither a number nor a null
  };

  /// A column of a loop; empty where the tag is nowhere.
  struct Column {
    std::string tag;
    const CifItem* item = nullptr;
    std::size_t index = 0;

    std::size_t size() const noexcept { return item == nullptr ? 0 : item->values.size() / item->tags.size(); }
    std::string_view text(std::size_t row) const { return item->values[row * item->tags.size() + index].text; }
    std::size_t line(std::size_t row) const { return item->values[row * item->tags.size() + index].line; }
    Cell at(std::size_t row) const {
      if (item == nullptr) return {};
      const CifValue& value = item->values[row * item->tags.size() + index];
      if (value.is_null) return {};
      const auto number = cif_number(value.text);
      return {number, !number};
    }
    /// Whether a row has a value.
    bool has_values() const {
      for (std::size_t row = 0; row < size(); ++row)
        if (!item->values[row * item->tags.size() + index].is_null) return true;
      return false;
    }
  };

  struct Angles {
    std::vector<double> two_theta;
    bool corrected = false;
  };

  Error error(const std::string& what, std::size_t line) const { return Error(what, Place{document_.source, line}); }

  Column column(std::string_view tag) const {
    for (const auto& item : block_.items) {
      const auto found = std::find(item.tags.begin(), item.tags.end(), tag);
      if (found != item.tags.end()) return {std::string(tag), &item, static_cast<std::size_t>(found - item.tags.begin())};
    }
    return {std::string(tag), nullptr, 0};
  }

  /// The one number of a tag; nothing where it is absent, null or no number.
  std::optional<double> single(std::string_view tag) const {
    const Column found = column(tag);
    if (found.size() != 1) return std::nullopt;
    const Cell cell = found.at(0);
    return cell.number ? std::optional(cell.number->value) : std::nullopt;
  }
  std::optional<double> positive(std::string_view tag) const {
    const auto number = single(tag);
    return number && *number >= 0 ? number : std::nullopt;
  }

  Result<Angles> two_theta(std::size_t size, std::size_t line) const {
    for (const auto& [tag, corrected] : {std::pair{"_pd_meas_2theta_scan", false}, {"_pd_proc_2theta_corrected", true}}) {
      const Column found = column(tag);
      if (!found.has_values()) continue;
      if (found.size() != size)
        return error(std::to_string(found.size()) + " values of " + found.tag + ", expected " + std::to_string(size) +
                         " as of intensities",
                     found.item->line);
      Angles angles;
      angles.corrected = corrected;
      for (std::size_t i = 0; i < size; ++i) {
        const Cell cell = found.at(i);
        if (!cell.number) return error(in_quotes(found.text(i)) + " is not a number, expected " + found.tag, found.line(i));
        angles.two_theta.push_back(cell.number->value);
      }
      return angles;
    }
    for (const auto& [kind, corrected] : {std::pair{"_pd_meas_2theta_range_", false}, {"_pd_proc_2theta_range_", true}}) {
      const std::string name = kind;
      const auto low = single(name + "min"), high = single(name + "max"), step = single(name + "inc");
      if (!low || !high || !step) continue;
      const std::size_t where = column(name + "min").item->line;
      if (!(*step > 0) || !(*high > *low) || std::abs((*high - *low) / *step - static_cast<double>(size - 1)) > 0.5)
        return error("2theta from " + show(*low) + " to " + show(*high) + " in steps of " + show(*step) + ", expected " +
                         std::to_string(size) + " points as of intensities",
                     where);
      Angles angles;
      angles.corrected = corrected;
      for (std::size_t i = 0; i < size; ++i)
        angles.two_theta.push_back(*low + (*high - *low) * (static_cast<double>(i) / static_cast<double>(size - 1)));
      return angles;
    }
    return error("no angles for the intensities, expected _pd_meas_2theta_scan, _pd_proc_2theta_corrected or a range of 2theta",
                 line);
  }

  std::optional<Radiation> radiation() const {
    const Column lengths = column("_diffrn_radiation_wavelength");
    if (lengths.size() < 1 || lengths.size() > 2) return std::nullopt;
    const Column weights = column("_diffrn_radiation_wavelength_wt");
    double length[2] = {0, 0}, weight[2] = {1, 0.5};
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      const Cell cell = lengths.at(i);
      if (!cell.number) return std::nullopt;
      length[i] = cell.number->value;
      if (weights.size() == lengths.size())
        if (const Cell given = weights.at(i); given.number) weight[i] = given.number->value;
    }
    if (!(weight[0] > 0)) return std::nullopt;
    std::optional<Anode> anode;
    if (const Column type = column("_diffrn_radiation_type"); type.size() == 1 && type.text(0).size() >= 2)
      anode = anode_named(type.text(0).substr(0, 2));
    auto found = tube_radiation(length[0], length[1], lengths.size() == 2 ? weight[1] / weight[0] : 0, anode);
    if (const Column probe = column("_diffrn_radiation_probe"); found && probe.size() == 1 && is_word(probe.text(0), "neutron"))
      found = neutrons(length[0]);
    return found;
  }

  const CifDocument& document_;
  const CifBlock& block_;
};

}  // namespace detail

/// The pattern of a pdCIF in memory, of its first data block with measured intensities or of the one named `block`; what is
/// read is said at the top of this header. `source` names the text in messages and in the result.
inline Result<PdCif> try_parse_pdcif(std::string_view text, std::string source, std::string_view block = {}) {
  const auto document = detail::parse_cif_syntax(text, std::move(source));
  if (!document) return document.error();
  const detail::CifDocument& d = document.value();
  for (const auto& candidate : d.blocks) {
    if (block.empty() ? !detail::PdCifReader::has_pattern(candidate) : candidate.name != block) continue;
    return detail::PdCifReader(d, candidate).read();
  }
  if (!block.empty())
    return Error("no data block " + detail::in_quotes(block) + ", expected one of that name", Place{d.source, 1});
  return Error("no measured powder pattern, expected a loop with _pd_meas_intensity_total or its like",
               Place{d.source, d.blocks.front().line});
}

/// `try_parse_pdcif` that throws the error.
inline PdCif parse_pdcif(std::string_view text, std::string source, std::string_view block = {}) {
  return try_parse_pdcif(text, std::move(source), block).value();
}

/// The pattern of a pdCIF file. Errors carry file and line.
inline Result<PdCif> try_read_pdcif(const std::filesystem::path& path, std::string_view block = {}) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_pdcif(text.value(), path.string(), block);
}

/// `try_read_pdcif` that throws the error.
inline PdCif read_pdcif(const std::filesystem::path& path, std::string_view block = {}) {
  return try_read_pdcif(path, block).value();
}

}  // namespace lamella::inline LAMELLA_ABI
