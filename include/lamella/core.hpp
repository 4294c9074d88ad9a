// Numbers: the scalar concept, duals, measured values, constants, errors. By name only: lamella/core/executor.hpp, for which threads are included.
#pragma once

#include <lamella/core/constants.hpp>
#include <lamella/core/dual.hpp>
#include <lamella/core/error.hpp>
#include <lamella/core/measured.hpp>
#include <lamella/core/result.hpp>
#include <lamella/core/scalar.hpp>
