// Crystal structures from CIF files.
//
// What is read of a data block, and how:
// - Cell: the six _cell_ values in Å and degrees.
// - Space group: the symmetry operations (_space_group_symop_operation_xyz, _symmetry_equiv_pos_as_xyz) where the block
//   lists them; they must be a closed set. Otherwise the Hall symbol, or without one the Hermann-Mauguin symbol, or
//   without one the number (standard setting), as `find_setting` knows them; an R group without ":H" or ":R" has the axes
//   that its cell shows. A symbol or number that contradicts the operations is an error, and so is a cell that does not
//   have the symmetry of the group, or a symbol that leaves the choice of origin open (P m m n without operations).
// - Sites: label, species (_atom_site_type_symbol; without one the leading letters of the label), fractional
//   coordinates, occupancy (1 where absent), U_iso: _atom_site_U_iso_or_equiv, or B_iso_or_equiv / 8π², or the
//   equivalent of the anisotropic U_ij or B_ij of the same label; `default_u_iso` where there is none of them.
//   Coordinates within 10⁻³ (fraction of an edge) of a special position are moved onto it, e.g. 0.3333 to 1/3. Sites
//   whose images lie closer than 0.5 Å to each other with more than one atom in that place are an error: they lie near
//   a special position but not on it. Dummy atoms (_atom_site_calc_flag dum) are left out. A label used again gets the
//   element appended ("M1", "M1_Mn").
// - Esds in parentheses, "2.97421(5)" in units of the last digit or "2.97421(0.00005)": of the cell, the coordinates, the
//   occupancies and of U_iso or B_iso; `parse_measured_cif` and `read_measured_cif` give them, the other readers leave them out.
// - Tags may be in any case and in the spelling of newer dictionaries (_cell.length_a).
//
// - Anisotropic displacements only where `CifOptions::anisotropic` asks for them: those of a label with all six U_ij or B_ij, with
//   their esds. They must be such as the site symmetry allows, and are made so exactly where rounding left them a little off.
//
// Not read: disorder groups, modulated and magnetic structures.
#pragma once

#include <lamella/chemistry/element.hpp>           // Element, find_element
#include <lamella/chemistry/species.hpp>           // Species, try_parse_species
#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/measured.hpp>               // Measured
#include <lamella/core/result.hpp>                 // Result
#include <lamella/crystal/coordinates.hpp>         // Fractional
#include <lamella/crystal/hall_symbol.hpp>         // try_parse_hall_symbol
#include <lamella/crystal/measured_structure.hpp>  // MeasuredStructure
#include <lamella/crystal/space_group.hpp>         // SpaceGroup, find_setting, identify_setting
#include <lamella/crystal/special_position.hpp>    // nearest_special_position
#include <lamella/crystal/structure.hpp>           // Structure, Site, multiplicity
#include <lamella/crystal/symmetry_operation.hpp>  // SymmetryOperation, detail::read_operation
#include <lamella/crystal/tensor_symmetry.hpp>     // displacement_freedom
#include <lamella/crystal/unit_cell.hpp>           // UnitCell, metric, reciprocal_metric, is_valid
#include <lamella/io/default_displacement.hpp>     // default_u_iso
#include <lamella/io/detail/cif_document.hpp>      // CifDocument, parse_cif_syntax
#include <lamella/io/detail/text.hpp>              // parse_number, in_quotes, show
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What is read of a CIF beside the usual.
struct CifOptions {
  bool anisotropic = false;  ///< `Site::u_aniso` where the file has all of a tensor; otherwise only their mean, in `u_iso`
};

namespace detail {

/// One data block and what its tags mean. Keeps the first error and goes on with harmless values until asked for it.
class CifReader {
 public:
  CifReader(const CifDocument& document, const CifBlock& block, const CifOptions& options)
      : source_(document.source), block_(block), options_(options) {}

  Result<MeasuredStructure> structure() {
    MeasuredStructure result;
    result.structure.name = block_.name;
    read_cell(result);
    if (!fault_) read_space_group(result.structure);
    if (!fault_) read_sites(result);
    if (fault_) return *fault_;
    return result;
  }

 private:
  /// The values of one tag: a column of a loop, or the one value of a pair.
  struct Column {
    const CifItem* item;
    std::size_t index;
    std::size_t size() const { return item->values.size() / item->tags.size(); }
    const CifValue& operator[](std::size_t row) const {
      return item->values[row * item->tags.size() + index];
    }
    const std::string& tag() const { return item->tags[index]; }
  };

