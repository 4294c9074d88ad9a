// Counts heap allocations of the executable that includes this header, which one of its files may.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace lamella_test {

inline std::atomic<std::size_t> allocations = 0;

inline void* counted_allocation(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  std::abort();
}

}  // namespace lamella_test

// For the whole executable. The aligned forms, which the library does not use, stay as they are. Not inlined: g++ would warn of
// memory from `new` that `free` gets.
[[gnu::noinline]] void* operator new(std::size_t size) { return lamella_test::counted_allocation(size); }
[[gnu::noinline]] void* operator new[](std::size_t size) { return lamella_test::counted_allocation(size); }
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
