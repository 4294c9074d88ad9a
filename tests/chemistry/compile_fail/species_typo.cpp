// fail_species
// A species literal with an impossible charge stops the compiler.
#include <lamella/chemistry/species.hpp>

using namespace lamella;

#ifdef LAMELLA_MUST_FAIL
constexpr Species species = "Mn4"_species;
#else
constexpr Species species = "Mn4+"_species;
#endif
static_assert(species.charge == 4);
