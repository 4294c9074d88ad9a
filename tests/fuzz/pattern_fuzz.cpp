// Any bytes as a powder pattern or an instrument file: one clear error, or something sound. The first byte chooses the reader.
#include <lamella/io/instrument_json.hpp>
#include <lamella/io/pattern_file.hpp>
#include <lamella/io/pattern_table.hpp>

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
  require(what.find('\n') == std::string_view::npos && what.size() < 600, "message of several lines or too long", what);
}

void check(const PowderPattern& p, std::string_view text) {
  require(p.size() >= 2 && p.intensity.size() == p.size() && p.sigma.size() == p.size(), "columns", text);
  for (std::size_t i = 0; i < p.size(); ++i)
    require(p.two_theta[i] > 0 && p.two_theta[i] < 180 && (i == 0 || p.two_theta[i] > p.two_theta[i - 1]) && p.intensity[i] >= 0 &&
                std::isfinite(p.intensity[i]) && p.sigma[i] > 0 && std::isfinite(p.sigma[i]),
            "point", text);
  if (p.radiation)
    for (const auto& line : p.radiation->lines()) require(line.wavelength > 0.01 && line.wavelength < 100 && line.weight > 0, "line", text);
  if (p.radius) require(*p.radius > 0 && std::isfinite(*p.radius), "radius", text);
}

void check(const Result<PowderPattern>& result, std::string_view text) {
  if (result) check(result.value(), text);
  else check(result.error());
}

void check(const Result<InstrumentSettings>& result, std::string_view text) {
  if (!result) return check(result.error());
  const InstrumentSettings& s = result.value();
  require(s.polarisation >= 0 && std::isfinite(s.polarisation) && s.radiation.count >= 1, "settings", text);
  const auto again = try_parse_instrument_json(to_json(s).dump(2, ' ', false, nlohmann::json::error_handler_t::replace), "a.dat");
  require(again.has_value(), again ? "" : again.error().what(), text);
  require(again.value().instrument.U == s.instrument.U && again.value().radiation.count == s.radiation.count, "round trip", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string source = "a.dat";
  switch (data[0]) {
    case 'g': check(try_parse_gsas(text, source), text); break;
    case 'f': check(try_parse_fullprof(text, source), text); break;
    case 'u': check(try_parse_uxd(text, source), text); break;
    case 'r': check(try_parse_ras(text, source), text); break;
    case 'b': check(try_parse_bruker_raw(text, source), text); break;
    case 'c': {
      const auto read = try_parse_pdcif(text, source);
      if (!read) {
        check(read.error());
        break;
      }
      const PdCif& p = read.value();
      check(p.pattern, text);
      require(p.calculated.empty() || p.calculated.size() == p.pattern.size(), "calculated", text);
      require(p.background.empty() || p.background.size() == p.pattern.size(), "background", text);
      break;
    }
    case 'm': check(try_parse_brml_scan(text, source), text); break;
    case 'z': check(try_parse_brml(text, source), text); break;
    case 'p': check(try_parse_rasx(text, source), text); break;
    case 't': {
      const auto table = try_parse_pattern_table(text, source);
      if (!table) {
        check(table.error());
        break;
      }
      for (const auto& pattern : table.value()) check(pattern, text);
      break;
    }
    case 'i': check(try_parse_gsas_instrument(text, source), text); break;
    case 'j': check(try_parse_instrument_json(text, source), text); break;
    default: check(try_parse_pattern(source, text), text); break;
  }
  return 0;
}
