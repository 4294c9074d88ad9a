// Damaged files: whatever a reader is given, it returns a sound value or one clear error.
#include <lamella/io/cif.hpp>
#include <lamella/io/powder.hpp>
#include <lamella/io/xrdml.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;

namespace {

const std::vector<std::string> samples = {
    "# 2theta counts\n10.00 153\n10.02 161\n10.04 141\n10.06 0\n10.08 148\n",
    "'Id: \"\"\r\n5.0001 4.852 2.2\r\n5.0103 4.097 2.0\r\n5.0204 4.667 2.1\r\n",
    "[Scan points]\nAngle,Intensity\n5.008355630,1719.0\n5.025066899,1766.0\n5.041778168,1688.0\n",
    "/* head\n# x\n# */\n 0.5000000000 662.407183 37.744249\n 0.5009984375 644.695050 37.128423\n",
    R"(<?xml version="1.0" encoding="UTF-8"?>
<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/1.5" status="Completed">
<xrdMeasurement measurementType="Scan" status="Completed"><usedWavelength intended="K-Alpha"><kAlpha1 unit="Angstrom">1.5405980</kAlpha1>
<kAlpha2 unit="Angstrom">1.5444260</kAlpha2><ratioKAlpha2KAlpha1>0.5000</ratioKAlpha2KAlpha1></usedWavelength>
<incidentBeamPath><radius unit="mm">240.00</radius><xRayTube><anodeMaterial>Cu</anodeMaterial></xRayTube></incidentBeamPath>
<scan appendNumber="0" status="Completed"><dataPoints><positions axis="2Theta" unit="deg"><startPosition>5.008</startPosition>
<endPosition>5.058</endPosition></positions><beamAttenuationFactors>1 1 188 1</beamAttenuationFactors>
<commonCountingTime unit="seconds">62.230</commonCountingTime><counts unit="counts">1678 1648 1730 1826</counts></dataPoints></scan>
</xrdMeasurement></xrdMeasurements>)",
    R"(data_O3
_cell_length_a 2.97421(5)
_cell_length_b 2.97421(5)
_cell_length_c 15.95554(15)
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'R -3 m :H'
_symmetry_Int_Tables_number 166
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
_atom_site_U_iso_or_equiv
Na1 Na 0 0 0.5 1 0.012(1)
Cr1 Cr 0 0 0 1 ?
O1 O 0 0 0.26721(13) 1 0.008
)",
    "data_zincite\n_cell_length_a 3.25\n_cell_length_b 3.25\n_cell_length_c 5.207\n_cell_angle_alpha "
    "90\n_cell_angle_beta 90\n"
    "_cell_angle_gamma "
    "120\nloop_\n_space_group_symop_operation_xyz\n'x,y,z'\n'x-y,x,z+1/2'\n'-y,x-y,z'\n'-x,-y,z+1/"
    "2'\n'-x+y,-x,z'\n"
    "'y,-x+y,z+1/2'\n'y,x,z+1/2'\n'x,x-y,z'\n'x-y,-y,z+1/2'\n'-y,-x,z'\n'-x,-x+y,z+1/"
    "2'\n'-x+y,y,z'\nloop_\n_atom_site_label\n"
    "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_B_iso_or_equiv\nZn1 0.3333 "
    "0.6667 0 0.5\nO1 0.3333 0.6667 0.382 0.6\n"
    "loop_\n_atom_site_aniso_label\n_atom_site_aniso_U_11\n_atom_site_aniso_U_22\n_atom_site_aniso_U_33\n_"
    "atom_site_aniso_U_12\n"
    "_atom_site_aniso_U_13\n_atom_site_aniso_U_23\nZn1 0.01 0.01 0.01 0.005 0 0\n",
};

