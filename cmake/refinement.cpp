// The refinement of plain structures, compiled once for the project's own tests and programs.
#define LAMELLA_COMPILE_REFINEMENT
#include <lamella/refine/compiled_refinement.hpp>