  void complain(const std::string& what, std::size_t line) {
    if (!fault_) fault_ = Error(what, Place{source_, line});
  }

  /// The column of the first of `tags` that the block has. A tag given twice is an error.
  std::optional<Column> column(std::initializer_list<std::string_view> tags) {
    for (const std::string_view tag : tags) {
      std::optional<Column> found;
      for (const auto& item : block_.items)
        for (std::size_t i = 0; i < item.tags.size(); ++i) {
          if (item.tags[i] != tag) continue;
          if (found)
            complain("tag " + std::string(tag) + " is given twice, expected once (also on line " +
                         std::to_string(found->item->line) + ")",
                     item.line);
          else found = Column{&item, i};
        }
      if (found) return found;
    }
    return std::nullopt;
  }

  /// The one value of the first of `tags` that has one and is not null.
  const CifValue* single(std::initializer_list<std::string_view> tags) {
    for (const std::string_view tag : tags)
      if (const auto c = column({tag}); c && c->size() == 1 && !trimmed((*c)[0].text).empty())
        return &(*c)[0];
    return nullptr;
  }

  /// A number with or without an esd in parentheses ("2.97421(5)"), within bounds; 0 after a complaint.
  Measured measured(const CifValue& value, const std::string& name, double low, double high,
                    const std::string& unit = "") {
    const std::string expected =
        ", expected a number from " + show(low) + " to " + show(high) + (unit.empty() ? "" : " " + unit);
    std::string_view text = value.text;
    std::string_view esd;
    if (const auto open = text.find('('); open != std::string_view::npos) {
      if (text.size() >= open + 3 && text.back() == ')') esd = text.substr(open + 1, text.size() - open - 2);
      if (esd.empty() || esd.find_first_not_of("0123456789.") != std::string_view::npos) {
        complain(name + " " + in_quotes(text) + " is not a number with an esd in parentheses" + expected,
                 value.line);
        return {};
      }
      text = text.substr(0, open);
    }
    const auto [x, fault] = parse_number(text);
    const auto [u, esd_fault] = esd.empty() ? ParsedNumber{} : parse_esd(text, esd);
    if (fault != NumberFault::none)
      complain(
          name + " " + (value.is_null ? "? or ." : in_quotes(value.text)) + " " + describe(fault) + expected,
          value.line);
    else if (esd_fault != NumberFault::none)
      complain(name + " " + in_quotes(value.text) + ": the esd in parentheses " + describe(esd_fault) +
                   ", expected such as 1.234(5)",
               value.line);
    else if (!(x >= low && x <= high)) complain(name + " " + show(x) + expected, value.line);
    else return {x, u};
    return {};
  }
  double number(const CifValue& value, const std::string& name, double low, double high) {
    return measured(value, name, low, high).value;
  }

  /// The esd of the number `text`: with a decimal point as it is, without one in units of the number's last digit.
  static ParsedNumber parse_esd(std::string_view text, std::string_view esd) {
    if (esd.find('.') != std::string_view::npos) return parse_number(esd);
    const std::size_t end = std::min(text.find_first_of("eE"), text.size());
    const std::size_t point = text.substr(0, end).find('.');
    long exponent = 0;
    if (end < text.size()) {
      std::string_view power = text.substr(end + 1);
      if (power.starts_with('+')) power.remove_prefix(1);
      if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec != std::errc{})
        return {0, NumberFault::out_of_range};
    }
    if (point != std::string_view::npos) exponent -= static_cast<long>(end - point - 1);
    return parse_number(std::string(esd) + "e" + std::to_string(exponent));
  }

  void read_cell(MeasuredStructure& result) {
    std::size_t line = block_.line;
    const auto read = [&](std::string_view tag, double low, double high, const std::string& unit, double& value,
                          double& esd) {
      const auto c = column({tag});
      if (c && c->size() == 1) {
        line = (*c)[0].line;
        const Measured m = measured((*c)[0], std::string(tag), low, high, unit);
        value = m.value;
        esd = m.esd;
        return;
      }
      complain("no " + std::string(tag) + " in data block " + in_quotes(block_.name) +
                   ", expected the six values of the unit cell",
               c ? c->item->line : block_.line);
      value = esd = 0;
    };
    auto& cell = result.structure.cell;
    auto& esds = result.esds.cell;
    read("_cell_length_a", 0.1, 1e4, "Å", cell.a, esds.a);
    read("_cell_length_b", 0.1, 1e4, "Å", cell.b, esds.b);
    read("_cell_length_c", 0.1, 1e4, "Å", cell.c, esds.c);
    read("_cell_angle_alpha", 1, 179, "degrees", cell.alpha, esds.alpha);
    read("_cell_angle_beta", 1, 179, "degrees", cell.beta, esds.beta);
    read("_cell_angle_gamma", 1, 179, "degrees", cell.gamma, esds.gamma);
    if (!is_valid(cell))
      complain("impossible unit cell (a b c alpha beta gamma = " + to_string(cell) +
                   "), expected angles that enclose a volume",
               line);
  }

