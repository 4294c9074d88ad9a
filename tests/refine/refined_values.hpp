// The free parameters of a refinement by name.
#pragma once

#include <lamella/refine/refinement.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>

namespace lamella_test {

/// The number of a free parameter; the test fails where it is not free.
template <class Crystal>
std::size_t number_of(const lamella::Refinement<Crystal>& fit, const std::string& name) {
  for (std::size_t i = 0; i < fit.free.size(); ++i)
    if (fit.free[i].name == name) return i;
  FAIL(name << " is not free");
  return 0;
}

template <class Crystal>
double value_of(const lamella::Refinement<Crystal>& fit, const std::string& name) {
  return fit.values[number_of(fit, name)];
}

template <class Crystal>
double esd_of(const lamella::Refinement<Crystal>& fit, const std::string& name) {
  return fit.esd(number_of(fit, name));
}

}  // namespace lamella_test
