// Fields: volumetric grids of electron localisation, charge density and potential, averages over planes, spheres and layers.
#pragma once

#include <lamella/fields/oxygen_layers.hpp>
#include <lamella/fields/planar_average.hpp>
#include <lamella/fields/sphere_average.hpp>
#include <lamella/fields/volumetric_grid.hpp>
