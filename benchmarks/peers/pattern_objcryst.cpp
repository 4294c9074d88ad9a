// Times one warm profile of O3-NFM with ObjCryst++ (Debian: libobjcryst-dev): one wavelength, no asymmetry, 13 001 points,
// after the oxygen has moved, so that structure factors and profile are computed anew. Prints microseconds of processor time.
#include <ObjCryst/ObjCryst/Atom.h>
#include <ObjCryst/ObjCryst/Crystal.h>
#include <ObjCryst/ObjCryst/PowderPattern.h>
#include <ObjCryst/ObjCryst/ScatteringPower.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <vector>

using namespace ObjCryst;

int main() {
  std::cout.rdbuf(nullptr);  // it reports on standard output
  constexpr double degree = 3.14159265358979323846 / 180;
  Crystal crystal(2.96, 2.96, 16.38, 90 * degree, 90 * degree, 120 * degree, "R-3m:H");
  crystal.SetUseDynPopCorr(1);
  auto* na = new ScatteringPowerAtom("Na", "Na", 0.5);
  auto* ni = new ScatteringPowerAtom("Ni", "Ni", 0.5);
  auto* fe = new ScatteringPowerAtom("Fe", "Fe", 0.5);
  auto* mn = new ScatteringPowerAtom("Mn", "Mn", 0.5);
  auto* o = new ScatteringPowerAtom("O", "O", 0.5);
  for (auto* power : {na, ni, fe, mn, o}) crystal.AddScatteringPower(power);
  crystal.AddScatterer(new Atom(0, 0, 0.5, "Na1", na, 1));
  crystal.AddScatterer(new Atom(0, 0, 0, "Ni1", ni, 0.2));
  crystal.AddScatterer(new Atom(0, 0, 0, "Fe1", fe, 0.2));
  crystal.AddScatterer(new Atom(0, 0, 0, "Mn1", mn, 0.6));
  auto* oxygen = new Atom(0, 0, 0.2645, "O1", o, 1);
  crystal.AddScatterer(oxygen);

  PowderPattern pattern;
  pattern.SetWavelength(1.5405929);
  pattern.SetPowderPatternPar(10 * degree, 0.01 * degree, 13001);
  auto* phase = new PowderPatternDiffraction;
  phase->SetCrystal(crystal);
  phase->SetReflectionProfilePar(PROFILE_PSEUDO_VOIGT, 5e-4 * degree * degree * 5.545, 2e-4 * degree * degree * 5.545, -2e-4 * degree * degree * 5.545, 0.5, 0);
  pattern.AddPowderPatternComponent(*phase);
  pattern.SetMaxSinThetaOvLambda(std::sin(70 * degree) / 1.5405929);
  pattern.Prepare();
  pattern.GetPowderPatternCalc();

  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    oxygen->SetZ(0.2645 + 1e-6 * (i % 2));
    const std::clock_t start = std::clock();
    const double y = pattern.GetPowderPatternCalc()(6000);
    times.push_back(1e6 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    if (!std::isfinite(y)) return 1;
  }
  std::nth_element(times.begin(), times.begin() + 100, times.end());
  std::fprintf(stderr, "%.1f\n", times[100]);
}
