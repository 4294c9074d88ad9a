// Crystal structures as CIF text.
//
// One data block with the cell, its volume, the space group (symbol, number and Hall symbol where the operations are those
// of a tabulated setting, and all operations in any case) and the sites with their multiplicity; sites with anisotropic
// displacements have their tensor in a loop of its own and its mean among the sites. Numbers without an esd
// read back as the same doubles; with an esd they are rounded by the rule of 19 ("2.97421(5)").
//
// Tags of the IUCr core dictionary: S. R. Hall, F. H. Allen & I. D. Brown, Acta Cryst. A47 (1991) 655.
#pragma once

#include <lamella/chemistry/species.hpp>           // to_string
#include <lamella/core/error.hpp>                  // fail
#include <lamella/core/measured.hpp>               // Measured, to_string
#include <lamella/crystal/space_group.hpp>         // identify_setting, hermann_mauguin_symbol
#include <lamella/crystal/structure.hpp>           // Structure, multiplicity, equivalent_displacement
#include <lamella/crystal/symmetry_operation.hpp>  // to_string
#include <lamella/crystal/unit_cell.hpp>           // require_valid, volume
#include <lamella/io/atomic_file.hpp>              // write_file

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// Printable ASCII without blanks, for names of data blocks: other characters become "_".
inline std::string cif_name(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, 75)) name += c > ' ' && c < 127 ? c : '_';
  return name.empty() ? "structure" : name;
}

/// A value that reads back as `text`, in quotes where it needs them; control characters become blanks.
inline std::string cif_value(std::string_view text) {
  std::string plain;
  bool bare = !text.empty() && std::string_view("_#$'\"[];?.").find(text.front()) == std::string_view::npos;
  bool apostrophe = false, quote = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = (text[i] >= 0 && text[i] < ' ') || text[i] == 127 ? ' ' : text[i];
    bare = bare && c > ' ';
    apostrophe = apostrophe || c == '\'';
    quote = quote || c == '"';
    plain += c;
  }
  for (const std::string_view reserved : {"data_", "loop_", "save_", "stop_", "global_"}) {
    std::string start;
    for (const char c : plain.substr(0, reserved.size())) start += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    bare = bare && start != reserved;
  }
  if (bare) return plain;
  if (!apostrophe) return "'" + plain + "'";
  if (quote)
    for (char& c : plain) c = c == '"' ? '\'' : c;
  return "\"" + plain + "\"";
}

inline std::string cif_number(double value, double esd, std::string_view what) {
  if (!std::isfinite(value)) fail(std::string(what) + " is not finite, expected a number to write");
  return to_string(Measured{value, std::isfinite(esd) && esd > 0 ? esd : 0});
}

/// The label of site number `i`, from its species where it has none.
inline std::string site_label(const Site<double>& site, std::size_t i) {
  return site.label.empty() ? to_string(site.species) + std::to_string(i + 1) : site.label;
}