  /// The operations that the block lists, and their line; empty where it lists none.
  std::vector<SymmetryOperation> operations(std::size_t& line) {
    std::vector<SymmetryOperation> result;
    const auto c = column({"_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz"});
    if (!c) return result;
    line = c->item->line;
    for (std::size_t row = 0; row < c->size() && !fault_; ++row) {
      const CifValue& value = (*c)[row];
      if (value.is_null && c->size() == 1) break;
      std::string_view text = trimmed(value.text);
      const std::size_t digits = text.find_first_not_of("0123456789");  // "10 -x,z,y" in one value
      if (digits != std::string_view::npos && digits > 0 && (text[digits] == ' ' || text[digits] == '\t'))
        text = trimmed(text.substr(digits));
      SymmetryOperation op;
      if (const OperationFault fault = read_operation(text, op); fault.what != nullptr)
        complain("symmetry operation " + in_quotes(text) + ", character " +
                     std::to_string(fault.position + 1) + ": " + fault.what + "; " +
                     std::string(operation_grammar),
                 value.line);
      result.push_back(op);
    }
    return result;
  }

  static bool same_operations(const SpaceGroup& a, const SpaceGroup& b) {
    const auto has = [&](const SymmetryOperation& op) {
      return std::find(b.operations().begin(), b.operations().end(), op) != b.operations().end();
    };
    return a.order() == b.order() && std::all_of(a.operations().begin(), a.operations().end(), has);
  }

  void read_space_group(Structure<double>& result) {
    const CifValue* symbol =
        single({"_space_group_name_h-m_alt", "_symmetry_space_group_name_h-m", "_space_group_name_h-m_full"});
    const CifValue* number_value = single({"_space_group_it_number", "_symmetry_int_tables_number"});
    int stated = 0;
    if (number_value != nullptr) {
      const double x = number(*number_value, "space group number", 1, 230);
      stated = static_cast<int>(x);
      if (x != stated)
        complain("space group number " + show(x) + ", expected a whole number", number_value->line);
    }
    const std::string name = symbol != nullptr ? symbol->text : std::string();
    const SpaceGroupSetting* tabulated = symbol != nullptr ? find_setting(name) : nullptr;
    if (tabulated != nullptr && stated != 0 && tabulated->number != stated)
      complain("space group number " + std::to_string(stated) + " contradicts the symbol " + in_quotes(name) +
                   ", expected " + std::to_string(tabulated->number),
               number_value->line);
    std::size_t line = block_.line;
    const auto listed = operations(line);
    if (fault_) return;
    const CifValue* hall = single({"_space_group_name_hall", "_symmetry_space_group_name_hall"});
    if (!listed.empty()) {
      read_listed_group(result.space_group, listed, line, name, stated, tabulated);
    } else if (hall != nullptr) {
      line = hall->line;
      read_hall_group(result.space_group, *hall, name, stated, tabulated);
    } else if (symbol == nullptr && stated == 0) {
      complain("no space group in data block " + in_quotes(block_.name) +
                   ", expected symmetry operations or a Hermann-Mauguin symbol",
               block_.line);
    } else {
      const SpaceGroupSetting* found = symbol != nullptr ? tabulated : find_setting(stated);
      const CifValue& as_stated = symbol != nullptr ? *symbol : *number_value;
      line = as_stated.line;
      const std::string quoted_name = "space group " + in_quotes(as_stated.text);
      const bool choice_stated = !plain_symbol(name).choice.empty();
      if (found != nullptr && found->choice == "H" && !choice_stated && std::abs(result.cell.gamma - 120) > 1)
        found = find_setting(found->number, "R");  // the cell tells
      if (found == nullptr)
        complain(quoted_name + " is not tabulated, expected the list of its symmetry operations", line);
      else if (found->choice.starts_with('2') && !choice_stated)
        complain(quoted_name + " has two choices of origin, expected \"" + std::string(found->symbol) +
                     " :2\" or the symmetry operations",
                 line);
      else result.space_group = space_group(*found);
    }
    if (!fault_) require_symmetric(result.cell, result.space_group, line);
  }

