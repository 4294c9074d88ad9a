// Bonding: bond-valence and site-energy parameters.
#pragma once

#include <lamella/bonding/site_energy_parameters.hpp>
