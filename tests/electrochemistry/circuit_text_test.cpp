#include <lamella/electrochemistry/circuit_text.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace lamella;

namespace {

std::string round_trip(const char* text) { return to_string(parse_circuit(text)); }

}  // namespace

TEST_CASE("circuits from text: series, parallel, parentheses, numbers") {
  CHECK(round_trip("R") == "R1");
  CHECK(round_trip("R-(R|C)-W") == "R1-(R2|C1)-W1");
  CHECK(round_trip(" R0 - ( R1 | Q1 ) - Ws ") == "R0-(R1|Q1)-Ws1");
  CHECK(round_trip("R|C-L") == "(R1|C1)-L1");          // parallel binds tighter
  CHECK(round_trip("((R))") == "R1");
  CHECK(round_trip("R-((R-Wo)|C)-G") == "R1-((R2-Wo1)|C1)-G1");
  CHECK(round_trip("R2-R-R1-R") == "R2-R3-R1-R4");     // free numbers only
  CHECK(round_trip("R7|(C-R)") == "R7|(C1-R1)");
  for (const char* text : {"R1-(R2|C1)-W1", "R1-((R2-Wo1)|C1)-G1", "(R1|C1)-L1"}) CHECK(round_trip(text) == text);
  std::vector<std::string> names;
  for (const auto& p : circuit_parameters(parse_circuit("R0-(R1|Q)-Wo"))) names.push_back(p.name);
  CHECK(names == std::vector<std::string>{"R0", "R1", "Q1.Y", "Q1.n", "Wo1.R", "Wo1.tau"});
}

TEST_CASE("every element lists as many parameters as quantities, under the names of its quantities") {
  const auto circuit = parse_circuit("R-C-L-Q-W-Wo-Ws-G");
  CHECK(circuit_parameters(circuit).size() == parameter_values(circuit).size());
  for (const auto& element : circuit.elements)
    std::visit(
        [](const auto& e) {
          const auto names = parameter_names(e);
          REQUIRE(names.size() == e.quantities.size());
          if (e.quantities.size() > 1)
            for (std::size_t i = 0; i < names.size(); ++i) CHECK(names[i] == e.quantities[i].name);
        },
        element);
}

TEST_CASE("what is no circuit is refused with the character at which it fails") {
  const std::pair<std::string, const char*> cases[] = {
      {"", "circuit \"\", character 1: unexpected end, expected R, C, L"},
      {"R-", "character 3: unexpected end"},
      {"-R", "character 1: unexpected \"-\""},
      {"R-(R|C", "character 7: unexpected end before a parenthesis is closed"},
      {"R)", "character 2: unexpected \")\""},
      {"R-X1", "character 3: no element \"X\""},
      {"R-Rx", "character 3: no element \"Rx\""},
      {"R1-(R1|C)", "character 5: a second R1"},
      {"R--C", "character 3: unexpected \"-\""},
      {"R|-C", "character 3: unexpected \"-\""},
      {"R C", "character 3: unexpected \"C\""},
      {"p(R1,C1)", "character 1: no element \"p\""},
      {"R\n-C", "circuit \"R?-C\", character 2: unexpected \"?\""},
      {std::string(500, 'R'), "circuit of 500 characters, expected at most 400"},
      {std::string(30, '(') + "R" + std::string(30, ')'), "more than 20 parentheses in each other"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const auto circuit = try_parse_circuit(text);
    REQUIRE(!circuit);
    const std::string what = circuit.error().what();
    CAPTURE(what);
    CHECK(what.find(message) != std::string::npos);
    CHECK(what.find("expected") != std::string::npos);
    CHECK(what.find('\n') == std::string::npos);
  }
  CHECK_THROWS_AS((void)parse_circuit("R-"), Error);
}

TEST_CASE("typed circuits and circuits from text give the same bits") {
  const auto typed = series(Resistor{100.0}, parallel(Resistor{200.0}, ConstantPhaseElement{8e-7, 0.9}),
                            parallel(series(Resistor{500.0}, OpenWarburg{3.0, 20.0}), Capacitor{1e-3}, Inductor{1e-2}), Warburg{7.0}, ShortWarburg{2.0, 3.0},
                            Gerischer{4.0, 5.0});
  const auto text = with_parameters(parse_circuit("R-(R|Q)-((R-Wo)|C|L)-W-Ws-G"), parameter_values(typed));
  CHECK(to_string(text) == to_string(circuit_of(typed)));
  CHECK(text.steps == circuit_of(typed).steps);
  for (double omega = 1e-4; omega < 1e7; omega *= 3.7) CHECK(typed.impedance(omega) == text.impedance(omega));
  const auto other = rebound<float>(text);
  CHECK(other.names == text.names);
  CHECK(other.impedance(3.0).re == doctest::Approx(text.impedance(3.0).re).epsilon(1e-5));
  CHECK(parameter_values(with_parameters(typed, std::vector<double>(14, 2.0))) == std::vector<double>(14, 2.0));
}
