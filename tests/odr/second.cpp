// The other translation unit: in the mixed variant this one is compiled with -fno-exceptions -fno-rtti.
#include <all_headers.hpp>

#include <string>

std::string second() {
  return lamella::Error("second", {"file", 4, 0}).what();
}
