// Layers: stackings and their glides, layered lattices and crystals, polyhedra, layer metrology.
#pragma once

#include <lamella/layered/glides.hpp>
#include <lamella/layered/layer_geometry.hpp>
#include <lamella/layered/layer_metrology.hpp>
#include <lamella/layered/layered_crystal.hpp>
#include <lamella/layered/layered_lattice.hpp>
#include <lamella/layered/measured_layers.hpp>
#include <lamella/layered/monoclinic_lattice.hpp>
#include <lamella/layered/polyhedra.hpp>
#include <lamella/layered/stacking.hpp>
#include <lamella/layered/stacking_sequence.hpp>
#include <lamella/layered/stacking_structure.hpp>
#include <lamella/layered/stacking_symmetry.hpp>
