// Least squares: parameters, constraints, Levenberg-Marquardt, derived quantities.
#pragma once

#include <lamella/fit/derived.hpp>
#include <lamella/fit/derived_values.hpp>
#include <lamella/fit/free_parameters.hpp>
#include <lamella/fit/levenberg_marquardt.hpp>
#include <lamella/fit/parameters.hpp>
