// fail_formula
// A typo in a literal of a formula of x stops the compiler.
#include <lamella/chemistry/formula_template.hpp>

using namespace lamella;

#ifdef LAMELLA_MUST_FAIL
constexpr FormulaTemplate formula = "Na_yCoO2"_formula_template;
#else
constexpr FormulaTemplate formula = "Na_xCoO2"_formula_template;
#endif
static_assert(formula.at(0.5).total() == 3.5);
