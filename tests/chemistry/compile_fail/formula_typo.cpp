// fail_formula
// A typo in a formula literal stops the compiler.
#include <lamella/chemistry/formula.hpp>

using namespace lamella;

#ifdef LAMELLA_MUST_FAIL
constexpr Formula formula = "NaNi0.5Xn0.5O2"_formula;
#else
constexpr Formula formula = "NaNi0.5Mn0.5O2"_formula;
#endif
static_assert(formula.total() == 4);
