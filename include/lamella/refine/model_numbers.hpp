// All numbers of a powder model apart from its topology: taken out, put back.
#pragma once

#include <lamella/core/error.hpp>                // fail
#include <lamella/diffraction/powder_model.hpp>  // PowderModel
#include <lamella/fit/parameters.hpp>            // for_each_parameter

#include <cstddef>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What a refinement can change of a model, as plain data.
struct ModelNumbers {
  std::vector<double> parameters;   ///< in listed order
  std::vector<double> intensities;  ///< free ones of all phases (Le Bail, Pawley), in order

  friend bool operator==(const ModelNumbers&, const ModelNumbers&) = default;
};

/// Writes the numbers of `model` to `numbers`; nothing is allocated where these were of such a model before.
template <CrystalModel Crystal>
void take_numbers(const PowderModel<Crystal>& model, ModelNumbers& numbers) {
  numbers.parameters.clear();
  numbers.intensities.clear();
  for_each_parameter([&](const double& x) { numbers.parameters.push_back(x); }, model);
  for (const auto& phase : model.phases)
    for (const auto& intensity : phase.intensities) numbers.intensities.push_back(intensity.value);
}

template <CrystalModel Crystal>
ModelNumbers numbers_of(const PowderModel<Crystal>& model) {
  ModelNumbers numbers;
  take_numbers(model, numbers);
  return numbers;
}

/// Gives `model` the numbers of a model of the same topology. Throws where there are more or fewer than it has.
template <CrystalModel Crystal>
void set_numbers(PowderModel<Crystal>& model, const ModelNumbers& numbers) {
  std::size_t parameters = 0, intensities = 0;
  for_each_parameter([&](const double&) { ++parameters; }, model);
  for (const auto& phase : model.phases) intensities += phase.intensities.size();
  if (parameters != numbers.parameters.size() || intensities != numbers.intensities.size())
    fail("numbers of a model: expected " + std::to_string(parameters) + " parameters and " + std::to_string(intensities) + " intensities, got " +
         std::to_string(numbers.parameters.size()) + " and " + std::to_string(numbers.intensities.size()));
  std::size_t i = 0;
  for_each_parameter([&](double& x) { x = numbers.parameters[i++]; }, model);
  i = 0;
  for (auto& phase : model.phases)
    for (auto& intensity : phase.intensities) intensity.value = numbers.intensities[i++];
}

}  // namespace lamella