  void read_hall_group(SpaceGroup& group, const CifValue& hall, const std::string& name, int stated,
                       const SpaceGroupSetting* tabulated) {
    const auto operations = try_parse_hall_symbol(trimmed(hall.text), Place{source_, hall.line});
    if (!operations) {
      if (!fault_) fault_ = operations.error();
      return;
    }
    group = SpaceGroup(operations.value(), hall.text, stated);
    const SpaceGroupSetting* found = identify_setting(group);
    if (found == nullptr) return;
    group = space_group(*found);
    const int expected = tabulated != nullptr ? tabulated->number : stated;
    if (expected != 0 && expected != found->number)
      complain("the Hall symbol " + in_quotes(hall.text) + " is that of " + group.name() + " (number " +
                   std::to_string(found->number) + "), expected one of " +
                   (tabulated != nullptr ? in_quotes(name) : "number " + std::to_string(stated)),
               hall.line);
  }

  void read_listed_group(SpaceGroup& group, const std::vector<SymmetryOperation>& listed, std::size_t line,
                         const std::string& name, int stated, const SpaceGroupSetting* tabulated) {
    std::string plain;
    for (const char c : name)
      if (c != ' ' && c != '_' && c != '\t') plain += c;
    auto generated =
        SpaceGroup::try_generated_by(listed, plain.empty() ? "unnamed" : plain, stated, Place{source_, line});
    if (!generated) {
      fault_ = generated.error();
      return;
    }
    group = generated.value();
    auto distinct = listed;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    if (distinct.size() != group.order())
      complain("the " + std::to_string(distinct.size()) +
                   " symmetry operations are not a group, expected all " + std::to_string(group.order()) +
                   " that they generate",
               line);
    const SpaceGroupSetting* found = identify_setting(group);
    if (tabulated != nullptr) {
      const SpaceGroup named = space_group(*tabulated);
      const bool rhombohedral_axes = tabulated->choice == "H" && 3 * group.order() == named.order();
      if (same_operations(group, named)) group = named;
      else if (group.order() != named.order() && !rhombohedral_axes)
        complain(std::to_string(group.order()) + " symmetry operations contradict the space group " +
                     in_quotes(name) + ", expected " + std::to_string(named.order()),
                 line);
      else if (found != nullptr && found->number != tabulated->number)
        complain("the symmetry operations are those of " + space_group(*found).name() +
                     " and contradict the space group " + in_quotes(name) + ", expected number " +
                     std::to_string(tabulated->number) + ", not " + std::to_string(found->number),
                 line);
      else if (found != nullptr) group = space_group(*found);
      return;
    }
    if (found == nullptr) return;
    const SpaceGroup named = space_group(*found);
    if (stated != 0 && stated != found->number)
      complain("the symmetry operations are those of " + named.name() + ", expected space group number " +
                   std::to_string(found->number) + ", not " + std::to_string(stated),
               line);
    if (plain.empty()) group = named;
  }