inline std::string cif_text(const Structure<double>& s, const Structure<double>* esds) {
  require_valid(s.cell);
  if (s.sites.empty()) fail("no sites in the structure \"" + s.name + "\", expected at least one");
  if (esds != nullptr && esds->sites.size() != s.sites.size())
    fail("esds of " + std::to_string(esds->sites.size()) + " sites, expected " + std::to_string(s.sites.size()));
  const UnitCell<double> none{0, 0, 0, 0, 0, 0};
  const UnitCell<double>& cell_esd = esds != nullptr ? esds->cell : none;
  std::string text = "data_" + cif_name(s.name) + "\n";
  const auto pair = [&](std::string_view tag, double value, double esd) {
    text.append(tag).append(" ").append(cif_number(value, esd, tag)).append("\n");
  };
  pair("_cell_length_a", s.cell.a, cell_esd.a);
  pair("_cell_length_b", s.cell.b, cell_esd.b);
  pair("_cell_length_c", s.cell.c, cell_esd.c);
  pair("_cell_angle_alpha", s.cell.alpha, cell_esd.alpha);
  pair("_cell_angle_beta", s.cell.beta, cell_esd.beta);
  pair("_cell_angle_gamma", s.cell.gamma, cell_esd.gamma);
  if (esds == nullptr) pair("_cell_volume", volume(s.cell), 0);
  if (const SpaceGroupSetting* setting = identify_setting(s.space_group)) {
    text += "_space_group_name_H-M_alt " + cif_value(hermann_mauguin_symbol(*setting)) + "\n";
    text += "_space_group_IT_number " + std::to_string(setting->number) + "\n";
    text += "_space_group_name_Hall " + cif_value(setting->hall) + "\n";
  } else if (!s.space_group.name().empty() && find_setting(s.space_group.name()) == nullptr) {
    text += "_space_group_name_H-M_alt " + cif_value(s.space_group.name()) + "\n";
  }
  text += "loop_\n_space_group_symop_operation_xyz\n";
  for (const auto& op : s.space_group.operations()) text += "'" + to_string(op) + "'\n";
  text +=
      "loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_symmetry_multiplicity\n_atom_site_fract_x\n"
      "_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n_atom_site_adp_type\n_atom_site_U_iso_or_equiv\n";
  for (std::size_t i = 0; i < s.sites.size(); ++i) {
    const Site<double>& site = s.sites[i];
    const Site<double> unknown{"", {}, {0, 0, 0}, 0, 0};
    const Site<double>& esd = esds != nullptr ? esds->sites[i] : unknown;
    if (site.species.atomic_number == 0)
      fail("site \"" + site.label + "\" is a vacancy, expected an element or ion (leave empty sites out)");
    const std::string species = to_string(site.species);
    const std::string position = cif_number(site.position.x, esd.position.x, site.label + ": x") + " " +
                                 cif_number(site.position.y, esd.position.y, site.label + ": y") + " " +
                                 cif_number(site.position.z, esd.position.z, site.label + ": z");
    text += cif_value(site_label(site, i)) + " " + species + " " +
            std::to_string(multiplicity(s.space_group, site.position)) + " " + position;
    text += " " + cif_number(site.occupancy, esd.occupancy, site.label + ": occupancy");
    const double u = site.u_aniso ? equivalent_displacement(s.cell, *site.u_aniso) : site.u_iso;
    text += (site.u_aniso ? " Uani " : " Uiso ") + cif_number(u, esd.u_iso, site.label + ": U_iso") + "\n";
  }
  if (std::none_of(s.sites.begin(), s.sites.end(), [](const Site<double>& site) { return site.u_aniso.has_value(); })) return text;
  text += "loop_\n_atom_site_aniso_label\n";
  for (const char* component : {"11", "22", "33", "12", "13", "23"}) text += "_atom_site_aniso_U_" + std::string(component) + "\n";
  for (std::size_t i = 0; i < s.sites.size(); ++i) {
    const Site<double>& site = s.sites[i];
    if (!site.u_aniso) continue;
    const AnisotropicDisplacement<double> esd = esds != nullptr ? esds->sites[i].u_aniso.value_or(AnisotropicDisplacement<double>{})
                                                                : AnisotropicDisplacement<double>{};
    using Component = double AnisotropicDisplacement<double>::*;
    text += cif_value(site_label(site, i));
    for (const Component component : {&AnisotropicDisplacement<double>::U11, &AnisotropicDisplacement<double>::U22,
                                      &AnisotropicDisplacement<double>::U33, &AnisotropicDisplacement<double>::U12,
                                      &AnisotropicDisplacement<double>::U13, &AnisotropicDisplacement<double>::U23})
      text += " " + cif_number((*site.u_aniso).*component, esd.*component, site.label + ": U_ij");
    text += "\n";
  }
  return text;
}

}  // namespace detail

/// The CIF text of a structure; see the top of this header. Throws where the cell is impossible, a number is not finite, a
/// site is a vacancy, or there are no sites.
inline std::string to_cif(const Structure<double>& structure) { return detail::cif_text(structure, nullptr); }

/// The same with esds: `esds` has the sites of `structure`, in the same order, and in the place of each number its esd (0
/// or NaN: none). The volume is left out, because its esd needs the covariance of the cell. Throws where the numbers of
/// sites differ.
inline std::string to_cif(const Structure<double>& structure, const Structure<double>& esds) {
  return detail::cif_text(structure, &esds);
}

/// Writes `to_cif` to a file, all or nothing. Throws also where the file cannot be written.
inline void write_cif(const std::filesystem::path& path, const Structure<double>& structure) {
  write_file(path, to_cif(structure));
}

}  // namespace lamella::inline LAMELLA_ABI
