// Any bytes as an impedance spectrum, or as a circuit where the first is 'c': one clear error, or something sound.
#include <lamella/electrochemistry/circuit_text.hpp>
#include <lamella/io/impedance_file.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"

using namespace lamella;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto check = [](const Error& error) {
    const std::string_view what = error.what();
    require(what.find("expected") != std::string_view::npos && what.find_first_of("\r\n") == std::string_view::npos && what.size() < 400, "message", what);
  };
  if (data[0] == 'c') {
    const auto circuit = try_parse_circuit(text);
    if (!circuit) {
      check(circuit.error());
      return 0;
    }
    const std::string written = to_string(circuit.value());
    const auto again = try_parse_circuit(written);
    // What is written out may pass the longest text that is read: numbers are added.
    if (written.size() <= 400) require(again.has_value() && to_string(again.value()) == written && again.value().steps == circuit.value().steps, "round trip", written);
    const auto z = circuit.value().impedance(3.0);
    require(std::isfinite(z.re) && std::isfinite(z.im), "impedance", written);
    return 0;
  }
  const auto spectra = try_parse_impedance_spectra(text, "a.dat");
  const auto one = try_parse_impedance(text, "a.dat");
  if (!one) check(one.error());
  if (!spectra) {
    require(std::string_view(spectra.error().what()).starts_with("a.dat:"), "place", spectra.error().what());
    return 0;
  }
  std::size_t points = 0;
  for (const auto& s : spectra.value()) {
    require(s.size() > 0 && s.real.size() == s.size() && s.imaginary.size() == s.size(), "columns", text);
    for (std::size_t i = 0; i < s.size(); ++i) require(impedance_point_fault(s, i).empty(), "point", text);
    points += s.size();
  }
  require(points <= text.size(), "more points than characters", text);
  require(one.has_value() == (spectra.value().size() == 1 && points > 1), "one spectrum", text);
  return 0;
}
