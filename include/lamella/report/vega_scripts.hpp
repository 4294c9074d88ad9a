// The JavaScript that draws the figures of a page: inlined from an npm folder, or linked from the CDN.
#pragma once

#include <lamella/version.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// One of the three packages that draw a Vega-Lite specification.
struct VegaPackage {
  std::string_view name;
  std::string_view version;  ///< tested here; the one the CDN is asked for
  int major;                 ///< an installed package of this major version is accepted
  std::string_view file;     ///< the minified build, relative to the package
};

/// In the order in which a page loads them.
inline constexpr std::array<VegaPackage, 3> vega_packages{{
    {"vega", "5.33.1", 5, "build/vega.min.js"},
    {"vega-lite", "5.23.0", 5, "build/vega-lite.min.js"},
    {"vega-embed", "6.29.0", 6, "build/vega-embed.min.js"},
}};

/// Where a page gets its scripts from. Inlined, the page works from a file without a network (0.8 MB more);
/// otherwise it needs the network when it is opened.
class VegaScripts {
 public:
  /// The CDN: three small links instead of the scripts.
  VegaScripts() = default;

  /// The scripts under `node_modules`, as `npm install vega@5 vega-lite@5 vega-embed@6` puts them there.
  /// Where the folder or one of the packages is absent, or of another major version: the CDN, and `reason()`
  /// says why. Never fails.
  static VegaScripts from_directory(const std::filesystem::path& node_modules);

  /// Whether the page carries the scripts itself.
  bool inlined() const noexcept { return inlined_; }

  /// Why the scripts are not inlined; empty where they are.
  const std::string& reason() const noexcept { return reason_; }

  /// The `<script>` elements for the head of a page.
  const std::string& elements() const noexcept { return elements_; }

 private:
  static std::string links() {
    std::string out;
    for (const VegaPackage& package : vega_packages) {
      out += "<script src=\"https://cdn.jsdelivr.net/npm/" + std::string(package.name) + "@" +
             std::string(package.version) + "/" + std::string(package.file) + "\"></script>\n";
    }
    return out;
  }

  bool inlined_ = false;
  std::string reason_ = "no folder of scripts was asked for";
  std::string elements_ = links();
};

namespace detail {

/// The content of a file, or an empty text.
inline std::string text_of_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return {};
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A program as it may stand in a `<script>` element: what would end the element, or begin a comment in it,
/// is written differently inside the string it must be part of. The link to the source map is dropped.
inline std::string inline_script(std::string_view program) {
  const std::size_t map = program.rfind("//# sourceMappingURL=");
  if (map != std::string_view::npos) {
    const std::size_t end = program.find('\n', map);
    if (end == std::string_view::npos || end + 1 == program.size()) program = program.substr(0, map);
  }
  std::string out;
  out.reserve(program.size() + 16);
  for (std::size_t i = 0; i < program.size(); ++i) {
    const std::string_view rest = program.substr(i);
    const auto is = [rest](std::string_view lower) {
      if (rest.size() < lower.size()) return false;
      for (std::size_t k = 0; k < lower.size(); ++k) {
        const char c = rest[k];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[k]) return false;
      }
      return true;
    };
    if (program[i] == '<' && (is("</script") || is("<!--"))) {
      out += "<\\";
    } else {
      out += program[i];
    }
  }
  return out;
}

}  // namespace detail

inline VegaScripts VegaScripts::from_directory(const std::filesystem::path& node_modules) {
  VegaScripts scripts;
  if (node_modules.empty()) return scripts;
  std::string elements;
  for (const VegaPackage& package : vega_packages) {
    const std::filesystem::path folder = node_modules / package.name;
    const auto description = nlohmann::json::parse(detail::text_of_file(folder / "package.json"), nullptr, false);
    const bool named = description.is_object() && description.contains("version") && description["version"].is_string();
    if (!named) {
      scripts.reason_ = "there is no package " + std::string(package.name) + " in " + node_modules.string();
      return scripts;
    }
    const std::string version = description["version"].get<std::string>();
    int major = -1;
    std::from_chars(version.data(), version.data() + version.size(), major);
    if (major != package.major) {
      scripts.reason_ = std::string(package.name) + " in " + node_modules.string() + " has version " + version +
                        ", expected " + std::to_string(package.major);
      return scripts;
    }
    const std::filesystem::path file = folder / package.file;
    const std::string program = detail::text_of_file(file);
    if (program.empty()) {
      scripts.reason_ = "there is no script " + file.string();
      return scripts;
    }
    std::string notice = std::string(package.name) + " " + version + "\n" + detail::text_of_file(folder / "LICENSE");
    for (std::size_t end; (end = notice.find("*/")) != std::string::npos;) notice.replace(end, 2, "* /");
    elements += "<script>\n" + detail::inline_script("/* " + notice + " */\n" + program) + "\n</script>\n";
  }
  scripts.inlined_ = true;
  scripts.reason_.clear();
  scripts.elements_ = std::move(elements);
  return scripts;
}

}  // namespace lamella
