// The refinement of plain structures, compiled once for a program of many sources.
#pragma once

#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/refine/pattern_problem.hpp>
#include <lamella/refine/rietveld.hpp>

#include <vector>

/// A source that includes this header instead of <lamella/refine/rietveld.hpp> compiles in half the time: it finds
/// `refine` and what is below it, for `Structure<double>`, elsewhere in the program. Exactly one source of the program defines
/// LAMELLA_COMPILE_REFINEMENT before it includes the header; it compiles them.
#ifdef LAMELLA_COMPILE_REFINEMENT
#define LAMELLA_EXTERN
#else
#define LAMELLA_EXTERN extern
#endif

namespace lamella::inline LAMELLA_ABI {

LAMELLA_EXTERN template class PatternCalculator<Structure<double>>;
LAMELLA_EXTERN template class PatternProblem<Structure<double>>;
LAMELLA_EXTERN template Refinement<Structure<double>> refine(PowderModel<Structure<double>>, const PowderPattern&,
                                                            const RefinementOptions<Structure<double>>&);
LAMELLA_EXTERN template Refinement<Structure<double>> refine_further(PowderModel<Structure<double>>, const PowderPattern&,
                                                                    std::vector<FreeParameter>,
                                                                    const RefinementOptions<Structure<double>>&, int);

}  // namespace lamella

#undef LAMELLA_EXTERN
