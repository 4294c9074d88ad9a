// fail_radius
// A radius that differs between high and low spin does not compile without the spin state.
#include <lamella/chemistry/ionic_radius.hpp>

using namespace lamella;

#ifdef LAMELLA_MUST_FAIL
constexpr double radius = shannon_radius("Mn3+"_species, Coordination::VI);
#else
constexpr double radius = shannon_radius("Mn3+"_species, Coordination::VI, Spin::high);
#endif
static_assert(radius == 0.645);
