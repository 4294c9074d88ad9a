// A chemical element by symbol or atomic number, with its atomic weight and electronegativity.
#pragma once

#include <lamella/chemistry/detail/element_table.hpp>  // Element, element_table
#include <lamella/core/error.hpp>                      // fail

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

constexpr bool is_one_of(int atomic_number, std::initializer_list<int> list) noexcept {
  for (const int z : list)
    if (z == atomic_number) return true;
  return false;
}

}  // namespace detail

/// The atomic number of the element with this symbol ("Na": one capital, at most one small letter), or 0.
constexpr int atomic_number(std::string_view symbol) noexcept {
  for (const Element& e : detail::element_table)
    if (e.symbol == symbol) return e.atomic_number;
  return 0;
}

/// The element with this symbol, or a null pointer.
constexpr const Element* find_element(std::string_view symbol) noexcept {
  const int z = atomic_number(symbol);
  return z == 0 ? nullptr : &detail::element_table[static_cast<std::size_t>(z - 1)];
}

/// The element of this atomic number. Throws Error outside 1 … 103.
constexpr const Element& element(int atomic_number) {
  if (atomic_number < 1 || atomic_number > static_cast<int>(detail::element_table.size()))
    fail(std::string("no element has atomic number ") + std::to_string(atomic_number) + ": expected 1 to " +
         std::to_string(detail::element_table.size()));
  return detail::element_table[static_cast<std::size_t>(atomic_number - 1)];
}

}  // namespace lamella
