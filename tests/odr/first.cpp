// One of two translation units that include every public header and are linked together.
#include <all_headers.hpp>

#include <string>

std::string first() {
  return lamella::Error("first", {"file", 3, 0}).what();
}
