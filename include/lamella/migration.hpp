// Migration: bond-valence site energy, percolation, hops.
#pragma once

#include <lamella/migration/hop_network.hpp>
#include <lamella/migration/percolation.hpp>
#include <lamella/migration/site_energy.hpp>
#include <lamella/migration/site_energy_grid.hpp>
