// Crystal structures from and to POSCAR and CONTCAR files of VASP 4, 5 and 6.
//
// What is read, and how:
// - Comment: the name of the structure.
// - Scale: one factor; a negative one is the volume of the cell in Å³; three factors (VASP 6) stretch the Cartesian
//   components x, y and z. Lattice vectors and Cartesian coordinates are scaled.
// - Cell: lengths and angles of the three vectors. Left-handed vectors a, b, c are read as the right-handed -a, -b, -c with
//   all fractional coordinates negated: the same crystal, not its mirror image.
// - Species: the line of symbols (VASP 5), also over several lines and with repeated elements; what follows "_" or "/" in
//   "Mg_pv/f474ac0d" is left out. Without that line (VASP 4) the symbol behind the coordinates of each atom, or else the
//   comment where it is nothing but one symbol for each count. A charge ("Li1+"), also behind the coordinates, makes an ion.
// - Coordinates: Direct or Cartesian (also "K"); the flags of selective dynamics are read over. Fractional coordinates
//   are kept as written, not brought back into the cell.
// - What follows the last atom (velocities, predictor-corrector data) is left out.
//
// The result is in P1 with all sites full, labels such as "Na1" numbered by element, and U_iso = `default_u_iso`.
//
// Source: VASP wiki, pages POSCAR and CONTCAR.
#pragma once

#include <lamella/chemistry/species.hpp>            // Species, try_parse_species
#include <lamella/core/error.hpp>                   // Error, Place, fail
#include <lamella/core/measured.hpp>                // to_string
#include <lamella/core/result.hpp>                  // Result
#include <lamella/crystal/coordinates.hpp>          // Fractional
#include <lamella/crystal/structure.hpp>            // Structure, Site
#include <lamella/crystal/unit_cell.hpp>            // cartesian_axes, require_valid
#include <lamella/io/atomic_file.hpp>               // write_file
#include <lamella/io/default_displacement.hpp>      // default_u_iso
#include <lamella/io/detail/lattice_vectors.hpp>    // LatticeVectors, triple_product
#include <lamella/io/detail/text.hpp>               // parse_number, take_line, trimmed, in_quotes, show
#include <lamella/io/text_file.hpp>                 // try_read_text_file

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// One POSCAR text. Keeps the first error and goes on with harmless values until asked for it.
class PoscarReader {
 public:
  PoscarReader(std::string_view text, std::string source) : rest_(text), source_(std::move(source)) {
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
  }

  Result<Structure<double>> structure() {
    Structure<double> result;
    const std::string_view comment = trimmed(next("a comment"));
    result.name = comment.empty() ? "POSCAR" : std::string(comment.substr(0, longest_name));
    read_scale();
    read_lattice(result.cell);
    if (!fault_) read_species(comment);
    if (!fault_) read_mode();
    if (!fault_) read_sites(result);
    if (fault_) return *std::move(fault_);
    return result;
  }

  /// Lets files of VASP 4 pass that name no elements: the structure then has no sites.
  PoscarReader& without_names() {
    names_needed_ = false;
    return *this;
  }

  // What follows the last atom, after `structure`.
  std::string_view rest() const noexcept { return rest_; }
  std::size_t line() const noexcept { return line_; }  ///< of the last line read, from 1
  double handedness() const noexcept { return vectors_.handedness(); }
  std::size_t atoms() const noexcept { return std::accumulate(counts_.begin(), counts_.end(), std::size_t{0}); }

 private:
  using Vector = CartesianComponents;

  static constexpr double largest_coordinate = 1000;  // fraction of an edge
  static constexpr std::size_t largest_count = 10'000'000;
  static constexpr std::size_t longest_name = 200;

  void complain(const std::string& what) {
    if (!fault_) fault_ = Error(what, Place{source_, line_});
  }

  /// The next line, without its end; empty after a complaint where there is none.
  std::string_view next(const char* expected) {
    ++line_;
    if (rest_.empty()) {
      complain("the file ends here, expected " + std::string(expected));
      return {};
    }
    return take_line(rest_);
  }

