#include <lamella/report/spectrum_figure.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using namespace lamella;

namespace {

struct Curves {
  std::vector<double> energy{850, 851, 852}, observed{10, 30, 12}, calculated{11, 28, 12}, background{9, 9, 9}, sigma{3, 5, 3}, a{1, 15, 2}, b{1, 4, 1};

  SpectrumPlot plot() const { return {.energy = energy, .observed = observed, .calculated = calculated, .background = background, .sigma = sigma, .components = {{"Ni2+", a}, {"Ni3+", b}}}; }
};

const nlohmann::json& layer(const nlohmann::json& panel, const std::string& name) {
  for (const auto& candidate : panel["layer"])
    if (candidate["name"] == name) return candidate;
  FAIL("no layer " << name);
  return panel;
}

}  // namespace

TEST_CASE("the figure of a spectrum holds data, background, components on it, envelope and residual over sigma") {
  const Curves curves;
  const auto spec = spectrum_figure(curves.plot());
  const auto& point = spec["data"]["values"][1];
  CHECK(point["x"] == 851);
  CHECK(point["o"] == 30);
  CHECK(point["c"] == 28);
  CHECK(point["b"] == 9);
  CHECK(point["d"].get<double>() == doctest::Approx(0.4));
  const auto& panel = spec["vconcat"][0];
  for (const char* name : {"observed", "envelope", "background", "components", "component_areas"}) CHECK(layer(panel, name).is_object());
  const auto& components = layer(panel, "components")["data"]["values"];
  CHECK(components.size() == 6);
  CHECK(components[1]["y"] == 24);
  CHECK(components[5]["name"] == "Ni3+");
  CHECK(panel["encoding"]["color"]["scale"]["domain"].size() == 5);
  CHECK(panel["encoding"]["x"]["scale"]["reverse"] == true);
  CHECK(spec["vconcat"][1]["layer"][1]["encoding"]["y"]["axis"]["title"] == "(obs − calc) / σ");
  auto plain = curves.plot();
  plain.sigma = {};
  plain.components.clear();
  const auto bare = spectrum_figure(plain);
  CHECK(bare["data"]["values"][1]["d"] == 2);
  CHECK(bare["vconcat"][0]["layer"].size() == 3);
}

TEST_CASE("what is no spectrum is not drawn") {
  Curves curves;
  CHECK_THROWS_WITH_AS((void)spectrum_figure({}), "figure of a spectrum: 0 points, expected two or more", Error);
  curves.a[1] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS((void)spectrum_figure(curves.plot()), "figure of a spectrum: 'Ni2+' is not a finite number at point 2", Error);
  curves = {};
  curves.background.pop_back();
  CHECK_THROWS_WITH_AS((void)spectrum_figure(curves.plot()), doctest::Contains("'background' has 2 values"), Error);
  curves = {};
  curves.sigma[2] = 0;
  CHECK_THROWS_WITH_AS((void)spectrum_figure(curves.plot()), doctest::Contains("'sigma' is not positive"), Error);
  curves = {};
  auto twice = curves.plot();
  twice.components[1].name = "Ni2+";
  CHECK_THROWS_WITH_AS((void)spectrum_figure(twice), doctest::Contains("two components have the name"), Error);
}
