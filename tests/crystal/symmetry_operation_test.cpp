#include <lamella/crystal/symmetry_operation.hpp>

#include <lamella/core/dual.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <utility>

using namespace lamella;

static_assert(parse_operation("x,y,z") == SymmetryOperation{});
static_assert(parse_operation("-y,x-y,z+1/3") == SymmetryOperation{{0, -1, 0, 1, -1, 0, 0, 0, 1}, {0, 0, 8}});
static_assert(parse_operation("-y,x-y,z+1/3") != parse_operation("-y,x-y,z+2/3"));
static_assert(parse_operation("-y,x-y,z") * parse_operation("-y,x-y,z") == parse_operation("-x+y,-x,z"));
static_assert(parse_operation("-x,-y,z+1/2") * parse_operation("-x,-y,z+1/2") == SymmetryOperation{});

TEST_CASE("the same operation in many spellings") {
  const SymmetryOperation wanted{{1, -1, 0, 0, -1, 0, 0, 0, -1}, {12, 18, 4}};
  for (const char* text :
       {"x-y+1/2,-y+3/4,-z+1/6", "1/2+x-y,3/4-y,1/6-z", "X-Y+1/2, -Y+3/4, -Z+1/6",
        " x - y + 1/2 ,-y+ 3/4, - z+1/6 ", "x-y+0.5,-y+.75,-z+0.1667", "x-y+0.5,-y-0.25,-z-5/6",
        "x-y+5/2,-y+7/4,-z+13/6", "-y+x+1/2,-y+3/4,-z+4/24", "+x-y+1/2,+3/4-y,-z+1/6"}) {
    CAPTURE(text);
    CHECK(parse_operation(text) == wanted);
  }
  CHECK(parse_operation("x,y,z+0") == SymmetryOperation{});
  CHECK(parse_operation("x,y,z-1") == SymmetryOperation{});
  CHECK(parse_operation("x,y,z+0.333").translation[2] == 8);
  CHECK(parse_operation("x,y,z+0.66667").translation[2] == 16);
}

TEST_CASE("bad operations name the text, the character and what was expected") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "character 1: empty part"},
      {"x,y", "character 4: unexpected end"},
      {"x,,z", "character 3: empty part"},
      {"x,y,z,x", "character 6: a fourth part"},
      {"x,y,w", "character 5: unknown character"},
      {"x,y,zx", "character 6: sign or comma missing"},
      {"x,y,2z", "character 6: sign or comma missing"},
      {"x,y,z+", "character 7: unexpected end"},
      {"x,y,z+1/0", "character 7: division by nothing"},
      {"x,y,z+1/", "character 7: division by nothing"},
      {"x,y,z+.", "character 7: point without digits"},
      {"x,y,z+1/7", "character 7: translation is not a multiple of 1/24"},
      {"x,y,z+0.3", "character 7: translation is not a multiple of 1/24"},
      {"x,x,z", "character 1: not a symmetry operation of a lattice"},
      {"x+y,y,z", "character 1: not a symmetry operation of a lattice"},
      {"x+x+y,x+y,z", "character 1: not a symmetry operation of a lattice"},
      {"x+x,y,z", "character 1: not a symmetry operation of a lattice"},
      {"0,0,0", "character 1: not a symmetry operation of a lattice"},
      {"x+x+x+y,x-x+y,z", "character 1: not a symmetry operation of a lattice"},
  };
  for (const auto& [text, what] : cases) {
    CAPTURE(text);
    const auto result = try_parse_operation(text, Place{"a.cif", 12});
    REQUIRE(!result);
    CHECK(result.error().what() == std::string("a.cif:12: symmetry operation \"") + text + "\", " + what +
                                       "; expected three comma-separated parts such as \"-y,x-y,z+1/3\"");
    CHECK(result.error().place().line == 12);
    CHECK_THROWS_AS(parse_operation(text), Error);
  }
  CHECK_THROWS_AS(parse_operation("x,y,z+99999999999999999999999/7"), Error);
  CHECK(try_parse_operation("-x,y,-z+1/2").value() == parse_operation("-x,y,-z+1/2"));
}

TEST_CASE("a product acts as its factors one after the other, on positions and on reflections") {
  const std::array ops = {
      parse_operation("-y,x-y,z+1/3"),    parse_operation("y,x,-z"), parse_operation("x+2/3,y+1/3,z+1/3"),
      parse_operation("-x+1/2,-y,z+1/2"), parse_operation("z,x,y"),  parse_operation("-x,y+1/2,-z+1/4")};
  const Fractional<double> p{0.123, 0.456, 0.789};
  const Miller m{2, -3, 5};
  const auto whole = [](double x) { return std::abs(x - std::round(x)) < 1e-12; };
  for (const auto& a : ops)
    for (const auto& b : ops) {
      const auto once = (a * b)(p);
      const auto twice = a(b(p));
      CHECK(whole(once.x - twice.x));
      CHECK(whole(once.y - twice.y));
      CHECK(whole(once.z - twice.z));
      CHECK((a * b).transform(m) == b.transform(a.transform(m)));
      // h·(R x + t) = (h R)·x + h·t: the phase of a reflection
      const auto image = a(p);
      const Miller t = a.transform(m);
      CHECK(m.h * image.x + m.k * image.y + m.l * image.z ==
            doctest::Approx(t.h * p.x + t.k * p.y + t.l * p.z + a.phase(m) / 24.0).epsilon(1e-13));
    }
}

TEST_CASE("positions may be duals") {
  using D = Dual<double, 3>;
  Fractional<D> p{D(0.1), D(0.2), D(0.3)};
  p.x.grad[0] = p.y.grad[1] = p.z.grad[2] = 1;
  const auto q = parse_operation("-y,x-y,z+1/3")(p);
  CHECK(value_of(q.z) == doctest::Approx(0.3 + 1.0 / 3));
  CHECK(q.y.grad[0] == 1);
  CHECK(q.y.grad[1] == -1);
  CHECK(q.x.grad[1] == -1);
}

TEST_CASE("Miller indices and positions are distinct regular types") {
  CHECK(-Miller{1, -2, 3} == Miller{-1, 2, -3});
  CHECK(Miller{1, 0, 4} < Miller{1, 1, 0});
  static_assert(!std::is_convertible_v<Fractional<double>, Cartesian<double>>);
  static_assert(!std::is_constructible_v<Cartesian<double>, Fractional<double>>);
  const Cartesian<double> a{1, 2, 3}, b{0.5, 0, -1};
  CHECK(dot(a - b, a - b) == doctest::Approx(0.25 + 4 + 16));
}