  /// The metric must be the same before and after each operation.
  void require_symmetric(const UnitCell<double>& cell, const SpaceGroup& group, std::size_t line) {
    const auto m = metric(cell);
    const double g[3][3] = {{m.xx, m.xy, m.xz}, {m.xy, m.yy, m.yz}, {m.xz, m.yz, m.zz}};
    for (const auto& op : group.operations())
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
          double image = 0;
          for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t l = 0; l < 3; ++l)
              image += op.rotation[3 * k + i] * g[k][l] * op.rotation[3 * l + j];
          if (std::abs(image - g[i][j]) > 2e-3 * std::sqrt(g[i][i] * g[j][j]))
            complain("the cell " + to_string(cell) + " does not have the symmetry of space group " +
                         in_quotes(group.name()) +
                         ", expected the axes of its symmetry operations (standard setting, hexagonal axes "
                         "for R groups)",
                     line);
        }
  }

  /// The species of a site from its type symbol, or from its label where it has none.
  Species species(const CifValue* type, const CifValue& label) {
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto letter = [&](char c) { return upper(c) || (c >= 'a' && c <= 'z'); };
    const auto lowered = [&](std::string text) {  // "LA1+" as "La1+"
      if (text.size() > 1 && upper(text[1])) text[1] = static_cast<char>(text[1] - 'A' + 'a');
      return text;
    };
    if (type != nullptr && !type->text.empty()) {
      const auto exact = try_parse_species(type->text);
      if (exact) return exact.value();
      const auto other_case = try_parse_species(lowered(type->text));
      if (other_case) return other_case.value();
      const std::string fault = exact.error().what();  // begins with the text in quotes
      complain("site " + in_quotes(label.text) + ": " + in_quotes(type->text) +
                   fault.substr(type->text.size() + 2),
               type->line);
      return {};
    }
    const std::string& text = label.text;
    const std::string letters(text.begin(), std::find_if_not(text.begin(), text.end(), letter));
    const Element* two = letters.size() == 2 ? find_element(lowered(letters)) : nullptr;
    const Element* one = letters.size() == 1 || (letters.size() == 2 && upper(letters[1]))
                             ? find_element(std::string_view(letters).substr(0, 1))
                             : nullptr;
    const Element* e = two != nullptr ? two : one;
    if (two != nullptr && one != nullptr)
      complain("site label " + in_quotes(text) + " may begin with " + std::string(one->symbol) + " or " +
                   std::string(two->symbol) + ", expected _atom_site_type_symbol",
               label.line);
    if (e == nullptr)
      complain("site label " + in_quotes(text) +
                   " names no element, expected _atom_site_type_symbol or a label that begins with" +
                   " an element symbol",
               label.line);
    return e == nullptr ? Species{} : Species{static_cast<std::uint8_t>(e->atomic_number), 0};
  }

  /// A tensor U_ij as the file has it, Å²: U11 U22 U33 U12 U13 U23.
  struct StatedTensor {
    std::array<Measured, 6> u;
    std::size_t line = 0;

    AnisotropicDisplacement<double> values() const {
      return {u[0].value, u[1].value, u[2].value, u[3].value, u[4].value, u[5].value};
    }
    AnisotropicDisplacement<double> esds() const { return {u[0].esd, u[1].esd, u[2].esd, u[3].esd, u[4].esd, u[5].esd}; }
  };

  /// The anisotropic U_ij (or B_ij) of a label; nothing where the block does not have all six.
  std::optional<StatedTensor> stated_tensor(const std::string& label) {
    const auto labels = column({"_atom_site_aniso_label"});
    if (!labels) return std::nullopt;
    constexpr std::string_view suffix[6] = {"11", "22", "33", "12", "13", "23"};
    for (std::size_t row = 0; row < labels->size(); ++row) {
      if ((*labels)[row].text != label) continue;
      StatedTensor tensor;
      tensor.line = (*labels)[row].line;
      for (std::size_t i = 0; i < 6; ++i) {
        const std::string u = "_atom_site_aniso_u_" + std::string(suffix[i]);
        const std::string b = "_atom_site_aniso_b_" + std::string(suffix[i]);
        const auto c = column({u, b});
        if (!c || c->item != labels->item || (*c)[row].is_null) return std::nullopt;
        tensor.u[i] = measured((*c)[row], "site " + in_quotes(label) + ": " + c->tag(), -400, 400, "Å²");
        if (c->tag() == b) tensor.u[i] = {tensor.u[i].value / b_per_u, tensor.u[i].esd / b_per_u};
      }
      return tensor;
    }
    return std::nullopt;
  }

  /// The equivalent isotropic U of a tensor, Å².
  double equivalent_u(const StatedTensor& tensor, const std::string& label, const UnitCell<double>& cell) {
    const double u = equivalent_displacement(cell, tensor.values());
    if (!(u >= 0 && u <= largest_u_iso))
      complain("site " + in_quotes(label) + ": anisotropic displacements with a mean of " + show(u) + ", expected 0 to " +
                   show(largest_u_iso) + " Å²",
               tensor.line);
    return u;
  }

  /// The tensor of a site, as its symmetry has it exactly.
  AnisotropicDisplacement<double> symmetric_tensor(const StatedTensor& stated, const Site<double>& site, const Structure<double>& s) {
    constexpr std::string_view names[6] = {"U11", "U22", "U33", "U12", "U13", "U23"};
    const auto r = reciprocal_metric(s.cell);
    std::array<double, 6> u{};
    for (const auto& row : displacement_freedom(s.space_group, site.position, {std::sqrt(r.xx), std::sqrt(r.yy), std::sqrt(r.zz)})) {
      std::size_t lead = 0;
      while (row[lead] == 0) ++lead;
      for (std::size_t i = 0; i < u.size(); ++i) u[i] += row[i] * stated.u[lead].value;
    }
    for (std::size_t i = 0; i < u.size(); ++i) {
      constexpr double rounding = 1e-3, share = 0.01;  // Å²: a unit of the third decimal, as published
      if (std::abs(u[i] - stated.u[i].value) > rounding + share * std::abs(u[i]))
        complain("site " + in_quotes(site.label) + ": " + std::string(names[i]) + " " + show(stated.u[i].value) +
                     " is not what the site symmetry allows, expected " + show(u[i]),
                 stated.line);
    }
    return {u[0], u[1], u[2], u[3], u[4], u[5]};
  }

  void read_sites(MeasuredStructure& measured_structure) {
    Structure<double>& result = measured_structure.structure;
    const auto x = column({"_atom_site_fract_x"});
    const auto y = column({"_atom_site_fract_y"});
    const auto z = column({"_atom_site_fract_z"});
    if (!x || !y || !z || y->item != x->item || z->item != x->item) {
      complain("no x, y and z of the sites, expected _atom_site_fract_x, _y and _z in one loop",
               x ? x->item->line : block_.line);
      return;
    }
    const std::array<Column, 3> xyz = {*x, *y, *z};
    const std::size_t loop_line = x->item->line;
    const auto of_sites = [&](std::initializer_list<std::string_view> tags) {
      const auto c = column(tags);
      return c && c->item == x->item ? c : std::nullopt;
    };
    const auto labels = of_sites({"_atom_site_label"});
    const auto types = of_sites({"_atom_site_type_symbol"});
    const auto occupancies = of_sites({"_atom_site_occupancy"});
    const auto u_iso = of_sites({"_atom_site_u_iso_or_equiv"});
    const auto b_iso = of_sites({"_atom_site_b_iso_or_equiv"});
    const auto flags = of_sites({"_atom_site_calc_flag"});
    const auto multiplicities =
        of_sites({"_atom_site_symmetry_multiplicity", "_atom_site_site_symmetry_multiplicity"});
    if (!labels && !types)
      complain("sites without labels and species, expected _atom_site_label or _atom_site_type_symbol",
               loop_line);

    for (std::size_t row = 0; row < x->size() && !fault_; ++row) {
      if (flags && (*flags)[row].text == "dum") continue;
      const CifValue& label = (labels ? *labels : *types)[row];
      const std::string named = "site " + in_quotes(label.text);
      if (label.text.empty()) complain("site without a label, expected one such as Na1", label.line);
      Site<double> site;
      site.label = label.text;
      site.species = species(types ? &(*types)[row] : nullptr, label);
      const auto coordinate = [&](std::size_t i) {
        return measured(xyz[i][row], named + ": " + xyz[i].tag(), -100, 100, "(fraction of the cell edge)");
      };
      const std::array<Measured, 3> stated = {coordinate(0), coordinate(1), coordinate(2)};
      site.position = nearest_special_position(result.space_group,
                                               {stated[0].value, stated[1].value, stated[2].value});
      Measured occupancy{1, 0}, u{default_u_iso, 0};
      if (occupancies && !(*occupancies)[row].is_null)
        occupancy = measured((*occupancies)[row], named + ": occupancy", 0, 1);
      if (u_iso && !(*u_iso)[row].is_null)
        u = measured((*u_iso)[row], named + ": U_iso", 0, largest_u_iso, "Å²");
      else if (b_iso && !(*b_iso)[row].is_null) {
        const Measured b = measured((*b_iso)[row], named + ": B_iso", 0, largest_b_iso, "Å²");
        u = {b.value / b_per_u, b.esd / b_per_u};
      } else if (const auto tensor = stated_tensor(site.label)) u.value = equivalent_u(*tensor, site.label, result.cell);
      const auto anisotropic = options_.anisotropic ? stated_tensor(site.label) : std::nullopt;
      if (anisotropic) {
        equivalent_u(*anisotropic, site.label, result.cell);
        site.u_aniso = symmetric_tensor(*anisotropic, site, result);
      }
      site.occupancy = occupancy.value;
      site.u_iso = u.value;
      if (fault_) return;
      require_room(site, result, (*x)[row], named);
      if (multiplicities && !(*multiplicities)[row].is_null)
        require_multiplicity(site, result, (*multiplicities)[row], named);
      const auto taken = [&] {
        return std::any_of(result.sites.begin(), result.sites.end(),
                           [&](const auto& other) { return other.label == site.label; });
      };
      if (taken()) site.label += "_" + std::string(element(site.species).symbol);
      if (taken())
        complain(named + " is listed twice with the same element, expected different labels", label.line);
      Site<double> esds{
          site.label, site.species, {stated[0].esd, stated[1].esd, stated[2].esd}, occupancy.esd, u.esd, {}};
      if (anisotropic) esds.u_aniso = anisotropic->esds();
      measured_structure.esds.sites.push_back(std::move(esds));
      result.sites.push_back(std::move(site));
    }
    if (result.sites.empty())
      complain("no atoms in the loop of sites, expected at least one that is no dummy", loop_line);
  }

  /// A site next to its own images must be occupied so rarely that there is room for all of them.
  void require_room(const Site<double>& site, const Structure<double>& s, const CifValue& at,
                    const std::string& named) {
    const auto m = metric(s.cell);
    std::vector<Fractional<double>> distinct;
    for (const auto& op : s.space_group.operations()) {
      const auto image = op(site.position);
      const auto shift = [](double to, double from) { return to - from - std::round(to - from); };
      const Fractional<double> d{shift(image.x, site.position.x), shift(image.y, site.position.y),
                                 shift(image.z, site.position.z)};
      const double squared = d.x * d.x * m.xx + d.y * d.y * m.yy + d.z * d.z * m.zz +
                             2 * (d.y * d.z * m.yz + d.x * d.z * m.xz + d.x * d.y * m.xy);
      if (!(squared < 0.25)) continue;
      const bool known = std::any_of(distinct.begin(), distinct.end(), [&](const auto& other) {
        return std::abs(other.x - d.x) < 1e-6 && std::abs(other.y - d.y) < 1e-6 &&
               std::abs(other.z - d.z) < 1e-6;
      });
      if (!known) distinct.push_back(d);
    }
    if (static_cast<double>(distinct.size()) * site.occupancy > 1.05)
      complain(named + ": " + std::to_string(distinct.size()) + " symmetry images of occupancy " +
                   show(site.occupancy) +
                   " lie within 0.5 Å of each other, expected coordinates on the special position to 0.001 "
                   "(such as 0.3333)" +
                   " or a lower occupancy",
               at.line);
  }

  /// A stated multiplicity must be that of the position; some programs write it without lattice centring, or the order
  /// of the site symmetry in its place.
  void require_multiplicity(const Site<double>& site, const Structure<double>& s, const CifValue& stated,
                            const std::string& named) {
    const auto& group = s.space_group;
    const auto found = multiplicity(group, site.position);
    const auto centring = static_cast<std::size_t>(std::count_if(
        group.operations().begin(), group.operations().end(),
        [](const SymmetryOperation& op) { return op.rotation == SymmetryOperation{}.rotation; }));
    const double value = number(stated, named + ": multiplicity", 1, 192);
    for (const std::size_t right : {found, group.order() / found, found / centring})
      if (value == static_cast<double>(right)) return;
    complain(named + ": stated multiplicity " + show(value) + ", expected " + std::to_string(found) +
                 " for its position in space group " + in_quotes(group.name()),
             stated.line);
  }

  static constexpr double largest_u_iso = 5;    // Å²
  static constexpr double largest_b_iso = 390;  // Å²: below 8π² of it, so that what is read as B can be written as U

  static constexpr double b_per_u = 8 * std::numbers::pi * std::numbers::pi;

  const std::string& source_;
  const CifBlock& block_;
  const CifOptions options_;
  std::optional<Error> fault_;
};

