// Chemistry: elements, species, formulas, sublattices, entropy, charge, oxidation states, capacity.
#pragma once

#include <lamella/chemistry/capacity.hpp>
#include <lamella/chemistry/charge_balance.hpp>
#include <lamella/chemistry/composition.hpp>
#include <lamella/chemistry/element.hpp>
#include <lamella/chemistry/entropy.hpp>
#include <lamella/chemistry/formula.hpp>
#include <lamella/chemistry/oxidation_states.hpp>
#include <lamella/chemistry/species.hpp>
