// A synthetic charge and discharge of a layered cathode, O3 to P3 and back: what the sample is at each moment, exactly, and its powder
// patterns with counting noise. Nothing in it was measured: two compositions, their cells at full sodium content and the largest changes
// reported for them (a −3.8 % and −2.0 %, c +4.6 % and +4.1 %) are strung on a course that is made up.
#pragma once

#include <lamella/chemistry/species.hpp>
#include <lamella/crystal/cell_contents.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/crystal/unit_cell.hpp>
#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/diffraction/powder_model.hpp>
#include <lamella/diffraction/powder_pattern.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../support/powder_models.hpp"
#include "../support/random_numbers.hpp"

namespace lamella_test {

/// A composition NaTMO2 and its course.
struct SyntheticMaterial {
  std::string name;
  std::vector<std::pair<std::string, double>> metals;  ///< per formula unit
  double a, c, slab;                ///< Å, of O3 at x = 1
  double shrinks_a, stretches_c;    ///< the largest relative changes
  double extracted;                 ///< sodium per formula unit at the end of charge
  double capacity;                  ///< mAh/g at the end of charge
  double gives_way, takes_over;     ///< sodium that has left O3 when P3 comes, and P3 when O3 is gone
};

inline SyntheticMaterial synthetic_nfm() {
  return {"NFM", {{"Ni", 0.2}, {"Fe", 0.2}, {"Mn", 0.6}}, 2.96, 16.38, 2.26, 0.038, 0.046, 0.562, 136, 0.18, 0.32};
}
inline SyntheticMaterial synthetic_he() {
  return {"HE", {{"Ni", 0.2}, {"Fe", 0.2}, {"Mn", 0.3}, {"Mg", 0.1}, {"Cu", 0.1}, {"Sn", 0.1}}, 3.00, 16.53, 2.21, 0.020, 0.041, 0.502, 117, 0.24, 0.33};
}

/// A phase at one moment.
struct SyntheticPhase {
  double weight_fraction = 0;  ///< 0: not there
  double x = 0;                ///< sodium per formula unit
  double a = 0, c = 0;         ///< Å
  double slab = 0;             ///< Å; the interslab distance is c/3 − slab
  double interslab() const { return c / 3 - slab; }
};

/// The sample at one moment.
struct SyntheticMoment {
  double time = 0;      ///< s, of the middle of the pattern
  double charge = 0;    ///< mAh/g since the start
  double x = 0;         ///< sodium per formula unit, of all phases
  double voltage = 0;   ///< V, a smooth course without meaning
  std::array<SyntheticPhase, 2> phase;  ///< O3, P3
};

/// `count` patterns over one charge and discharge, 900 s each; pattern number count/2 is the end of charge. 4000 points from 10° in steps
/// of 0.02°, Cu Kα. `counts` scales the strongest peak, which has some 5000 for 1; each pattern has noise of its own by `seed`.
class SyntheticRun {
 public:
  explicit SyntheticRun(SyntheticMaterial material, std::size_t count = 500, double counts = 1, std::uint64_t seed = 1, std::size_t points = 4000)
      : material_(std::move(material)), count_(count), counts_(counts), seed_(seed), grid_(even_grid(10, 80.0 / static_cast<double>(points), points)) {}

  const SyntheticMaterial& material() const { return material_; }
  std::size_t size() const { return count_; }
  const std::vector<double>& grid() const { return grid_; }

  /// The patterns between which O3 and P3 are both there, as moments in units of patterns: on charge and on discharge.
  std::array<std::pair<double, double>, 2> two_phases() const {
    const double half = static_cast<double>(count_ / 2), per = half / material_.extracted;
    const double n = static_cast<double>(count_), first = material_.gives_way * per, last = material_.takes_over * per;
    const double back = (n - half) / material_.extracted;
    return {std::pair{first, last}, {n - material_.takes_over * back, n - material_.gives_way * back}};
  }

  SyntheticMoment moment(std::size_t i) const {
    const auto& m = material_;
    const double half = static_cast<double>(count_ / 2), n = static_cast<double>(count_), t = static_cast<double>(i);
    const double u = m.extracted * (t <= half ? t / half : (n - t) / (n - half));  // sodium that has left
    SyntheticMoment s;
    s.time = 900 * (t + 0.5);
    s.charge = m.capacity * u / m.extracted;
    s.x = 1 - u;
    s.voltage = 2.6 + 1.5 * u / m.extracted + (t <= half ? 0.05 : -0.05);
    s.phase[0] = o3(std::min(u, m.gives_way));
    s.phase[1] = p3(std::max(u, m.takes_over));
    // In between both stay as they are, and their shares say how much sodium has left.
    const double share = std::clamp((u - m.gives_way) / (m.takes_over - m.gives_way), 0.0, 1.0);
    const double mass[2] = {(1 - share) * molar_mass(s.phase[0].x), share * molar_mass(s.phase[1].x)};
    for (std::size_t p = 0; p < 2; ++p) s.phase[p].weight_fraction = mass[p] / (mass[0] + mass[1]);
    return s;
  }