inline bool has_atoms(const CifBlock& block) {
  return std::any_of(block.items.begin(), block.items.end(), [](const CifItem& item) {
    return std::find(item.tags.begin(), item.tags.end(), "_atom_site_fract_x") != item.tags.end();
  });
}

inline Error no_atoms(const CifDocument& document) {
  const auto& blocks = document.blocks;
  return Error((blocks.size() == 1 ? "no atoms in data block " + in_quotes(blocks.front().name)
                                   : "no atoms in any of " + std::to_string(blocks.size()) + " data blocks") +
                   ", expected a loop of sites with _atom_site_fract_x, _y and _z",
               Place{document.source, blocks.front().line});
}

}  // namespace detail

/// The structures of all data blocks that have atoms, in the order of the file, from CIF text in memory; what is read is
/// said at the top of this header. `source` names the text in messages.
inline Result<std::vector<Structure<double>>> try_parse_cif_structures(std::string_view text,
                                                                       std::string source, const CifOptions& options = {}) {
  const auto document = detail::parse_cif_syntax(text, std::move(source));
  if (!document) return document.error();
  std::vector<Structure<double>> structures;
  for (const auto& block : document.value().blocks) {
    if (!detail::has_atoms(block)) continue;
    auto structure = detail::CifReader(document.value(), block, options).structure();
    if (!structure) return structure.error();
    structures.push_back(std::move(structure).value().structure);
  }
  if (structures.empty()) return detail::no_atoms(document.value());
  return structures;
}

