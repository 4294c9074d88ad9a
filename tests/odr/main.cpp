// Links first.cpp and second.cpp: a non-inline definition in a header is an error of the linker.
#include <cstdio>
#include <string>

std::string first();
std::string second();

int main() {
  if (first() == "file:3: first" && second() == "file:4: second") return 0;
  std::printf("got \"%s\" and \"%s\"\n", first().c_str(), second().c_str());
  return 1;
}
