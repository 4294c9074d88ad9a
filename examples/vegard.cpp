// vegard: a crystal model of one's own, refined. The cell and the occupancies of an O3 phase follow from one number, its composition.
//
// O3 crystals of the kind of Na(x)CoO2 shrink along a and swell along c as sodium leaves. Where the laws are known, a pattern need
// not tell a, c and the sodium content apart: one x explains all three. The model below says so; the library differentiates it.
// The laws and the pattern are synthetic: the pattern is made here, with counting noise, from x = 0.750, so that what comes out can
// be compared with what went in.
#include <lamella/refine/phase_quantities.hpp>
#include <lamella/refine/rietveld.hpp>

#include <cmath>
#include <cstdio>
#include <random>

using namespace lamella;

// What a crystal model needs is said at `CrystalModel` in lamella/diffraction/phase.hpp: a scalar, `rebind`, its parameters by name …
template <Scalar T = double>
struct VegardO3 {
  using scalar = T;
  template <Scalar U>
  using rebind = VegardO3<U>;

  T x{0.9};      // sodium per formula unit: where the refinement starts
  T z_O{0.265};  // height of the oxygen, fraction of c
  T U{0.008};    // one displacement parameter for all, Å²

  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("x", self.x...);
    visit("z_O", self.z_O...);
    visit("Uiso", self.U...);
  }
};

// … and the structure that follows from them, on any scalar: written with T, it yields derivatives for free.
template <Scalar T>
Structure<T> structure_of(const VegardO3<T>& crystal) {
  const T a = T(2.830) + T(0.060) * crystal.x;   // Å, Vegard's law between x = 0 and 1
  const T c = T(16.80) - T(1.20) * crystal.x;
  const T zero(0.0), half(0.5), one(1.0);
  return {"O3", space_group("R-3m"), hexagonal_cell(a, c),
          {{"Na1", parse_species("Na"), {zero, zero, half}, crystal.x, crystal.U, {}},
           {"Co1", parse_species("Co"), {zero, zero, zero}, one, crystal.U, {}},
           {"O1", parse_species("O"), {zero, zero, crystal.z_O}, one, crystal.U, {}}}};
}

int main() {
  // An instrument, a background and the one phase: the model that the pattern is made from.
  PowderModel<VegardO3<>> truth;
  truth.instrument.W = 0.004;
  truth.background.coefficients = {150, -50, 20};
  truth.phases.push_back({"O3", {.x = 0.750, .z_O = 0.2672}, 0.002, 900});
  PowderPattern pattern;
  pattern.source = "made";
  for (int i = 0; i < 4000; ++i) pattern.two_theta.push_back(15 + 0.025 * i);
  std::vector<double> counts(pattern.two_theta.size());
  PatternCalculator<VegardO3<>>(truth, pattern.two_theta).calculate(truth, counts);
  std::mt19937 random(1);
  for (const double expected : counts) {
    pattern.intensity.push_back(std::poisson_distribution<int>(expected)(random));
    pattern.sigma.push_back(std::sqrt(expected));
  }

  // The same model with a wrong x. `refine` knows how to release the rest; what is our own we name.
  PowderModel<VegardO3<>> start = truth;
  start.phases[0].crystal = {};
  const std::vector<Stage> plan{{"scale and background", {"*.scale", "pattern.background.*"}, 6, 0.8}, {"composition", {"O3.x"}, 10, 0.8},
                                {"sharp", {"O3.z_O", "*.size", "pattern.W"}, 15, 0.1}, {"all", {"O3.Uiso"}, 30, 0}};
  const auto fit = refine(start, pattern, {.plan = plan, .fix = {"pattern.asymmetry"}});

  // Parameters come with esds; what follows from them, too, with all correlations.
  for (const auto& p : named_parameters(fit))
    if (p.name.starts_with("O3.") && p.free) std::printf("%-9s %s\n", p.name.c_str(), to_string(p.value).c_str());
  const Measured c = derived(fit, [](const auto& model) { return structure_of(model.phases[0].crystal).cell.c; });
  const auto layers = refined_layers(fit, 0);
  std::printf("c         %s Å\nslab      %s Å\ninterslab %s Å\nRwp %.2f %%, GoF %.3f, %s\n", to_string(c).c_str(),
              to_string(layers->slab_thickness()).c_str(), to_string(layers->interslab_distance()).c_str(), 100 * fit.agreement.Rwp,
              fit.agreement.GoF, std::string(to_string(fit.status)).c_str());
  return fit.converged() ? 0 : 1;
}