/// The structure of the first data block that has atoms, or of the block named `block` (without "data_"), with the esds that
/// the block states, from CIF text in memory. Other blocks are checked for their syntax only.
inline Result<MeasuredStructure> try_parse_measured_cif(std::string_view text, std::string source,
                                                        std::string_view block = {}, const CifOptions& options = {}) {
  const auto document = detail::parse_cif_syntax(text, std::move(source));
  if (!document) return document.error();
  std::string names;
  for (const auto& candidate : document.value().blocks) {
    if (block.empty() ? detail::has_atoms(candidate) : candidate.name == block)
      return detail::CifReader(document.value(), candidate, options).structure();
    names += (names.empty() ? "" : ", ") + candidate.name;
  }
  if (block.empty()) return detail::no_atoms(document.value());
  return Error("no data block " + detail::in_quotes(block) + ", expected one of " + names,
               Place{document.value().source, 1});
}

/// `try_parse_measured_cif` without the esds.
inline Result<Structure<double>> try_parse_cif(std::string_view text, std::string source,
                                               std::string_view block = {}, const CifOptions& options = {}) {
  auto measured = try_parse_measured_cif(text, std::move(source), block, options);
  if (!measured) return measured.error();
  return std::move(measured).value().structure;
}

/// `try_parse_cif_structures` that throws the error.
inline std::vector<Structure<double>> parse_cif_structures(std::string_view text, std::string source, const CifOptions& options = {}) {
  return try_parse_cif_structures(text, std::move(source), options).value();
}