const std::vector<std::string> nasty = {"nan",
                                        "-nan",
                                        "inf",
                                        "1e999",
                                        "-1e999",
                                        "1e-999",
                                        "-0",
                                        "0",
                                        "-1",
                                        "1e308",
                                        "1e15",
                                        "1e16",
                                        "?",
                                        ".",
                                        "''",
                                        "\"",
                                        ";",
                                        "\n;",
                                        "\n",
                                        "\r",
                                        "\r\n",
                                        "\t",
                                        ",",
                                        "#",
                                        "/*",
                                        "*/",
                                        "<",
                                        ">",
                                        "</",
                                        "]]>",
                                        "<!--",
                                        "&amp;",
                                        "&#0;",
                                        "loop_",
                                        "data_",
                                        "save_",
                                        "stop_",
                                        "_",
                                        "$",
                                        std::string(1, '\0'),
                                        "\xFF",
                                        "\xEF\xBB\xBF",
                                        "x+x",
                                        "1/0",
                                        "y,x,z",
                                        "-x,x+x+y,z",
                                        "99999999999999999999",
                                        "(5)",
                                        "(",
                                        ")",
                                        "2theta"};

struct Outcomes {
  int values = 0, errors = 0;
};

void check_error(const Error& error, Outcomes& outcomes) {
  const std::string what = error.what();
  ++outcomes.errors;
  if (!what.starts_with("f:") || what.size() < 10 || what.find('\n') != std::string::npos ||
      what.find('\0') != std::string::npos)
    FAIL_CHECK("bad message: " << what);
  if (error.place().line == 0) FAIL_CHECK("no line: " << what);
  if (what.find("expected") == std::string::npos) FAIL_CHECK("nothing expected: " << what);
}

void check_pattern(const Result<PowderPattern>& result, Outcomes& outcomes) {
  if (!result) return check_error(result.error(), outcomes);
  ++outcomes.values;
  const auto& p = result.value();
  bool sound =
      p.size() >= 2 && p.intensity.size() == p.size() && p.sigma.size() == p.size() && p.source == "f";
  for (std::size_t i = 0; sound && i < p.size(); ++i)
    sound = p.two_theta[i] > 0 && p.two_theta[i] < 180 && (i == 0 || p.two_theta[i] > p.two_theta[i - 1]) &&
            p.intensity[i] >= 0 && p.intensity[i] <= 1e15 && p.sigma[i] > 0 &&
            std::isfinite(1 / (p.sigma[i] * p.sigma[i]));
  if (p.radiation)
    for (const auto& line : p.radiation->lines())
      sound = sound && line.wavelength > 0 && line.wavelength < 100 && line.weight > 0 && line.weight <= 1;
  if (p.radius) sound = sound && *p.radius > 0 && std::isfinite(*p.radius);
  if (!sound) FAIL_CHECK("unsound pattern");
}

void check_structures(const Result<std::vector<Structure<double>>>& result, Outcomes& outcomes) {
  if (!result) return check_error(result.error(), outcomes);
  ++outcomes.values;
  bool sound = !result.value().empty();
  for (const auto& s : result.value()) {
    sound = sound && is_valid(s.cell) && !s.sites.empty() && s.space_group.order() >= 1 &&
            s.space_group.order() <= 192;
    for (const auto& site : s.sites) {
      sound = sound && !site.label.empty() && site.species.atomic_number > 0 && site.occupancy >= 0 &&
              site.occupancy <= 1 && site.u_iso >= 0 && site.u_iso <= 5 &&
              std::abs(site.position.x + site.position.y + site.position.z) < 400 &&
              s.space_group.order() % multiplicity(s.space_group, site.position) == 0;
    }
  }
  if (!sound) FAIL_CHECK("unsound structure");
}

