#include <lamella/report/rietveld_figure.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

using namespace lamella;

namespace {

/// A smooth pattern from 10° in steps of 0.02°, owning what the plot looks at.
struct Pattern {
  std::vector<double> two_theta, observed, calculated, background, sigma;

  explicit Pattern(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const double x = 10 + 0.02 * static_cast<double>(i);
      two_theta.push_back(x);
      background.push_back(100);
      calculated.push_back(100 + 900 * std::exp(-(x - 11) * (x - 11) * 50));
      observed.push_back(std::round(calculated.back() + 10 * std::sin(37 * x)));
      sigma.push_back(std::sqrt(observed.back()));
    }
  }
  RietveldPlot plot() const {
    return {.two_theta = two_theta, .observed = observed, .calculated = calculated, .background = background};
  }
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::vector<std::string> rows_of(const nlohmann::json& spec) {
  return split(spec["data"]["values"].get<std::string>(), '\n');
}

/// Numbers of the uninterrupted stretches, in the order of the points.
std::vector<int> stretches_of(const nlohmann::json& spec) {
  std::vector<int> stretches;
  const auto rows = rows_of(spec);
  for (std::size_t i = 1; i < rows.size(); ++i) stretches.push_back(std::stoi(split(rows[i], ',').back()));
  return stretches;
}

const nlohmann::json& layer(const nlohmann::json& panel, const std::string& name) {
  for (const auto& candidate : panel["layer"]) {
    if (candidate["name"] == name) return candidate;
  }
  FAIL("no layer " << name);
  return panel;
}

}  // namespace

TEST_CASE("the points are stored once, as rounded rows, and every layer reads them") {
  const Pattern pattern(101);
  const nlohmann::json spec = rietveld_figure(pattern.plot());
  const auto rows = rows_of(spec);
  REQUIRE(rows.size() == 102);
  CHECK(rows[0] == "x,o,c,b,d,s");
  CHECK(rows[1] == "10,93,100,100,-7,0");
  const auto cells = split(rows[51], ',');
  CHECK(cells[0] == "11");
  CHECK(std::stod(cells[4]) == doctest::Approx(pattern.observed[50] - pattern.calculated[50]).epsilon(1e-3));
  std::size_t own_data = 0;
  for (const auto& panel : spec["vconcat"]) {
    for (const auto& part : panel["layer"]) own_data += part.contains("data") ? part["data"]["values"].size() : 0;
  }
  CHECK(own_data == 3);  // the cursors and the zero line: one datum each
}

TEST_CASE("observed are points, calculated and background lines, and the difference has its panel and zero line") {
  const Pattern pattern(51);
  const nlohmann::json spec = rietveld_figure(pattern.plot());
  REQUIRE(spec["vconcat"].size() == 2);
  const auto& main = spec["vconcat"][0];
  const auto& below = spec["vconcat"][1];
  CHECK(layer(main, "observed")["mark"]["type"] == "circle");
  CHECK(layer(main, "calculated")["mark"]["type"] == "line");
  CHECK(layer(main, "background")["encoding"]["y"]["field"] == "b");
  CHECK(layer(below, "difference")["encoding"]["y"]["field"] == "d");
  CHECK(layer(below, "zero")["encoding"]["y"]["datum"] == 0);
  CHECK(main["encoding"]["y"]["title"] == "Intensity / counts");
  CHECK(below["encoding"]["x"]["axis"]["title"] == "2θ / °");
  CHECK(below["encoding"]["y"]["title"] == "Obs − calc / counts");
  CHECK(main["encoding"]["x"]["scale"]["domain"] == below["encoding"]["x"]["scale"]["domain"]);
  CHECK(spec["usermeta"]["lamella"]["zoom"]["extent"] == nlohmann::json{10.0, pattern.two_theta.back()});
}

TEST_CASE("without a background there is no line of it, with sigma the difference is divided by it") {
  const Pattern pattern(51);
  RietveldPlot plot = pattern.plot();
  plot.background = {};
  plot.sigma = pattern.sigma;
  plot.scale = IntensityScale::square_root;
  plot.intensity_unit = "";
  const nlohmann::json spec = rietveld_figure(plot);
  CHECK(rows_of(spec)[0] == "x,o,c,d,w,s");
  CHECK(spec["vconcat"][0]["encoding"]["color"]["scale"]["domain"] == nlohmann::json{"observed", "calculated"});
  CHECK(layer(spec["vconcat"][1], "difference")["encoding"]["y"]["field"] == "w");
  CHECK(spec["vconcat"][1]["encoding"]["y"]["title"] == "(obs − calc) / σ");
  CHECK(spec["vconcat"][0]["encoding"]["y"]["scale"]["type"] == "sqrt");
  CHECK(spec["vconcat"][0]["encoding"]["y"]["title"] == "Intensity  (square-root scale)");
}