/// `try_parse_cif` that throws the error.
inline Structure<double> parse_cif(std::string_view text, std::string source, std::string_view block = {}, const CifOptions& options = {}) {
  return try_parse_cif(text, std::move(source), block, options).value();
}

/// `try_parse_measured_cif` that throws the error.
inline MeasuredStructure parse_measured_cif(std::string_view text, std::string source, std::string_view block = {}, const CifOptions& options = {}) {
  return try_parse_measured_cif(text, std::move(source), block, options).value();
}

/// The structures of all data blocks of a CIF file that have atoms. Errors carry file and line.
inline Result<std::vector<Structure<double>>> try_read_cif_structures(const std::filesystem::path& path, const CifOptions& options = {}) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_cif_structures(text.value(), path.string(), options);
}

/// `try_read_cif_structures` that throws the error.
inline std::vector<Structure<double>> read_cif_structures(const std::filesystem::path& path, const CifOptions& options = {}) {
  return try_read_cif_structures(path, options).value();
}

/// The structure of the first data block of a CIF file that has atoms, or of the block named `block`. Errors carry file
/// and line.
inline Result<Structure<double>> try_read_cif(const std::filesystem::path& path,
                                              std::string_view block = {}, const CifOptions& options = {}) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_cif(text.value(), path.string(), block, options);
}

/// `try_read_cif` that throws the error.
inline Structure<double> read_cif(const std::filesystem::path& path, std::string_view block = {}, const CifOptions& options = {}) {
  return try_read_cif(path, block, options).value();
}

/// The same with the esds that the file states.
inline Result<MeasuredStructure> try_read_measured_cif(const std::filesystem::path& path, std::string_view block = {}, const CifOptions& options = {}) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_measured_cif(text.value(), path.string(), block, options);
}

/// `try_read_measured_cif` that throws the error.
inline MeasuredStructure read_measured_cif(const std::filesystem::path& path, std::string_view block = {}, const CifOptions& options = {}) {
  return try_read_measured_cif(path, block, options).value();
}

}  // namespace lamella::inline LAMELLA_ABI