std::string mutated(std::string text, const std::vector<std::string>& pool, lamella_test::Random& random) {
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(random.uniform() * static_cast<double>(n));
  };
  for (std::size_t count = 1 + below(4); count > 0; --count) {
    const std::size_t at = below(text.size() + 1);
    switch (below(7)) {
      case 0:
        text.resize(at);
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 2:
        text.insert(at, nasty[below(nasty.size())]);
        break;
      case 3:
        text.erase(at, below(20));
        break;
      case 4: {  // another number or word in place of one
        const auto start = text.find_first_not_of(" \t\n<>,;'", at);
        if (start == std::string::npos) break;
        const auto end = std::min(text.find_first_of(" \t\n<>,;'", start), text.size());
        text.replace(start, end - start, nasty[below(nasty.size())]);
        break;
      }
      case 5: {  // the end of another file
        const std::string& other = pool[below(pool.size())];
        text = text.substr(0, at) + other.substr(below(other.size() + 1));
        break;
      }
      default:
        text.insert(at, text.substr(below(text.size() + 1), below(200)));
        break;
    }
  }
  return text;
}

Outcomes run(const std::vector<std::string>& pool, std::uint64_t seed, int trials) {
  lamella_test::Random random(seed);
  Outcomes outcomes;
  for (int trial = 0; trial < trials; ++trial) {
    const std::string text = mutated(pool[static_cast<std::size_t>(trial) % pool.size()], pool, random);
    CAPTURE(seed);
    CAPTURE(trial);
    for (const auto format : {PowderFormat::columns, PowderFormat::xy, PowderFormat::xye})
      check_pattern(try_parse_powder(text, "f", format), outcomes);
    check_pattern(try_parse_xrdml(text, "f"), outcomes);
    check_structures(try_parse_cif_structures(text, "f"), outcomes);
    check_structures(try_parse_cif_structures(text, "f", {.anisotropic = true}), outcomes);
    const auto first = try_parse_cif(text, "f");
    if (!first) check_error(first.error(), outcomes);
  }
  return outcomes;
}

}  // namespace

TEST_CASE("no damage to a file makes a reader misbehave") {
  const auto outcomes = run(samples, 20240607, 8000);
  CHECK(outcomes.values > 1000);  // much damage leaves a readable file
  CHECK(outcomes.errors > 20000);
}

TEST_CASE("every truncation of a file is read or refused") {
  Outcomes outcomes;
  for (const auto& sample : samples)
    for (std::size_t length = 0; length <= sample.size(); ++length) {
      const std::string_view text = std::string_view(sample).substr(0, length);
      check_pattern(try_parse_powder(text, "f"), outcomes);
      check_pattern(try_parse_xrdml(text, "f"), outcomes);
      check_structures(try_parse_cif_structures(text, "f"), outcomes);
    }
  CHECK(outcomes.values > 100);
  CHECK(outcomes.errors > 1000);
}

// LAMELLA_MUTATIONS=n runs n more on the measured files.
TEST_CASE("data: no damage to a measured file makes a reader misbehave") {
  std::vector<std::string> pool;
  for (const char* file :
       {"powder/o3_nacro2_lab/CG20396_jdb12-1.xrdml", "patternformats/panalytical/xrdtools_test_scan.xrdml",
        "patternformats/xy/xylib_pesa_CR.txt", "patternformats/xye/example_mythen.xye",
        "structures/1550397.cif", "structures/dans_Na0.8CoO2_P63mmc.cif", "powder/std_nac_11bm/NAC.cif",
        "structures/zincite.cif", "powder/std_lab6_srm660c/cod_1000055_LaB6.cif",
        "patternformats/xy/210520step1_30min_panalytical.csv"}) {
    std::ifstream in(std::filesystem::path(LAMELLA_DATA_DIR) / file, std::ios::binary);
    pool.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    REQUIRE(pool.back().size() > 100);
  }
  const char* more = std::getenv("LAMELLA_MUTATIONS");
  const auto outcomes = run(pool, more == nullptr ? 7 : static_cast<std::uint64_t>(std::atoll(more)),
                            more == nullptr ? 200 : std::atoi(more));
  CHECK(outcomes.errors > 0);
}
