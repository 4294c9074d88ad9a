// Any bytes as a formula, a template and sublattices: no crash, and what is accepted survives the round trip.
#include <lamella/chemistry.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"

using namespace lamella;

namespace {

/// `compute` may refuse its input, but only with an Error.
template <class Compute>
void run(Compute compute) {
  try {
    compute();
  } catch (const Error& e) {
    require(std::string_view(e.what()).find(": ") != std::string_view::npos, "message without a reason",
            e.what());
    require(std::string_view(e.what()).find('\n') == std::string_view::npos, "message of several lines",
            e.what());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto formula = try_parse_formula(text)) {
    const Formula& f = formula.value();
    require(parse_formula(to_string(f)) == f, "formula changes in the round trip", text);
    require(std::isfinite(molar_mass(f)) && molar_mass(f) > 0, "molar mass", text);
    // A formula is also a template that does not depend on x.
    const auto constant = try_parse_formula_template(text);
    require(constant && constant.value().at(0.5) == f, "template of a formula", text);
    run([&] {
      const Sublattices layers = partition(f);
      const double anions = layers.anion.total();
      require(std::abs(anions - 2) < 1e-9, "anions", text);
      require(std::isfinite(configurational_entropy(f, per_atom, without_alkali_vacancies, by_species).in_R),
              "entropy", text);
    });
    run([&] {
      for (const OxidationState& s : oxidation_states(f))
        require(s.min <= s.max && std::isfinite(s.chosen), "oxidation states", text);
    });
    run([&] {
      const RedoxSequence r = redox_sequence(f);
      double given = 0;
      for (const RedoxStep& step : r) given += step.electrons;
      require(std::abs(given + r.x_limit - r.alkali) <= 1e-9 * (1 + r.alkali), "electrons and what is left of the alkali", text);
      require(r.cation_limited_capacity >= 0 && r.cation_limited_capacity <= r.theoretical_capacity * (1 + 1e-12), "capacities", text);
      for (const OxidationState& s : oxidation_states_at(partition(f), 0.5 * r.alkali))
        require(s.min <= s.max && std::isfinite(s.chosen), "oxidation states at half the alkali", text);
    });
  } else {
    run([&] { (void)parse_formula(text); });
  }
  if (const auto formula = try_parse_formula_template(text)) {
    const FormulaTemplate& f = formula.value();
    require(parse_formula_template(to_string(f)) == f, "template changes in the round trip", text);
    const double low = f.lowest_x(), high = f.highest_x();
    if (low <= high && high - low < 1e6) run([&] { (void)f.at(0.5 * (low + high)); });
  }
  run([&] {
    const Sublattices layers = parse_sublattices(text);
    const Sublattices again = parse_sublattices(to_string(layers));
    const auto close = [](const Formula& x, const Formula& y) {
      for (const auto& [species, amount] : x)
        if (std::abs(y.amount(species) - amount) > 1e-12 * amount) return false;
      return x.size() == y.size();
    };
    require(close(layers.alkali, again.alkali) && close(layers.slab, again.slab) &&
                close(layers.anion, again.anion),
            "sublattices change in the round trip", text);
  });
  return 0;
}