  static std::vector<std::string_view> tokens(std::string_view line) {
    std::vector<std::string_view> all;
    constexpr std::string_view blanks = " \t\f\v";
    for (std::size_t start = line.find_first_not_of(blanks); start != std::string_view::npos;) {
      const std::size_t end = std::min(line.find_first_of(blanks, start), line.size());
      all.push_back(line.substr(start, end - start));
      start = line.find_first_not_of(blanks, end);
    }
    return all;
  }

  double number(std::string_view text, const std::string& name) {
    const auto [x, fault] = parse_number(text);
    if (fault != NumberFault::none) complain(name + " " + in_quotes(text) + " " + describe(fault) + ", expected a number such as 0.25");
    return x;
  }

  void read_scale() {
    const auto words = tokens(next("the scale factor"));
    if (fault_) return;
    std::size_t count = 0;
    while (count < words.size() && parse_number(words[count]).fault == NumberFault::none) ++count;
    if (words.empty() || count == 0) {
      number(words.empty() ? std::string_view() : words[0], "the scale factor");
      return;
    }
    if (count == 2 || count > 3) {
      complain(std::to_string(count) + " scale factors, expected one or three");
      return;
    }
    for (std::size_t i = 0; i < 3; ++i) scale_[i] = number(words[count == 3 ? i : 0], "the scale factor");
    one_scale_ = count == 1;
    for (const double s : scale_)
      if (s == 0 || (!one_scale_ && s < 0))
        complain("scale factor " + show(s) + ", expected " +
                 (one_scale_ ? "a factor above 0, or below 0 the volume of the cell in Å³" : "three factors above 0"));
  }

  void read_lattice(UnitCell<double>& cell) {
    static constexpr std::array<const char*, 3> names = {"lattice vector a", "lattice vector b", "lattice vector c"};
    for (std::size_t i = 0; i < 3; ++i) {
      const auto words = tokens(next(names[i]));
      if (fault_) return;
      if (words.size() < 3) {
        complain(std::string(names[i]) + " has " + std::to_string(words.size()) + " components, expected three");
        return;
      }
      for (std::size_t k = 0; k < 3; ++k) lattice_[i][k] = number(words[k], names[i]);
    }
    if (fault_) return;
    const double before = triple_product(lattice_);
    if (one_scale_ && scale_[0] < 0) {
      const double factor = before == 0 ? 1 : std::cbrt(-scale_[0] / std::abs(before));
      scale_ = {factor, factor, factor};
    }
    for (auto& vector : lattice_)
      for (std::size_t k = 0; k < 3; ++k) vector[k] *= scale_[k];
    if (const auto wrong = vectors_.set(lattice_); !wrong.empty()) complain(wrong);
    cell = vectors_.cell();
  }

  /// The species of "Mg_pv/f474ac0d", "Li1+" or "O", or nothing.
  static std::optional<Species> species_of(std::string_view word) {
    const auto species = try_parse_species(word.substr(0, word.find_first_of("_/")));
    return species ? std::optional(species.value()) : std::nullopt;
  }

  static bool starts_with_letter(std::string_view word) {
    return !word.empty() && (is_upper(word.front()) || is_lower(word.front()));
  }

  void read_species(std::string_view comment) {
    auto words = tokens(next("the symbols or numbers of the atoms"));
    while (!fault_ && !words.empty() && starts_with_letter(words[0])) {
      for (const std::string_view word : words) {
        const auto species = species_of(word);
        if (!species) complain(in_quotes(word) + " is no chemical element or ion, expected a symbol such as Na, Na_pv or Na+");
        else species_.push_back(*species);
      }
      words = tokens(next("the numbers of the atoms"));
    }
    if (fault_) return;
    const bool symbols = !species_.empty();
    std::size_t total = 0;
    for (;;) {
      for (const std::string_view word : words) {
        if (word.front() == '!' || word.front() == '#') break;  // a comment behind the counts
        const double count = number(word, "the number of atoms");
        if (fault_) return;
        if (count != std::floor(count) || count < 0 || count > static_cast<double>(largest_count)) {
          complain("number of atoms " + show(count) + ", expected a whole number from 0 to " + std::to_string(largest_count));
          return;
        }
        counts_.push_back(static_cast<std::size_t>(count));
        total += counts_.back();
      }
      if (!symbols || counts_.size() >= species_.size() || words.empty()) break;
      words = tokens(next("the numbers of the atoms"));
      if (fault_) return;
    }
    if (counts_.empty() || (symbols && counts_.size() != species_.size()))
      complain(std::to_string(counts_.size()) + " numbers of atoms, expected " +
               (symbols ? std::to_string(species_.size()) + ", one for each symbol" : "one for each kind of atom"));
    else if (total == 0 || total > largest_count)
      complain(std::to_string(total) + " atoms, expected 1 to " + std::to_string(largest_count));
    if (fault_ || symbols) return;
    std::vector<Species> named;  // VASP 4: the comment may be the list of symbols
    for (const std::string_view word : tokens(comment))
      if (const auto species = species_of(word)) named.push_back(*species);
    if (named.size() == counts_.size() && tokens(comment).size() == named.size()) named_by_comment_ = std::move(named);
  }

