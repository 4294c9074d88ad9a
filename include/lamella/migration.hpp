// Migration: bond-valence site energy, percolation, hops and windows, energy paths of other programs, diffusion.
#pragma once

#include <lamella/migration/diffusion.hpp>
#include <lamella/migration/energy_path.hpp>
#include <lamella/migration/hop_network.hpp>
#include <lamella/migration/layer_barrier.hpp>
#include <lamella/migration/percolation.hpp>
#include <lamella/migration/site_energy.hpp>
#include <lamella/migration/site_energy_grid.hpp>
#include <lamella/migration/windows.hpp>
