// Mean charges stated with --oxidation, for the programs that compute with ions.
#pragma once

#include <lamella/core/error.hpp>
#include <lamella/crystal/ionic_species.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/io/detail/text.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace program {

/// The structure with the elements of `stated`, each as "Mn=3.333" and once, at these mean charges.
inline lamella::Structure<double> with_stated_charges(lamella::Structure<double> structure, const std::vector<std::string>& stated) {
  std::vector<lamella::Species> done;
  for (const std::string& text : stated) {
    const auto equals = std::min(text.find('='), text.size());
    const auto element = lamella::try_parse_species(text.substr(0, equals));
    const auto [charge, fault] = lamella::detail::parse_number(std::string_view(text).substr(std::min(equals + 1, text.size())));
    if (!element || element.value().charge != 0 || fault != lamella::detail::NumberFault::none)
      lamella::fail("--oxidation " + text + ": expected an element and its mean charge such as Mn=3.333");
    if (std::find(done.begin(), done.end(), element.value()) != done.end())
      lamella::fail("--oxidation " + text + ": " + to_string(element.value()) + " has a charge already, expected one of each element");
    done.push_back(element.value());
    structure = with_mean_charge(std::move(structure), element.value(), charge);
  }
  return structure;
}

}  // namespace program
