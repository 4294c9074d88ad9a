#include <lamella/io/spectrum_model_json.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace lamella;

TEST_CASE("lines of a spectrum from JSON") {
  const auto plan = parse_spectrum_plan(
      R"({"components": [{"label": "main", "state": "Ni2+", "shape": "voigt", "position": 853.8, "area": 5, "fwhm": 1.2, "mixing": 2.5, "splitting": 17.3, "area_ratio": 0.5, "width_ratio": 1.1},
          {"label": "tail", "state": "Ni0", "shape": "doniach-sunjic", "position": 852.6, "asymmetry": 0.1}, {"label": "satellite", "position": 861, "state": null}],
          "free": ["*.area", "main.position"], "equal": ["*.fwhm"], "window": [848, 870]})",
      "a.json");
  REQUIRE(plan.model.components.size() == 3);
  const auto& main = plan.model.components[0];
  CHECK(main.name == "main");
  CHECK(main.shape == LineShape::voigt);
  CHECK(main.position == 853.8);
  CHECK(main.area == 5);
  CHECK(main.fwhm == 1.2);
  CHECK(main.mixing == 2.5);
  CHECK(main.splitting == 17.3);
  CHECK(main.area_ratio == 0.5);
  CHECK(main.width_ratio == 1.1);
  CHECK(plan.model.components[1].asymmetry == 0.1);
  CHECK(plan.states[0] == "Ni2+"_species);
  CHECK(plan.states[1] == "Ni"_species);
  CHECK(plan.states[2] == vacancy);
  CHECK(plan.free.size() == 2);
  CHECK(plan.equal == std::vector<std::string>{"*.fwhm"});
  CHECK(plan.window->high == 870);
  const auto least = parse_spectrum_plan(R"({"components": [{"label": "a", "position": 1}]})", "a.json");
  CHECK(least.free == std::vector<std::string>{"*.area", "*.fwhm"});
  CHECK_FALSE(least.window);
}

TEST_CASE("faults of lines in JSON") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "is not JSON, expected"},
      {"[]", "is no object"},
      {"{}", "no \"components\""},
      {R"({"components": []})", "components: are none, expected at least one"},
      {R"({"components": [{"label": "a"}]})", "components[0]: no \"position\", expected it"},
      {R"({"components": [{"label": "a.b", "position": 1}]})", "without dots"},
      {R"({"components": [{"label": "a", "position": 1}, {"label": "a", "position": 2}]})", "components[1].label: \"a\" is there twice"},
      {R"({"components": [{"label": "a", "position": "x"}]})", "components[0].position: is no number"},
      {R"({"components": [{"label": "a", "position": 1, "fwhm": 0}]})", "fwhm: 0 is out of range"},
      {R"({"components": [{"label": "a", "position": 1, "mixing": 2}]})", "mixing: 2 is out of range, expected a number from 0 to 1"},
      {R"({"components": [{"label": "a", "position": 1, "shape": "box"}]})", "\"box\" is unknown, expected one of gaussian"},
      {R"({"components": [{"label": "a", "position": 1, "state": "Nj2+"}]})", "components[0].state: \"Nj2+\" is not a chemical species"},
      {R"({"components": [{"label": "a", "position": 1}], "window": [2, 1]})", "window: expected two energies in eV"},
      {R"({"components": [{"label": "a", "position": 1}], "free": "all"})", "free: is no list"},
      {R"({"components": [{"label": "a", "position": 1}], "fixed": []})", "unknown key \"fixed\", expected components, free, equal, window"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const auto result = try_parse_spectrum_plan(text, "a.json");
    REQUIRE_FALSE(result.has_value());
    const std::string what = result.error().what();
    CAPTURE(what);
    CHECK(what.starts_with("a.json: "));
    CHECK(what.find(message) != std::string::npos);
  }
}