  void read_mode() {
    auto mode = trimmed(next("\"Selective dynamics\", \"Direct\" or \"Cartesian\""));
    if (fault_) return;
    selective_ = mode.starts_with('S') || mode.starts_with('s');
    if (selective_) mode = trimmed(next("\"Direct\" or \"Cartesian\""));
    if (fault_) return;
    const char c = mode.empty() ? ' ' : mode.front();
    cartesian_ = c == 'C' || c == 'c' || c == 'K' || c == 'k';
    if (!cartesian_ && c != 'D' && c != 'd')
      complain(in_quotes(mode) + " in place of the kind of coordinates, expected \"Direct\" or \"Cartesian\"");
  }

  Fractional<double> fractional(const Vector& p) const {
    const double sign = vectors_.handedness();
    if (!cartesian_) return {sign * p[0], sign * p[1], sign * p[2]};
    return vectors_.fractional({scale_[0] * p[0], scale_[1] * p[1], scale_[2] * p[2]});
  }

  void read_sites(Structure<double>& result) {
    std::map<std::string_view, std::size_t> numbers;
    for (std::size_t kind = 0; kind < counts_.size(); ++kind)
      for (std::size_t n = 0; n < counts_[kind]; ++n) {
        const auto words = tokens(next("the coordinates of an atom"));
        if (fault_) return;
        if (words.size() < 3) {
          complain("atom " + std::to_string(result.sites.size() + 1) + " has " + std::to_string(words.size()) +
                   " coordinates, expected three");
          return;
        }
        Vector p{};
        for (std::size_t k = 0; k < 3; ++k) p[k] = number(words[k], "coordinate");
        if (fault_) return;
        const auto position = fractional(p);
        for (const double x : {position.x, position.y, position.z})
          if (!(std::abs(x) <= largest_coordinate)) {
            complain("fractional coordinate " + show(x) + ", expected at most " + show(largest_coordinate) + " in size");
            return;
          }
        std::size_t behind = 3;
        const auto flag = [&](std::size_t i) {
          return i < words.size() && (words[i] == "T" || words[i] == "F" || words[i] == ".TRUE." || words[i] == ".FALSE." ||
                                      words[i] == "t" || words[i] == "f");
        };
        if (flag(3) && flag(4) && flag(5)) behind = 6;
        else if (selective_) {
          complain("no flags of selective dynamics behind the coordinates, expected three of T and F");
          return;
        }
        const auto stated = behind < words.size() ? species_of(words[behind]) : std::nullopt;
        const auto species = species_at(kind, stated);
        if (fault_) return;
        if (species == vacancy) continue;
        const std::string_view name = symbol(species);
        result.sites.push_back({std::string(name) + std::to_string(++numbers[name]), species, position, 1, default_u_iso});
      }
  }

  /// The species of an atom from the list of symbols, and what its own line states.
  Species species_at(std::size_t kind, const std::optional<Species>& stated) {
    const auto& list = species_.empty() ? named_by_comment_ : species_;
    if (list.empty()) {
      if (!stated && names_needed_) complain("no symbol behind the coordinates in a file of VASP 4, expected one such as Na");
      return stated.value_or(vacancy);
    }
    const Species listed = list[kind];
    if (!stated) return listed;
    if (neutral(*stated) == neutral(listed)) return stated->charge != 0 ? *stated : listed;
    if (species_.empty()) return *stated;  // the comment is only a comment
    complain("the atom is " + to_string(*stated) + " here and " + to_string(listed) + " in the list of symbols, expected the same");
    return listed;
  }

