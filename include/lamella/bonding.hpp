// Bonding: bond-valence and site-energy parameters, bond valence sums, bond strengths of LOBSTER, dopants.
#pragma once

#include <lamella/bonding/bond_groups.hpp>
#include <lamella/bonding/bond_strengths.hpp>
#include <lamella/bonding/bond_valence.hpp>
#include <lamella/bonding/bond_valence_parameters.hpp>
#include <lamella/bonding/cohp_curves.hpp>
#include <lamella/bonding/dopant_table.hpp>
#include <lamella/bonding/site_energy_parameters.hpp>
