// Chemistry: elements, ions, radii; formulas and compositions; entropy, charge, redox, capacity, cationic potential.
#pragma once

#include <lamella/chemistry/capacity.hpp>
#include <lamella/chemistry/cationic_potential.hpp>
#include <lamella/chemistry/charge_balance.hpp>
#include <lamella/chemistry/composition.hpp>
#include <lamella/chemistry/element.hpp>
#include <lamella/chemistry/entropy.hpp>
#include <lamella/chemistry/finite_cell.hpp>
#include <lamella/chemistry/formula.hpp>
#include <lamella/chemistry/formula_template.hpp>
#include <lamella/chemistry/ionic_radius.hpp>
#include <lamella/chemistry/measured_formula.hpp>
#include <lamella/chemistry/mixing.hpp>
#include <lamella/chemistry/oxidation_states.hpp>
#include <lamella/chemistry/redox.hpp>
#include <lamella/chemistry/species.hpp>
#include <lamella/chemistry/valence_audit.hpp>
