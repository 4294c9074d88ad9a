// Counts heap allocations: a warm pattern needs none.
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/fit/free_parameters.hpp>
#include <lamella/fit/parameters.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "../support/counted_allocations.hpp"
#include "../support/powder_models.hpp"

using namespace lamella;
using lamella_test::allocations;

TEST_CASE("a warm pattern and its warm derivatives allocate nothing") {
  for (const double asymmetry : {0.0, 0.03}) {
    PowderModel<> m = lamella_test::o3_nfm_pattern();
    m.diffractometer.radiation = radiation::CuKa;
    m.instrument.asymmetry = asymmetry;
    m.background.coefficients.assign(12, 3.0);  // numbers of two digits in names
    m.phases[0].name = "a_phase_with_a_name_too_long_for_short_strings";
    m.phases[0].crystal.sites[0].label = "a_site_with_a_name_too_long_for_short_strings";
    const auto grid = lamella_test::even_grid(10, 0.05, 2601);
    PatternCalculator<Structure<double>> calculator(m, grid);
    FreeParameters p(parameter_names(m));
    for (const char* pattern : {"*", "*.*", "*.*.*"}) p.release(pattern);
    const auto free = p.list();
    std::vector<double> y(grid.size()), jacobian(grid.size() * free.size());

    std::size_t before = allocations;
    std::vector<int> proof(10);
    CHECK(allocations == before + 1);  // the counter counts
    CHECK(proof.size() == 10);

    before = allocations;
    calculator.calculate(m, y);  // the very first one as well: `prepare` has made room
    CHECK(allocations - before == 0);

    calculator.differentiate(m, free, y, jacobian);
    before = allocations;
    for (int i = 0; i < 3; ++i) {
      m.phases[0].crystal.cell.a += 1e-4;
      calculator.calculate(m, y);
      calculator.differentiate(m, free, y, jacobian);
      calculator.freeze_windows(m);
    }
    CHECK(allocations - before == 0);
    CHECK(y[100] > 0);
  }
}
