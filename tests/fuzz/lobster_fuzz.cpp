// Any bytes as a list or as curves of LOBSTER: one clear error, or something sound. The first byte chooses the reader.
#include <lamella/bonding/bond_groups.hpp>
#include <lamella/io/cohpcar.hpp>
#include <lamella/io/icohplist.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"

using namespace lamella;

namespace {

void check(const Error& error) {
  const std::string_view what = error.what();
  require(what.starts_with("a.lobster:") && what.find("expected") != std::string_view::npos, "message", what);
  require(what.find('\n') == std::string_view::npos && what.size() < 400, "message of several lines or too long", what);
}

void check(const BondStrengthList& list, std::string_view text) {
  require(!list.bonds.empty() && !list.partners.empty(), "no bonds", text);
  for (std::size_t i = 0; i < list.bonds.size(); ++i) {
    const BondStrength& bond = list.bonds[i];
    require(bond.number == i + 1 && bond.first < list.partners.size() && bond.second < list.partners.size(), "bond", text);
    require(std::isfinite(bond.spins_summed()) && bond.length > 0 && std::isfinite(bond.length) && bond.averaged_over > 0, "number", text);
    require(list.spin_polarised || bond.by_spin[1] == 0, "spin", text);
  }
  for (const auto& part : list.by_orbitals)
    require(part.bond < list.bonds.size() && part.first_orbital < list.orbitals.size() && part.second_orbital < list.orbitals.size() &&
                std::isfinite(part.spins_summed()),
            "orbital", text);
  std::size_t count = 0;
  for (const auto& pair : by_element_pair(list)) {
    const BondGroup group = bond_group(list, pair.bonds);
    require(std::isfinite(group.sum_over_bonds) && std::isfinite(group.spread_per_bond) && group.count > 0, "group", text);
    require(!first_shell(list, pair.bonds).empty(), "first shell", text);
    std::size_t shells = 0;
    for (const auto& shell : by_distance(list, pair.bonds)) shells += shell.size();
    require(shells == group.count, "shells", text);
    count += group.count;
  }
  require(count == list.bonds.size(), "pairs", text);
  if (!list.fragments)
    for (const auto& group : by_elements(list, anion_bridges(list))) require(std::isfinite(group.difference), "bridge", text);
}

void check(const CohpCurves& curves, std::string_view text) {
  require(curves.values.size() == 2 * curves.spins() * curves.interactions.size() * curves.energies.size(), "size", text);
  require(!curves.interactions.empty() && curves.interactions.front().is_average(), "average", text);
  for (const double x : curves.values) require(std::isfinite(x), "value", text);
  for (std::size_t i = 1; i < curves.energies.size(); ++i) require(curves.energies[i] > curves.energies[i - 1], "energies", text);
  if (curves.energies.front() <= 0 && curves.energies.back() >= 0)
    require(std::isfinite(curves.integral_to_fermi_level(curves.interactions.size() - 1)), "Fermi level", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    const auto list = try_parse_icohplist(text, "a.lobster");
    list ? check(list.value(), text) : check(list.error());
  } else {
    const auto curves = try_parse_cohpcar(text, "a.lobster");
    curves ? check(curves.value(), text) : check(curves.error());
  }
  return 0;
}
