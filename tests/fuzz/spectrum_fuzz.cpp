// Any bytes as a file of spectra or the lines of one: one clear error, or something sound. The first byte chooses the reader.
#include <lamella/io/spectrum_file.hpp>
#include <lamella/io/spectrum_model_json.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"

using namespace lamella;

namespace {

void check(const Error& error) {
  const std::string_view what = error.what();
  require(what.starts_with("a.dat") && what.find("expected") != std::string_view::npos, "message", what);
  require(what.find('\n') == std::string_view::npos && what.size() < 1000, "message of several lines or too long", what);
}

void check(const Result<std::vector<SpectrumRecord>>& result, std::string_view text) {
  if (!result) return check(result.error());
  require(!result.value().empty(), "no records", text);
  for (const auto& record : result.value()) {
    require(record.energy.size() >= 2 && record.intensity.size() == record.energy.size(), "columns", text);
    require(record.transmission.empty() || record.transmission.size() == record.energy.size(), "transmission", text);
    const auto spectrum = try_binding_spectrum(record);
    if (!spectrum) {
      check(spectrum.error());
      continue;
    }
    const auto& s = spectrum.value();
    for (std::size_t i = 0; i < s.size(); ++i)
      require(std::isfinite(s.energy[i]) && (i == 0 || s.energy[i] > s.energy[i - 1]) && std::isfinite(s.counts[i]) && s.sigma[i] > 0 && std::isfinite(s.sigma[i]), "point",
              text);
  }
  const auto chosen = choose_spectrum(result.value(), text.substr(0, 20), "a.dat");
  if (!chosen) check(chosen.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'v': check(try_parse_vamas(text, "a.dat"), text); break;
    case 's': check(try_parse_specs_xy(text, "a.dat"), text); break;
    case 'j': {
      const auto plan = try_parse_spectrum_plan(text, "a.dat");
      if (!plan) check(plan.error());
      else require(plan.value().states.size() == plan.value().model.components.size() && !plan.value().states.empty(), "plan", text);
      break;
    }
    default: check(try_parse_spectra(text, "a.dat"), text); break;
  }
  return 0;
}
