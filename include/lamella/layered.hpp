// Layers: stackings, layered lattices and crystals, layer metrology.
#pragma once

#include <lamella/layered/layer_metrology.hpp>
#include <lamella/layered/layered_crystal.hpp>
#include <lamella/layered/layered_lattice.hpp>
#include <lamella/layered/stacking.hpp>
