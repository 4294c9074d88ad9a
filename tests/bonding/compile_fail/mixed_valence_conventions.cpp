// no match for|invalid operands to binary expression
// A first-shell valence and one of softBV are different scales: they do not add.
#include <lamella/bonding/bond_valence_parameters.hpp>

using namespace lamella;

#ifdef LAMELLA_MUST_FAIL
using Other = LongRange;
#else
using Other = FirstShell;
#endif

double sum(BondValence<FirstShell> x, BondValence<Other> y) { return (x + y).value; }
