// diffusion_strain: what the cell parameters of a cathode do to a particle that is charged. Volume against sodium content becomes a smooth
// function with error bands, the function a table, and the table sits in the inner loop of a diffusion model.
//
// A sphere of many grains loses sodium through its surface. Where less sodium is left the lattice has another volume; the misfit stresses
// the sphere, and the stress pushes sodium along. Elasticity is isotropic: the grains point everywhere, so a sphere feels a third of the
// relative change of volume in each direction. Before the model is used, it is checked against closed forms: a linear law without feedback.
// The volumes are synthetic: a made-up law with noise.
#include <lamella/core/constants.hpp>
#include <lamella/fit/smooth_function.hpp>
#include <lamella/refine/strain_functions.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <numbers>
#include <random>
#include <vector>

using namespace lamella;

using Table = FunctionTable<65>;

struct Particle {
  double radius = 1e-6, diffusivity = 2e-15;          // m, m²/s
  double youngs_modulus = 120e9, poisson_ratio = 0.3; // Pa
  double start = 0.95, flux = 0;                      // sodium per formula unit; of it leaving per unit area, m/s
  bool stress_drives = true;                          // whether sodium feels the stress
};

struct State {
  double mean, surface;  // sodium per formula unit
  double stress;         // tangential at the surface, Pa; tension is positive
};

// Shells of equal thickness; explicit steps small enough to be stable.
State charge(const Particle& p, const Table& volume, double seconds) {
  constexpr std::size_t shells = 60;
  const double h = p.radius / shells, v0 = volume(p.start), kT = boltzmann_constant * 300;
  std::array<double, shells> x, shell;
  std::array<double, shells + 1> radius{}, flow{};
  x.fill(p.start);
  for (std::size_t i = 0; i < shells; ++i) {
    radius[i + 1] = radius[i] + h;
    shell[i] = (std::pow(radius[i + 1], 3) - std::pow(radius[i], 3)) / 3;
  }
  const double sphere = std::pow(p.radius, 3) / 3;
  // Linear eigenstrain against the start, and how much faster stress lets sodium flow: 1 + x Ω/kT · 2E/3(1 − ν) · Ω/3V.
  const auto strain = [&](double content) { return (volume(content) / v0 - 1) / 3; };
  const auto boost = [&](double content) {
    if (!p.stress_drives) return 1.0;
    const double omega = volume.derivative(content) * 1e-30;  // m³ per sodium
    return 1 + content * omega / kT * 2 * p.youngs_modulus / (3 * (1 - p.poisson_ratio)) * omega / (3 * v0 * 1e-30);
  };

  for (double t = 0; t < seconds;) {
    double fastest = 1;
    for (std::size_t i = 1; i < shells; ++i) {
      const double content = 0.5 * (x[i - 1] + x[i]), factor = boost(content);
      fastest = std::max(fastest, factor);
      flow[i] = -p.diffusivity * factor * (x[i] - x[i - 1]) / h * radius[i] * radius[i];
    }
    flow[shells] = p.flux * p.radius * p.radius;
    const double step = std::min(0.3 * h * h / (p.diffusivity * fastest), seconds - t);
    for (std::size_t i = 0; i < shells; ++i) x[i] -= step * (flow[i + 1] - flow[i]) / shell[i];
    t += step;
  }

  State state{0, 0, 0};
  double mean_strain = 0;
  for (std::size_t i = 0; i < shells; ++i) {
    state.mean += x[i] * shell[i] / sphere;
    mean_strain += strain(x[i]) * shell[i] / sphere;
  }
  state.surface = x[shells - 1] - p.flux * 0.5 * h / (p.diffusivity * boost(x[shells - 1]));
  state.stress = p.youngs_modulus / (1 - p.poisson_ratio) * (mean_strain - strain(state.surface));
  return state;
}

// Constant flux without feedback: J. Crank, The Mathematics of Diffusion, 1975, eq. 6.45; the stress of a strain that is linear in x: Y.-T.
// Cheng & M. W. Verbrugge, J. Appl. Phys. 104 (2008) 083521.
State closed_form(const Particle& p, double strain_per_x, double seconds) {
  const double tau = p.diffusivity * seconds / (p.radius * p.radius);
  double sum = 0;
  for (int n = 1; n < 200; ++n) {
    double root = (n + 0.5) * std::numbers::pi;  // of tan λ = λ
    for (int k = 0; k < 20; ++k) root = std::atan(root) + n * std::numbers::pi;
    sum += std::exp(-root * root * tau) / (root * root);
  }
  const double unit = p.flux * p.radius / p.diffusivity;
  const double mean = p.start - 3 * unit * tau, surface = p.start - unit * (3 * tau + 0.2 - 2 * sum);
  return {mean, surface, p.youngs_modulus / (1 - p.poisson_ratio) * strain_per_x * (mean - surface)};
}

int main() {
  // What an operando run would give: volumes per formula unit with esds, here of a law that is not linear.
  std::mt19937 random(1);
  std::normal_distribution<> noise;
  std::vector<double> x;
  std::vector<Measured> volume;
  for (int i = 0; i < 150; ++i) {
    x.push_back(0.35 + 0.6 * i / 149);
    volume.push_back({40.5 + 2.0 * x.back() - 3.0 * std::pow(x.back() - 0.7, 2) + 0.01 * noise(random), 0.01});
  }
  const SmoothFunction function(x, volume);
  const Table table = tabulate<65>(function);
  std::printf("x     V, Å³ per formula unit  Ω = dV/dx, Å³ per sodium (made with)\n");
  for (const double at : {0.4, 0.6, 0.8, 0.9})
    std::printf("%.2f  %-22s  %s (%.2f)\n", at, to_string(function(at)).c_str(), to_string(function.slope(at)).c_str(), 2.0 - 6.0 * (at - 0.7));

  // The model against the closed form.
  Particle particle;
  particle.flux = 0.45 * particle.radius / 3 / 3600;  // 0.45 sodium an hour
  Particle simple = particle;
  simple.stress_drives = false;
  const Table linear = tabulate<65>([&](double at) { return std::array{42.0 + 2.0 * (at - simple.start), 2.0, 0.0}; }, 0.0, 1.0);
  for (const double minutes : {2, 10, 60}) {
    const State numerical = charge(simple, linear, 60 * minutes), exact = closed_form(simple, 2.0 / 42.0 / 3, 60 * minutes);
    std::printf("check %2.0f min: surface %.5f closed form %.5f, stress %.3f closed form %.3f MPa\n", minutes, numerical.surface, exact.surface, numerical.stress / 1e6,
                exact.stress / 1e6);
  }

  // The table at work, with and without what stress does to diffusion.
  std::printf("minutes  mean x  surface x  stress, MPa  (without feedback: surface x, stress)\n");
  for (const double minutes : {5, 20, 40, 60}) {
    simple = particle;
    simple.stress_drives = false;
    const State full = charge(particle, table, 60 * minutes), plain = charge(simple, table, 60 * minutes);
    std::printf("%7.0f  %.4f  %9.4f  %11.1f  (%.4f, %.1f)\n", minutes, full.mean, full.surface, full.stress / 1e6, plain.surface, plain.stress / 1e6);
  }
}
