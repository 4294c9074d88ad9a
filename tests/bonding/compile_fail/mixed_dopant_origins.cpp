// no match for|invalid operands to binary expression
// A computed and an estimated number do not subtract.
#include <lamella/bonding/dopant_table.hpp>

using namespace lamella;

#ifdef LAMELLA_MUST_FAIL
using Other = Estimated;
#else
using Other = Computed;
#endif

double change(Computed x, Other y) { return (x - y).value; }
