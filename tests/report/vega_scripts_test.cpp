#include <lamella/report/vega_scripts.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

using namespace lamella;
namespace fs = std::filesystem;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// A folder as npm makes it, with stand-ins for the three programs.
struct Modules {
  fs::path path = fs::temp_directory_path() / ("lamella_vega_" + std::to_string(std::random_device{}()));
  Modules() {
    for (const VegaPackage& package : vega_packages) {
      fs::create_directories((path / package.name / package.file).parent_path());
      describe(package.name, std::string(package.version));
      write(path / package.name / package.file, "program of " + std::string(package.name) + "();\n");
    }
  }
  ~Modules() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;

  static void write(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }
  void describe(std::string_view name, const std::string& version) const {
    write(path / name / "package.json", "{\"version\": \"" + version + "\"}");
  }
};

/// The reason why the scripts of `modules` are not inlined; checks that the CDN takes their place.
std::string reason_of(const fs::path& modules) {
  const VegaScripts scripts = VegaScripts::from_directory(modules);
  CHECK_FALSE(scripts.inlined());
  CHECK(scripts.elements() == VegaScripts().elements());
  return scripts.reason();
}

}  // namespace

TEST_CASE("without a folder the page asks the CDN for pinned versions") {
  const VegaScripts scripts;
  CHECK_FALSE(scripts.inlined());
  CHECK(scripts.elements() ==
        "<script src=\"https://cdn.jsdelivr.net/npm/vega@5.33.1/build/vega.min.js\"></script>\n"
        "<script src=\"https://cdn.jsdelivr.net/npm/vega-lite@5.23.0/build/vega-lite.min.js\"></script>\n"
        "<script src=\"https://cdn.jsdelivr.net/npm/vega-embed@6.29.0/build/vega-embed.min.js\"></script>\n");
  CHECK(reason_of("") == "no folder of scripts was asked for");
}

TEST_CASE("a complete folder is inlined in the order of loading, with its licences") {
  const Modules modules;
  Modules::write(modules.path / "vega" / "LICENSE", "BSD */ licence");
  const VegaScripts scripts = VegaScripts::from_directory(modules.path);
  REQUIRE(scripts.inlined());
  CHECK(scripts.reason().empty());
  const std::string& elements = scripts.elements();
  CHECK_FALSE(contains(elements, "https://"));
  CHECK(contains(elements, "/* vega 5.33.1\nBSD * / licence */\nprogram of vega();"));
  CHECK(elements.find("program of vega()") < elements.find("program of vega-lite()"));
  CHECK(elements.find("program of vega-lite()") < elements.find("program of vega-embed()"));
}

TEST_CASE("a program cannot end its element, and loses the link to its source map") {
  CHECK(detail::inline_script("a='</SCRIPT>';b='<!--';c<d") == "a='<\\/SCRIPT>';b='<\\!--';c<d");
  CHECK(detail::inline_script("f();\n//# sourceMappingURL=vega.min.js.map\n") == "f();\n");
  CHECK(detail::inline_script("f();\n//# sourceMappingURL=vega.min.js.map") == "f();\n");
  CHECK(detail::inline_script("//# sourceMappingURL=x\nf();") == "//# sourceMappingURL=x\nf();");
}

TEST_CASE("a folder that is absent, partial or of another version falls back and says why") {
  const Modules modules;
  const std::string here = modules.path.string();
  CHECK(reason_of(modules.path / "absent") == "there is no package vega in " + here + "/absent");

  modules.describe("vega-lite", "6.1.0");
  CHECK(reason_of(modules.path) == "vega-lite in " + here + " has version 6.1.0, expected 5");
  modules.describe("vega-lite", "5.0.0");
  CHECK(VegaScripts::from_directory(modules.path).inlined());

  Modules::write(modules.path / "vega-embed" / "build" / "vega-embed.min.js", "");
  CHECK(reason_of(modules.path) == "there is no script " + here + "/vega-embed/build/vega-embed.min.js");
  Modules::write(modules.path / "vega-embed" / "package.json", "{\"version\": 6");
  CHECK(reason_of(modules.path) == "there is no package vega-embed in " + here);
}
