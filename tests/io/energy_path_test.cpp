#include <lamella/io/energy_path.hpp>
#include <lamella/io/energy_path_json.hpp>
#include <lamella/io/outcar_path.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "scratch_folder.hpp"

using namespace lamella;

namespace {

const std::string neb = LAMELLA_DATA_DIR "/neb/";

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

template <class T>
std::string error_of(const Result<T>& result) {
  if (result) return "no error";
  const std::string message = result.error().what();
  CHECK(message.starts_with("a.dat:"));
  CHECK(contains(message, "expected"));
  CHECK(message.find_first_of("\r\n") == std::string::npos);
  CHECK(message.size() < 400);
  return message.substr(std::min<std::size_t>(6, message.size()));
}

using Column = std::vector<double>;

const std::string table = "  0  0.0  0.0  0.0  0\n  1  0.5  0.2  -0.4  1\n  2  1.0  0.0  0.0  2\n";

}  // namespace

TEST_CASE("neb.dat: distances, energies and forces") {
  for (const std::string& text : {table, std::string("\xEF\xBB\xBF# from nebbarrier.pl\r\n0 0 0 0\r\n\r\n1 0.5 2e-1 -.4\r\n2 1.0 0 0"),
                                  std::string("distance\tenergy\tforce\n0\t0\t0\n0.5\t0.2\t-0.4\n1\t0\t0\n"),
                                  std::string("# image, Energy (eV), Path (Å), Force/eV/Å\n0,0,0,0\n1,0.2,0.5,-0.4\n2,0,1,0\n"),
                                  std::string("# s / Angstrom  E / eV  F / eV/Ang\n0 0 0\n0.5 0.2 -0.4\n1 0 0\n")}) {
    CAPTURE(text);
    const auto path = parse_energy_path(text, "a.dat");
    CHECK(path.distance == Column{0, 0.5, 1});
    CHECK(path.energy == Column{0, 0.2, 0});
    CHECK(path.force == Column{0, -0.4, 0});
    CHECK(path.source == "a.dat");
  }
  CHECK(parse_energy_path("0 -1.5\n0.7 -1.2\n", "a.dat").force.empty());
  CHECK(parse_energy_path("energy distance\n-1.5 0\n-1.2 0.7\n", "a.dat").energy == Column{-1.5, -1.2});
}