  /// What a refinement starts from, and everything about a pattern that does not change: phases "O3" (R-3m) and "P3" (R3m), TM at 0, sites
  /// Na1, the metals, O1 (and O2).
  lamella::PowderModel<> model() const { return model_at(moment(0)); }

  /// The model that pattern number `i` was made from.
  lamella::PowderModel<> model(std::size_t i) const { return model_at(moment(i)); }

  lamella::PowderPattern pattern(std::size_t i) const {
    const auto m = model(i);
    Random random(seed_ * 1000003 + i);
    lamella::PowderPattern p;
    p.source = "synthetic " + material_.name + " " + std::to_string(i);
    p.two_theta = grid_;
    p.intensity.resize(grid_.size());
    lamella::PatternCalculator<lamella::Structure<double>>(m, grid_).calculate(m, p.intensity);
    for (double& y : p.intensity) {
      p.sigma.push_back(std::sqrt(y));  // of the expected counts: see synthetic_pattern.hpp
      y = random.poisson(y);
    }
    return p;
  }

 private:
  SyntheticPhase o3(double u) const {
    const auto& m = material_;
    return at(u, m.a * (1 - 0.9 * m.shrinks_a * u / m.extracted), m.c * (1 + 0.45 * m.stretches_c * u / m.gives_way));
  }
  SyntheticPhase p3(double u) const {
    const auto& m = material_;
    const double most = 0.5 * (m.takes_over + m.extracted);  // where c is longest
    const double off = (u - most) / (m.extracted - most);
    return at(u, m.a * (1 - m.shrinks_a * u / m.extracted), m.c * (1 + m.stretches_c * (1 - 0.1 * off * off)));
  }
  SyntheticPhase at(double u, double a, double c) const { return {0, 1 - u, a, c, material_.slab * (1 - 0.045 * u / material_.extracted)}; }

  lamella::Structure<double> structure(const SyntheticPhase& p, bool prismatic) const {
    using lamella::parse_species;
    lamella::Structure<double> s{prismatic ? "P3" : "O3", lamella::space_group(prismatic ? "R3m" : "R-3m"), lamella::hexagonal_cell(p.a, p.c), {}};
    const double half = 0.5 * p.slab / p.c;
    s.sites.push_back({"Na1", parse_species("Na+"), {0, 0, prismatic ? 1.0 / 6 : 0.5}, p.x, 0.015});
    for (const auto& [metal, share] : material_.metals) s.sites.push_back({metal + "1", parse_species(metal), {0, 0, 0}, share, 0.006});
    s.sites.push_back({"O1", parse_species("O2-"), {0, 0, prismatic ? 1.0 / 3 + half : 1.0 / 3 - half}, 1, 0.009});
    if (prismatic) s.sites.push_back({"O2", parse_species("O2-"), {0, 0, 2.0 / 3 - half}, 1, 0.009});
    return s;
  }
  /// g/mol of NaₓTMO2.
  double molar_mass(double x) const {
    SyntheticPhase p = o3(0);
    p.x = x;
    return lamella::cell_mass(structure(p, false)) / 3;
  }

  lamella::PowderModel<> model_at(const SyntheticMoment& s) const {
    lamella::PowderModel<> m;
    m.diffractometer = {lamella::radiation::CuKa, lamella::Geometry::bragg_brentano, 240, 1};
    m.instrument.displacement = 0.03;
    m.instrument.W = 0.004;
    m.instrument.asymmetry = 0.02;
    m.background.coefficients = {150, -60, 25, -10, 5, 0};
    for (double& c : m.background.coefficients) c *= counts_;
    for (std::size_t p = 0; p < 2; ++p) {
      const auto crystal = structure(s.phase[p], p == 1);
      const double scale = s.phase[p].weight_fraction * counts_ * 70 / (lamella::cell_mass(crystal) * lamella::volume(crystal.cell));
      m.phases.push_back({p == 0 ? "O3" : "P3", crystal, scale, 900, 6e-4});
    }
    return m;
  }

  SyntheticMaterial material_;
  std::size_t count_;
  double counts_;
  std::uint64_t seed_;
  std::vector<double> grid_;
};

}  // namespace lamella_test