TEST_CASE("excluded ranges and missing points end every line") {
  Pattern pattern(101);
  RietveldPlot plot = pattern.plot();
  plot.excluded = {{10.391, 10.809}, {15, 16}};
  const nlohmann::json spec = rietveld_figure(plot);
  const auto stretches = stretches_of(spec);
  CHECK(stretches.size() == 101 - 21);
  CHECK(stretches[19] == 0);
  CHECK(stretches[20] == 1);
  CHECK(stretches.back() == 1);
  for (const auto& panel : spec["vconcat"]) {
    for (const auto& part : panel["layer"]) {
      if (part["mark"]["type"] == "line") CHECK(part["encoding"]["detail"]["field"] == "s");
    }
  }
  const auto& bands = layer(spec["vconcat"][0], "excluded")["data"]["values"];
  REQUIRE(bands.size() == 1);  // the other one lies outside the pattern
  CHECK(bands[0]["from"] == 10.391);

  // The same points cut out before the call; and a range between two neighbouring points.
  for (auto* column : {&pattern.two_theta, &pattern.observed, &pattern.calculated, &pattern.background}) {
    column->erase(column->begin() + 20, column->begin() + 41);
  }
  CHECK(stretches_of(rietveld_figure(pattern.plot())) == stretches);
  RietveldPlot narrow = pattern.plot();
  narrow.excluded = {{10.101, 10.119}};
  CHECK(stretches_of(rietveld_figure(narrow)).back() == 2);
}

TEST_CASE("a change of step is no gap") {
  const std::vector<double> x{10, 10.01, 10.02, 10.03, 10.13, 10.23, 10.33};
  const std::vector<double> y(x.size(), 1.0);
  CHECK(stretches_of(rietveld_figure({.two_theta = x, .observed = y, .calculated = y})).back() == 0);
}

TEST_CASE("each phase has its row of ticks inside the pattern") {
  const Pattern pattern(101);
  RietveldPlot plot = pattern.plot();
  plot.phases = {{"O3", {{10.5, "0 0 3", 5.32}, {11, "1 0 1", 2.5}, {40, "1 0 4", 2.2}}}, {"P3", {{11.5, "0 1 5"}}}};
  const nlohmann::json spec = rietveld_figure(plot);
  REQUIRE(spec["vconcat"].size() == 3);
  const auto& panel = spec["vconcat"][1];
  REQUIRE(panel["data"]["values"].size() == 3);
  CHECK(panel["data"]["values"][0] == nlohmann::json{{"x", 10.5}, {"phase", "O3"}, {"hkl", "0 0 3"}, {"d", 5.32}});
  CHECK_FALSE(panel["data"]["values"][2].contains("d"));
  CHECK(panel["encoding"]["color"]["scale"]["domain"] == nlohmann::json{"O3", "P3"});
  CHECK(panel["encoding"]["tooltip"].size() == 4);
  CHECK(spec["description"] == "Rietveld plot: observed and calculated intensity, background, difference and 3 "
                               "reflections against 2θ from 10 to 12 degrees");
}

TEST_CASE("what cannot be drawn is refused with its reason") {
  const Pattern pattern(11);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(rietveld_figure({}), "Rietveld figure: 0 points, expected two or more", Error);

  RietveldPlot plot = pattern.plot();
  plot.calculated = plot.calculated.first(10);
  CHECK_THROWS_WITH_AS(rietveld_figure(plot), "Rietveld figure: 'calculated' has 10 values, expected as many as points: 11",
                       Error);
  plot = pattern.plot();
  std::vector<double> broken = pattern.observed;
  broken[4] = nan;
  plot.observed = broken;
  CHECK_THROWS_WITH_AS(rietveld_figure(plot), "Rietveld figure: 'observed' is not a finite number at point 5", Error);
  broken[4] = infinity;
  CHECK_THROWS_AS(rietveld_figure(plot), Error);

  plot = pattern.plot();
  std::vector<double> angles = pattern.two_theta;
  angles[3] = angles[2];
  plot.two_theta = angles;
  CHECK_THROWS_WITH_AS(rietveld_figure(plot), "Rietveld figure: 'two_theta' does not increase at point 4", Error);

  plot = pattern.plot();
  std::vector<double> sigma = pattern.sigma;
  sigma[0] = 0;
  plot.sigma = sigma;
  CHECK_THROWS_WITH_AS(rietveld_figure(plot), "Rietveld figure: 'sigma' is not positive at point 1", Error);

  plot = pattern.plot();
  plot.phases = {{"O3", {}}, {"O3", {}}};
  CHECK_THROWS_WITH_AS(rietveld_figure(plot), "Rietveld figure: two phases have the name 'O3'", Error);
  plot.phases = {{"O3", {{nan, "0 0 3"}}}};
  CHECK_THROWS_AS(rietveld_figure(plot), Error);

  plot = pattern.plot();
  plot.excluded = {{11, 10}};
  CHECK_THROWS_AS(rietveld_figure(plot), Error);
  plot.excluded = {{0, 90}};
  CHECK_THROWS_WITH_AS(rietveld_figure(plot), "Rietveld figure: the excluded ranges leave no point", Error);
}

TEST_CASE("data: a measured pattern of thousands of points gives a figure of less than half a megabyte") {
  std::ifstream in(LAMELLA_DATA_DIR "/powder/o3_nacro2_lab/gsas2_fit.txt");
  std::string header;
  std::getline(in, header);
  std::vector<double> x, observed, calculated, background;
  for (double a, b, c, d; in >> a >> b >> c >> d;) {
    x.push_back(a);
    observed.push_back(b);
    calculated.push_back(c);
    background.push_back(d);
  }
  REQUIRE(x.size() == 6762);
  const nlohmann::json spec =
      rietveld_figure({.two_theta = x, .observed = observed, .calculated = calculated, .background = background});
  CHECK(stretches_of(spec).back() == 0);
  CHECK(spec.dump().size() < 500000);
}
