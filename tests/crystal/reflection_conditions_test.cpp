#include <lamella/crystal/reflection_conditions.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace lamella;

namespace {

/// "0kl: k+l=2n; hk0: h=2n": what is not implied.
std::string listed(const std::string& name) {
  const SpaceGroup group = space_group(name);
  std::string text;
  for (const auto& c : reflection_conditions(group))
    if (!c.implied) text += (text.empty() ? "" : "; ") + c.reflections + ": " + c.condition;
  return text;
}

}  // namespace

// International Tables Vol. A, general reflection conditions (those that others imply left out).
TEST_CASE("conditions are those of International Tables") {
  const struct {
    const char* name;
    const char* conditions;
  } cases[] = {
      {"P1", ""},
      {"P-3m1", ""},
      {"Pm-3m", ""},
      {"R-3m", "hkil: -h+k+l=3n"},
      {"R-3m:R", ""},
      {"R-3c", "hkil: -h+k+l=3n; h-h0l: h+l=3n, l=2n"},
      {"R-3c:R", "hhl: l=2n"},
      {"P63/mmc", "hh-2hl: l=2n"},
      {"P63mc", "hh-2hl: l=2n"},
      {"P63/mcm", "h-h0l: l=2n"},
      {"P63/m", "000l: l=2n"},
      {"P6122", "000l: l=6n"},
      {"P31", "000l: l=3n"},
      {"C2/m", "hkl: h+k=2n"},
      {"C2/c", "hkl: h+k=2n; h0l: h=2n, l=2n"},
      {"P21/c", "h0l: l=2n; 0k0: k=2n"},
      {"P21/n", "h0l: h+l=2n; 0k0: k=2n"},
      {"Pnma", "0kl: k+l=2n; hk0: h=2n"},
      {"Pmmn", "hk0: h+k=2n"},
      {"Cmcm", "hkl: h+k=2n; h0l: h=2n, l=2n"},
      {"Cmce", "hkl: h+k=2n; h0l: h=2n, l=2n; hk0: h=2n, k=2n"},
      {"Immm", "hkl: h+k+l=2n"},
      {"I41/a", "hkl: h+k+l=2n; hk0: h=2n, k=2n; 00l: l=4n"},
      {"I41/amd", "hkl: h+k+l=2n; hk0: h=2n, k=2n; hhl: 2h+l=4n"},
      {"P42/nmc", "hk0: h+k=2n; hhl: l=2n"},
      {"Fm-3m", "hkl: h+k=2n, h+l=2n, k+l=2n"},
      {"Fd-3m", "hkl: h+k=2n, h+l=2n, k+l=2n; 0kl: k+l=4n, k=2n, l=2n"},
      {"F-43c", "hkl: h+k=2n, h+l=2n, k+l=2n; hhl: h=2n, l=2n"},
      {"P213", "h00: h=2n"},
      {"P4132", "h00: h=4n"},
      {"Ia-3d", "hkl: h+k+l=2n; 0kl: k=2n, l=2n; hhl: 2h+l=4n"},
  };
  for (const auto& [name, conditions] : cases) {
    CAPTURE(name);
    CHECK(listed(name) == conditions);
  }
}

TEST_CASE("in all settings the conditions, with and without the implied ones, are the systematic absences") {
  for (const auto& setting : space_group_settings()) {
    CAPTURE(setting.symbol);
    CAPTURE(setting.choice);
    const SpaceGroup group = space_group(setting);
    const auto conditions = reflection_conditions(group);
    std::size_t wrong = 0;
    for (int h = -4; h <= 4; ++h)
      for (int k = -4; k <= 4; ++k)
        for (int l = -6; l <= 6; ++l) {
          const Miller m{h, k, l};
          bool all = true, without_implied = true;
          for (const Miller& e : group.equivalents(m))
            for (const auto& c : conditions)
              if (!c.allows(e)) {
                all = false;
                without_implied = without_implied && c.implied;
              }
          wrong += static_cast<std::size_t>(all == group.is_absent(m)) + static_cast<std::size_t>(without_implied == group.is_absent(m));
        }
    CHECK(wrong == 0);
  }
}
