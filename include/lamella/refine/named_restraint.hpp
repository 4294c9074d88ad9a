// Restraints on quantities that have a name: parameters, bond lengths, slab and interslab. Being data, they can be saved.
#pragma once

#include <lamella/core/error.hpp>                    // fail
#include <lamella/core/scalar.hpp>                   // Scalar
#include <lamella/crystal/structure.hpp>             // Structure
#include <lamella/crystal/symmetry_operation.hpp>    // SymmetryOperation
#include <lamella/crystal/unit_cell.hpp>             // metric
#include <lamella/diffraction/powder_model.hpp>      // PowderModel
#include <lamella/fit/parameters.hpp>                // for_each_parameter, parameter_names
#include <lamella/layered/layer_metrology.hpp>       // measure_layers
#include <lamella/refine/restraint.hpp>              // Restraint, restrain

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// A quantity of a model that was found by its name.
struct NamedQuantity {
  enum class Kind : std::uint8_t { parameter, distance, slab_thickness, interslab_distance };

  Kind kind = Kind::parameter;
  std::size_t phase = 0, first = 0, second = 0;  ///< of the parameter: `first`; of a distance: the sites
  SymmetryOperation operation;                   ///< to the image of the second site …
  std::array<double, 3> shift{};                 ///< … and into its cell

  template <Scalar T>
  T distance(const Structure<T>& s) const {
    using std::sqrt;
    const auto &p = s.sites[first].position, q = operation(s.sites[second].position);
    const T x = q.x + T(shift[0]) - p.x, y = q.y + T(shift[1]) - p.y, z = q.z + T(shift[2]) - p.z;
    const auto g = metric(s.cell);
    return sqrt(g.xx * x * x + g.yy * y * y + g.zz * z * z + T(2.0) * (g.xy * x * y + g.xz * x * z + g.yz * y * z));
  }

  template <class Model>
  auto operator()(const Model& model) const {
    using T = typename std::remove_cvref_t<Model>::scalar;
    T value(0.0);
    if (kind == Kind::parameter) {
      std::size_t i = 0;
      for_each_parameter([&](const T& x) { value = i++ == first ? x : value; }, model);
    } else if (kind == Kind::distance) {
      value = distance(structure_of(model.phases[phase].crystal));
    } else if (const auto layers = measure_layers(structure_of(model.phases[phase].crystal))) {
      value = kind == Kind::slab_thickness ? layers->slab_thickness() : layers->interslab_distance();
    }
    return value;
  }

  /// Chooses the image of the second site that is nearest to the first now.
  void choose_image(const Structure<double>& s) {
    constexpr double same = 1e-3;  // Å
    double shortest = INFINITY;
    NamedQuantity tried = *this, nearest = *this;
    const auto& p = s.sites[first].position;
    for (const auto& op : s.space_group.operations()) {
      const auto q = op(s.sites[second].position);
      const std::array<double, 3> home{std::round(p.x - q.x), std::round(p.y - q.y), std::round(p.z - q.z)};
      tried.operation = op;
      for (int i = -2; i <= 2; ++i)
        for (int j = -2; j <= 2; ++j)
          for (int k = -2; k <= 2; ++k) {
            tried.shift = {home[0] + i, home[1] + j, home[2] + k};
            const double d = tried.distance(s);
            if (d < same || d >= shortest) continue;
            shortest = d;
            nearest = tried;
          }
    }
    *this = nearest;
  }
};

/// The quantity of that name; nothing where the model has none.
inline std::optional<NamedQuantity> find_quantity(const PowderModel<>& model, const std::string& name) {
  using Kind = NamedQuantity::Kind;
  const auto names = parameter_names(model);
  if (const auto found = std::find(names.begin(), names.end(), name); found != names.end())
    return NamedQuantity{Kind::parameter, 0, static_cast<std::size_t>(found - names.begin()), 0, {}, {}};
  for (std::size_t p = 0; p < model.phases.size(); ++p) {
    const std::string& phase = model.phases[p].name;
    const auto& crystal = model.phases[p].crystal;
    for (const auto& [kind, word] : {std::pair{Kind::slab_thickness, ".slab_thickness"}, {Kind::interslab_distance, ".interslab_distance"}})
      if (name == phase + word && measure_layers(crystal)) return NamedQuantity{kind, p, 0, 0, {}, {}};
    for (std::size_t i = 0; i < crystal.sites.size(); ++i)
      for (std::size_t j = 0; j < crystal.sites.size(); ++j)
        if (name == phase + ".distance." + crystal.sites[i].label + "." + crystal.sites[j].label) {
          NamedQuantity q{Kind::distance, p, i, j, {}, {}};
          q.choose_image(crystal);
          return q;
        }
  }
  return std::nullopt;
}

}  // namespace detail

/// Whether a model has a quantity of that name: see `restrain`.
inline bool has_quantity(const PowderModel<>& model, const std::string& name) { return detail::find_quantity(model, name).has_value(); }

/// Restrains a quantity of `model` by its name: a parameter ("O3.O1.z"), the shortest distance between a site and the images of
/// another or of itself ("O3.distance.Cr1.O1", Å; which image that is stays as it is now), or, in a phase of layers,
/// "O3.slab_thickness" or "O3.interslab_distance" (Å). Throws where the model has no such quantity or `sigma` is not positive.
inline Restraint<Structure<double>> restrain(const PowderModel<>& model, const std::string& quantity, double target, double sigma) {
  const auto found = detail::find_quantity(model, quantity);
  if (!found)
    fail("restraint " + quantity + ": the model has no such quantity, expected a parameter, PHASE.distance.SITE.SITE, or of layers PHASE.slab_thickness or PHASE.interslab_distance");
  auto restraint = restrain<Structure<double>>(quantity, target, sigma, *found);
  restraint.named = true;
  return restraint;
}

}  // namespace lamella
