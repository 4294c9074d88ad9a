// Crystals: cells, symmetry, space groups, structures.
#pragma once

#include <lamella/crystal/cell_atoms.hpp>
#include <lamella/crystal/cell_contents.hpp>
#include <lamella/crystal/coordinates.hpp>
#include <lamella/crystal/found_symmetry.hpp>
#include <lamella/crystal/hall_symbol.hpp>
#include <lamella/crystal/ionic_species.hpp>
#include <lamella/crystal/measured_structure.hpp>
#include <lamella/crystal/neighbour_search.hpp>
#include <lamella/crystal/operation_list.hpp>
#include <lamella/crystal/point_group.hpp>
#include <lamella/crystal/reflection_conditions.hpp>
#include <lamella/crystal/site_symmetry.hpp>
#include <lamella/crystal/space_group.hpp>
#include <lamella/crystal/special_position.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/crystal/symmetry_constraints.hpp>
#include <lamella/crystal/symmetry_operation.hpp>
#include <lamella/crystal/symmetry_ties.hpp>
#include <lamella/crystal/tensor_symmetry.hpp>
#include <lamella/crystal/unit_cell.hpp>
