// Bonding: bond-valence and site-energy parameters, bond valence sums.
#pragma once

#include <lamella/bonding/bond_valence.hpp>
#include <lamella/bonding/bond_valence_parameters.hpp>
#include <lamella/bonding/site_energy_parameters.hpp>
