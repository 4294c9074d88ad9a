// What the example programs share: options, exit status, and how results are written.
#pragma once

#include <lamella/core/error.hpp>
#include <lamella/io/atomic_file.hpp>
#include <lamella/report/html_page.hpp>
#include <lamella/version.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <string>

namespace program {

inline const std::string version = std::to_string(LAMELLA_VERSION_MAJOR) + "." + std::to_string(LAMELLA_VERSION_MINOR) + "." +
                                   std::to_string(LAMELLA_VERSION_PATCH);

/// Writes `result` with schema, program and version, all or nothing.
inline void write_json(const std::string& file, const char* name, nlohmann::json result) {
  result["schema"] = 1;
  result["program"] = name;
  result["version"] = version;
  if (!result.contains("warnings")) result["warnings"] = nlohmann::json::array();
  lamella::write_file(file, result.dump(1) + "\n");
}

/// Writes a page, all or nothing; its figures work without a network where the Vega files were installed.
inline void write_report(const std::string& file, const lamella::HtmlPage& page) {
  lamella::write_file(file, lamella::to_html(page, lamella::VegaScripts::from_directory(LAMELLA_VEGA_DIR)));
  std::printf("report: %s\n", file.c_str());
}

/// Parses the command line and runs `run`. Exit status: 0 success, 1 bad input or failed computation (one line on
/// standard error), 2 wrong usage.
template <class Run>
int main(CLI::App& app, int argc, char** argv, Run run) {
  app.set_version_flag("--version", version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return run();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}

}  // namespace program
