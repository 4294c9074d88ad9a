// Symmetry operations as integers: rotation part and translation in twenty-fourths of a cell edge.
#pragma once

#include <lamella/core/error.hpp>           // fail
#include <lamella/core/scalar.hpp>          // Scalar
#include <lamella/crystal/coordinates.hpp>  // Fractional, Miller

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// x' = R x + t on fractional coordinates (International Tables convention: columns).
struct SymmetryOperation {
  static constexpr int denominator = 24;  ///< unit of `translation`: 1/24 covers all crystallographic ones

  std::array<int, 9> rotation{1, 0, 0, 0, 1, 0, 0, 0, 1};  ///< R, row by row
  std::array<int, 3> translation{0, 0, 0};                 ///< t in units of 1/24, in [0, 24)

  constexpr auto operator<=>(const SymmetryOperation&) const = default;

  /// First `y`, then this operation; the translation is brought back into the cell.
  constexpr SymmetryOperation operator*(const SymmetryOperation& y) const {
    SymmetryOperation r;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) {
        r.rotation[3 * i + j] = 0;
        for (std::size_t k = 0; k < 3; ++k) r.rotation[3 * i + j] += rotation[3 * i + k] * y.rotation[3 * k + j];
      }
      int t = translation[i];
      for (std::size_t k = 0; k < 3; ++k) t += rotation[3 * i + k] * y.translation[k];
      r.translation[i] = ((t % denominator) + denominator) % denominator;
    }
    return r;
  }

  /// The row vector h R: where the operation takes a reflection.
  constexpr Miller transform(const Miller& m) const {
    const auto& r = rotation;
    return {m.h * r[0] + m.k * r[3] + m.l * r[6], m.h * r[1] + m.k * r[4] + m.l * r[7],
            m.h * r[2] + m.k * r[5] + m.l * r[8]};
  }

  /// h·t in units of 1/24.
  constexpr int phase(const Miller& m) const {
    return m.h * translation[0] + m.k * translation[1] + m.l * translation[2];
  }

  /// The image of a position; not brought back into the cell.
  template <Scalar T>
  constexpr Fractional<T> operator()(const Fractional<T>& p) const {
    const auto row = [&](std::size_t i) {
      return T(double(rotation[3 * i])) * p.x + T(double(rotation[3 * i + 1])) * p.y +
             T(double(rotation[3 * i + 2])) * p.z + T(double(translation[i]) / denominator);
    };
    return {row(0), row(1), row(2)};
  }
};

namespace detail {

constexpr std::string_view operation_grammar = "expected three comma-separated parts such as \"-y,x-y,z+1/3\"";

}  // namespace detail

/// Reads a coordinate triplet such as "-y,x-y,z+1/3" (CIF `_space_group_symop_operation_xyz`; upper or lower
/// case, blanks ignored, fractions or decimals). Throws `Error` with the column.
constexpr SymmetryOperation parse_operation(std::string_view text, Place where = {}) {
  SymmetryOperation op;
  op.rotation = {};
  std::size_t pos = 0;
  const auto complain = [&](const char* what) {
    fail("symmetry operation \"" + std::string(text) + "\", character " + std::to_string(pos + 1) + ": " + what + "; " +
             std::string(detail::operation_grammar), where);
  };
  const auto skip = [&] { while (pos < text.size() && (text[pos] == ' ' || text[pos] == '\t')) ++pos; };
  const auto digit = [&] { return pos < text.size() && text[pos] >= '0' && text[pos] <= '9'; };
  for (std::size_t row = 0; row < 3; ++row) {
    bool any = false;
    for (skip(); pos < text.size() && text[pos] != ','; skip()) {
      int sign = 1;
      if (text[pos] == '+' || text[pos] == '-') {
        sign = text[pos] == '-' ? -1 : 1;
        ++pos;
        skip();
      } else if (any) {
        complain("sign or comma missing");
      }
      if (pos >= text.size()) complain("unexpected end");
      const char ch = text[pos];
      const int axis = (ch == 'x' || ch == 'X') ? 0 : (ch == 'y' || ch == 'Y') ? 1 : (ch == 'z' || ch == 'Z') ? 2 : -1;
      if (axis >= 0) {
        op.rotation[3 * row + static_cast<std::size_t>(axis)] += sign;
        ++pos;
      } else {
        if (!digit() && ch != '.') complain("unknown character");
        double number = 0;
        for (; digit() && number < 1e6; ++pos) number = number * 10 + (text[pos] - '0');
        if (pos < text.size() && text[pos] == '.') {
          ++pos;
          for (double unit = 0.1; digit(); ++pos, unit /= 10) number += unit * (text[pos] - '0');
        } else if (pos < text.size() && text[pos] == '/') {
          ++pos;
          double divisor = 0;
          for (; digit() && divisor < 1e6; ++pos) divisor = divisor * 10 + (text[pos] - '0');
          if (divisor == 0) complain("division by nothing");
          number /= divisor;
        }
        const double units = number * SymmetryOperation::denominator;
        const int whole = static_cast<int>(units + 0.5);
        const double off = units - whole;
        if (off > 0.05 || off < -0.05) complain("translation is not a multiple of 1/24");
        op.translation[row] += sign * whole;
      }
      any = true;
    }
    if (!any) complain("empty part");
    if (row < 2) {
      if (pos >= text.size()) complain("unexpected end");
      ++pos;
    }
    op.translation[row] = ((op.translation[row] % 24) + 24) % 24;
  }
  if (pos != text.size()) complain("a fourth part");
  const auto& r = op.rotation;
  const int det = r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]);
  if (det != 1 && det != -1) complain("not a symmetry operation (determinant is neither 1 nor -1)");
  return op;
}

}  // namespace lamella