TEST_CASE("faults of tables of a path") {
  const std::pair<std::string, const char*> cases[] = {
      {"", "1: no images, expected"},
      {"\n \n", "no images"},
      {"# nothing\n", "no images"},
      {"0 0 0 0 0\n", "1: 1 images, expected a path of two or more"},
      {"0 0 0\n1 1 1\n", "1: 3 columns without names"},
      {"0\n1\n", "1: 1 columns without names"},
      {table + "4 1.5 0 0 4\n", "4: image \"4\", expected 3"},
      {table + "3 0.9 0 0 3\n", "image 3: distance 0.9 after 1"},
      {table + "3 1.5 0 0\n", "4: 4 columns, expected 5"},
      {table + "3 1.5 nan 0 3\n", "4: \"nan\" is not finite, expected an energy in eV"},
      {table + "3 1,5 0 0 3\n", "4: 6 columns, expected 5"},
      {table + "3 x 0 0 3\n", "4: \"x\" is not a number, expected a distance"},
      {table + "3 1.5 1e999 0 3\n", "too large"},
      {table + "3 1.5 1e300 0 3\n", "image 3: energy 1e+300, expected eV"},
      {"distance force\n0 0\n1 1\n", "1: the columns \"distance force\", expected \"distance\" and \"energy\""},
      {"distance energy energy\n0 0 0\n", "two columns of the kind \"energy\""},
      {"distance/nm energy/eV\n0 0\n1 1\n", "a column in \"nm\", expected distances in Å"},
      {"distance (Å) energy (meV)\n0 0\n1 1\n", "a column in \"meV\""},
      {"<html>\n<body>\n", "columns without names"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const std::string error = error_of(try_parse_energy_path(text, "a.dat"));
    CAPTURE(error);
    CHECK(contains(error, message));
  }
  CHECK(contains(try_read_energy_path("/no/such/file").error().what(), "no such file"));
  // Cut anywhere and with any character damaged: an error or a sound path.
  const auto sound = [](const std::string& text) {
    const auto path = try_parse_energy_path(text, "a.dat");
    if (!path) {
      error_of(path);
      return true;
    }
    const EnergyProfile profile(path.value());
    return std::isfinite(profile.barrier()) && std::isfinite(profile.reverse_barrier());
  };
  for (std::size_t i = 0; i <= table.size(); ++i) CHECK(sound(table.substr(0, i)));
  for (std::size_t i = 0; i < table.size(); ++i)
    for (const char c : {'9', '-', 'e', ' ', '\n', '\0', '\xff', ','}) {
      std::string damaged = table;
      damaged[i] = c;
      CHECK(sound(damaged));
    }
}

TEST_CASE("OUTCAR: the last step of each image, and distances from either neighbour") {
  const std::string end = "  energy without entropy =     -9.9  energy(sigma->0) =     -9.8\n  energy  without entropy=     -10.1  energy(sigma->0) =     -10.0\n";
  const std::string moving =
      "  energy  without entropy=     -9.4  energy(sigma->0) =     -9.3\n NEB: distance to prev, next image, angle between     0.1 0.2  170.\n"
      " NEB: projections on to tangent (spring, REAL)    -0.002   -0.9\n"
      "  energy  without entropy=     -9.7  energy(sigma->0) =     -9.5\n NEB: distance to prev, next image, angle between     0.5 0.6  170.\n"
      " NEB: projections on to tangent (spring, REAL)    -0.002   -0.25\n";
  const auto first = try_parse_outcar_image(end, "a.dat").value();
  CHECK(first.energy == -10.0);
  CHECK_FALSE(first.force);
  const auto middle = try_parse_outcar_image(moving, "a.dat").value();
  CHECK(middle.energy == -9.5);
  CHECK(middle.force == -0.25);
  const OutcarImage images[] = {first, middle, first};
  const auto path = try_join_outcar_images(images, "a.dat").value();
  CHECK(path.distance == Column{0, 0.5, 1.1});
  CHECK(path.energy == Column{0, 0.5, 0});
  CHECK(path.force == Column{0, -0.25, 0});

  CHECK(contains(error_of(try_parse_outcar_image("", "a.dat")), "1: no line \"energy  without entropy="));
  CHECK(contains(error_of(try_parse_outcar_image(moving.substr(0, moving.rfind(" NEB: projections")), "a.dat")), "4: the last energy has no forces"));
  CHECK(contains(error_of(try_parse_outcar_image("energy  without entropy= 1 energy(sigma->0) = ******", "a.dat")), "1: \"******\" is not a number"));
  CHECK(contains(error_of(try_parse_outcar_image("energy  without entropy= 1", "a.dat")), "no \"energy(sigma->0) =\""));
  CHECK(contains(error_of(try_parse_outcar_image("energy  without entropy= 1 energy(sigma->0) = nan", "a.dat")), "not finite"));
  CHECK(contains(error_of(try_parse_outcar_image(end + " NEB: projections on to tangent (spring, REAL) 1", "a.dat")), "3: 1 numbers, expected 2"));
  const OutcarImage two[] = {first, first};
  CHECK(contains(error_of(try_join_outcar_images(two, "a.dat")), "2 images, expected"));
  const OutcarImage none[] = {first, first, first};
  CHECK(contains(error_of(try_join_outcar_images(none, "a.dat")), "no distance between images 0 and 1"));
  OutcarImage other = middle;
  other.to_previous = 0.7;
  const OutcarImage unlike[] = {first, middle, other, first};
  CHECK(contains(error_of(try_join_outcar_images(unlike, "a.dat")), "between images 1 and 2 is 0.6 Å in one and 0.7 Å"));
  other.to_previous = 0.6;
  other.force.reset();
  const OutcarImage some[] = {first, middle, other, first};
  CHECK(contains(error_of(try_join_outcar_images(some, "a.dat")), "1 of 2 moving images have a force"));
  CHECK(contains(try_read_outcar_path(std::filesystem::path("/no/such/folder")).error().what(), "no folder 00"));
}

TEST_CASE("JSON of a path") {
  const auto path = parse_energy_path_json(R"({"r": [0, 1, 2], "energies": [0, 0.5, 0.1], "forces": null, "structures": []})", "a.dat");
  CHECK(path.distance == Column{0, 1, 2});
  CHECK(path.force.empty());
  const std::pair<std::string, const char*> cases[] = {
      {"", "is not JSON"},
      {"[1, 2]", "is no object"},
      {R"({"r": [0, 1]})", "no \"energies\""},
      {R"({"r": [0, 1], "energies": [0, "x"]})", "energies[1]: is no number"},
      {R"({"r": [0, 1], "energies": [0]})", "expected as many of each"},
      {R"({"r": [0, 0], "energies": [0, 1]})", "image 1: distance 0 after 0"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    CHECK(contains(error_of(try_parse_energy_path_json(text, "a.dat")), message));
  }
}

TEST_CASE("data: barriers and energies along the reference paths") {
  const auto reference = nlohmann::json::parse(std::ifstream(neb + "reference_neb.json"));
  std::size_t paths = 0;
  for (const auto& [file, r] : reference["paths"].items()) {
    CAPTURE(file);
    const EnergyProfile profile(read_energy_path(neb + file));
    const auto& path = profile.path();
    CHECK(path.size() == r["n_images"].get<std::size_t>());
    CHECK(path.distance.back() == r["path_length"].get<double>());
    const auto& fit = r["hermite_with_forces"];
    CHECK(profile.barrier() == doctest::Approx(fit["barrier_forward"].get<double>()).epsilon(1e-12));
    CHECK(profile.reverse_barrier() == doctest::Approx(fit["barrier_backward"].get<double>()).epsilon(1e-12));
    for (std::size_t i = 0; i + 1 < path.size(); ++i)
      CHECK(profile.energy(0.5 * (path.distance[i] + path.distance[i + 1])) ==
            doctest::Approx(fit["E_at_segment_midpoints"][i].get<double>()).epsilon(1e-10));
    CHECK(profile.extrema().size() == fit["extrema"].size());
    for (const auto& e : fit["extrema"]) {
      const auto near = std::find_if(profile.extrema().begin(), profile.extrema().end(), [&](const PathExtremum& x) {
        return std::abs(x.distance - e["s"].get<double>()) < 1e-8 && std::abs(x.energy - e["E"].get<double>()) < 1e-10 &&
               x.maximum == (e["kind"] == "max");
      });
      CHECK(near != profile.extrema().end());
    }
    ++paths;
  }
  CHECK(paths == 4);
}

TEST_CASE("data: pymatgen's case is 0.5288 eV, where a spline of the energies gives 0.562") {
  const EnergyProfile profile(read_energy_path_json(neb + "pymatgen_neb/neb_analysis2.json"));
  CHECK(std::abs(profile.barrier() - 0.52877) < 1e-5);
  CHECK(std::abs(profile.reverse_barrier() - 0.59703) < 1e-5);
  CHECK(std::abs(profile.highest().distance - 0.7752) < 1e-4);
  // Without its forces: the highest image, no more.
  EnergyPath bare = profile.path();
  bare.force.clear();
  CHECK(EnergyProfile(bare).barrier() == bare.energy[1] - bare.energy[0]);
}

TEST_CASE("data: OUTCARs of nine images give the path of neb.dat") {
  const auto reference = nlohmann::json::parse(std::ifstream(neb + "reference_neb.json"));
  std::vector<std::filesystem::path> files;
  const lamella_test::ScratchFolder folder;
  for (int i = 0; i < 9; ++i) {
    files.emplace_back(neb + "graphene_Li_vasp/fig-2d-NEB/0" + std::to_string(i) + "/OUTCAR.extract");
    const auto image = folder.path / ("0" + std::to_string(i));
    std::filesystem::create_directory(image);
    std::filesystem::copy_file(files.back(), image / "OUTCAR");
  }
  const auto path = read_outcar_path(files);
  const auto table_path = read_energy_path(neb + "graphene_Li_vasp/fig-2d-NEB/neb.dat");
  REQUIRE(path.size() == table_path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    CHECK(std::abs(path.distance[i] - table_path.distance[i]) < 3e-6);  // printed to six digits each
    CHECK(std::abs(path.energy[i] - reference["fig-2d energies relative to image 0"][i].get<double>()) < 1e-12);
    CHECK(path.force[i] == table_path.force[i]);
  }
  CHECK(read_outcar_path(folder.path).energy == path.energy);
}
