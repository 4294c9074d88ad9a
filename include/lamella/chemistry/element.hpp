// A chemical element by symbol or atomic number, with its atomic weight and electronegativity.
#pragma once

#include <lamella/chemistry/detail/element_table.hpp>  // Element, element_table
#include <lamella/core/error.hpp>                      // fail

#include <cstddef>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// The element with this symbol ("Na": one capital, at most one small letter), or a null pointer.
constexpr const Element* find_element(std::string_view symbol) noexcept {
  for (const Element& e : detail::element_table)
    if (e.symbol == symbol) return &e;
  return nullptr;
}

/// The element of this atomic number. Throws Error outside 1 … 103.
constexpr const Element& element(int atomic_number) {
  if (atomic_number < 1 || atomic_number > static_cast<int>(detail::element_table.size()))
    fail("no element has atomic number " + std::to_string(atomic_number) + ": expected 1 to " +
         std::to_string(detail::element_table.size()));
  return detail::element_table[static_cast<std::size_t>(atomic_number - 1)];
}

}  // namespace lamella
