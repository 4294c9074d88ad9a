// A row of items: what functions that take spans and lists work on, because constructing spans is dear to compile.
#pragma once

#include <lamella/version.hpp>

#include <cstddef>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

template <class T>
struct Items {
  const T* first = nullptr;
  std::size_t count = 0;

  constexpr const T* begin() const noexcept { return first; }
  constexpr const T* end() const noexcept { return first + count; }
  constexpr std::size_t size() const noexcept { return count; }
  constexpr const T& operator[](std::size_t i) const noexcept { return first[i]; }
};

}  // namespace detail
}  // namespace lamella
