// Least squares: parameters, constraints, Levenberg-Marquardt, derived quantities; change points, smooth functions and their tables.
#pragma once

#include <lamella/fit/bordered_least_squares.hpp>
#include <lamella/fit/change_points.hpp>
#include <lamella/fit/derived.hpp>
#include <lamella/fit/derived_values.hpp>
#include <lamella/fit/free_parameters.hpp>
#include <lamella/fit/function_table.hpp>
#include <lamella/fit/levenberg_marquardt.hpp>
#include <lamella/fit/parameters.hpp>
#include <lamella/fit/parametric_law.hpp>
#include <lamella/fit/smooth_function.hpp>
