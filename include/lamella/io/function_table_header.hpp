// Tables of functions as a C++ header for simulation codes: constants that need nothing of the library but lamella/fit/function_table.hpp.
#pragma once

#include <lamella/core/error.hpp>           // fail
#include <lamella/core/measured.hpp>        // to_string
#include <lamella/fit/function_table.hpp>   // FunctionTable

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A table with the name of its constant and what it means: "volume of a formula unit, Å³".
template <std::size_t N, std::floating_point T = double>
struct NamedTable {
  std::string name;
  std::string meaning;
  FunctionTable<N, T> table;
};

namespace detail {

inline void check_identifier(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  bool good = !name.empty() && letter(name.front());
  for (const char c : name) good = good && (letter(c) || (c >= '0' && c <= '9'));
  if (!good) fail("table of a function: \"" + std::string(name) + "\", expected a name of letters, digits and _");
}

inline std::string comment(std::string_view mark, std::string_view text) {
  std::string out(mark);
  for (const char c : text) c == '\n' ? out.append("\n").append(mark) : out.append(1, c == '\r' || c == '\\' ? ' ' : c);
  return out + "\n";
}

}  // namespace detail

/// The text of such a header: numbers read back as the same ones. `about` (where the numbers come from) becomes its first comment. Throws for
/// names that are none in C++ and numbers that are not finite.
template <std::size_t N, std::floating_point T>
std::string function_table_header(std::string_view name_space, std::string_view about, const std::vector<NamedTable<N, T>>& tables) {
  static_assert(std::is_same_v<T, double> || std::is_same_v<T, float>, "tables of double or float");
  detail::check_identifier(name_space);
  std::string text = detail::comment("// ", about) + "#pragma once\n\n#include <lamella/fit/function_table.hpp>\n\nnamespace " + std::string(name_space) + " {\n";
  const char* suffix = std::is_same_v<T, float> ? "f" : "";
  const auto number = [&](T x) {
    if (!std::isfinite(x)) fail("table of a function: a number that is not finite");
    std::string digits = to_string(Measured{static_cast<double>(x), 0});
    if (digits.find_first_of(".e") == std::string::npos) digits += ".0";
    return digits + suffix;
  };
  for (const auto& [name, meaning, table] : tables) {
    detail::check_identifier(name);
    text += "\n" + detail::comment("/// ", meaning) + "inline constexpr lamella::FunctionTable<" + std::to_string(N) + (std::is_same_v<T, double> ? "" : ", float") + "> " + name +
            "{\n    " + number(table.lower) + ", " + number(table.upper);
    for (const auto* column : {&table.value, &table.slope, &table.esd}) {
      text += ",\n    {";
      std::string row;
      for (std::size_t i = 0; i < N; ++i) {
        const std::string next = number((*column)[i]) + (i + 1 < N ? "," : "");
        constexpr std::size_t width = 130;
        if (row.size() + next.size() > width) {
          text += row + "\n     ";
          row.clear();
        }
        row += (row.empty() ? "" : " ") + next;
      }
      text += row + "}";
    }
    text += "};\n";
  }
  return text + "\n}  // namespace " + std::string(name_space) + "\n";
}

}  // namespace lamella::inline LAMELLA_ABI