  std::string_view rest_;
  std::string source_;
  std::size_t line_ = 0;
  Vector scale_{1, 1, 1};
  bool one_scale_ = true;
  std::array<Vector, 3> lattice_{};
  LatticeVectors vectors_;
  std::vector<Species> species_, named_by_comment_;
  std::vector<std::size_t> counts_;
  bool selective_ = false, cartesian_ = false, names_needed_ = true;
  std::optional<Error> fault_;
};

}  // namespace detail

/// The structure of a POSCAR or CONTCAR from text in memory; what is read is said at the top of this header. `source`
/// names the text in messages.
inline Result<Structure<double>> try_parse_poscar(std::string_view text, std::string source) {
  return detail::PoscarReader(text, std::move(source)).structure();
}

/// `try_parse_poscar` that throws the error.
inline Structure<double> parse_poscar(std::string_view text, std::string source) {
  return try_parse_poscar(text, std::move(source)).value();
}

/// The structure of a POSCAR or CONTCAR file. Errors carry file and line.
inline Result<Structure<double>> try_read_poscar(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_poscar(text.value(), path.string());
}

/// `try_read_poscar` that throws the error.
inline Structure<double> read_poscar(const std::filesystem::path& path) { return try_read_poscar(path).value(); }

/// The POSCAR text (VASP 5, Direct) of a structure: all atoms of the cell, symmetry expanded, grouped by element in the
/// order of the sites; vector a along x, b in the plane of x and y. Charges, labels and displacements are not written.
/// Numbers read back as the same doubles. Throws where a site is not fully occupied or the cell is impossible.
inline std::string to_poscar(const Structure<double>& structure) {
  require_valid(structure.cell);
  if (structure.sites.empty()) fail("no sites in the structure \"" + structure.name + "\", expected at least one");
  std::vector<std::pair<std::string_view, std::vector<Fractional<double>>>> kinds;
  for (const auto& site : structure.sites) {
    if (site.occupancy != 1)
      fail("site \"" + site.label + "\" has occupancy " + detail::show(site.occupancy) +
           ", which a POSCAR cannot hold, expected full sites (an ordered model)");
    const std::string_view name = symbol(site.species);
    auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == name; });
    if (kind == kinds.end()) kind = kinds.insert(kinds.end(), {name, {}});
    const std::size_t first = kind->second.size();
    for (const auto& op : structure.space_group.operations()) {
      const auto image = op(site.position);
      const auto same = [](double x, double y) { return std::abs(x - y - std::round(x - y)) < 2e-3; };
      const bool known = std::any_of(kind->second.begin() + static_cast<std::ptrdiff_t>(first), kind->second.end(), [&](const auto& p) {
        return same(p.x, image.x) && same(p.y, image.y) && same(p.z, image.z);
      });
      if (!known) kind->second.push_back(image);
    }
  }
  std::string name;
  for (const char c : structure.name) name += (c >= 0 && c < ' ') || c == 127 ? ' ' : c;
  const auto axes = cartesian_axes(structure.cell);
  const auto row = [](double x, double y, double z) {
    return "  " + detail::show(x) + " " + detail::show(y) + " " + detail::show(z) + "\n";
  };
  std::string text = (name.empty() ? "POSCAR" : name) + "\n1.0\n" + row(axes.a_x, 0, 0) + row(axes.b_x, axes.b_y, 0) +
                     row(axes.c_x, axes.c_y, axes.c_z);
  std::string counts;
  for (const auto& [symbol, positions] : kinds) {
    text += " " + std::string(symbol);
    counts += " " + std::to_string(positions.size());
  }
  text += "\n" + counts + "\nDirect\n";
  for (const auto& kind : kinds)
    for (const auto& p : kind.second) text += row(p.x, p.y, p.z);
  return text;
}

/// Writes `to_poscar` to a file, all or nothing. Throws also where the file cannot be written.
inline void write_poscar(const std::filesystem::path& path, const Structure<double>& structure) {
  write_file(path, to_poscar(structure));
}

}  // namespace lamella::inline LAMELLA_ABI
