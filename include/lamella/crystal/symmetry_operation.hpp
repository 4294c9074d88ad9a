// Symmetry operations as integers: rotation part and translation in twenty-fourths of a cell edge.
#pragma once

#include <lamella/core/error.hpp>           // Error, Place, fail
#include <lamella/core/result.hpp>          // Result
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
        for (std::size_t k = 0; k < 3; ++k)
          r.rotation[3 * i + j] += rotation[3 * i + k] * y.rotation[3 * k + j];
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

inline constexpr std::string_view operation_grammar =
    "expected three comma-separated parts such as \"-y,x-y,z+1/3\"";

/// Whether R has one of the orders 1, 2, 3, 4 and 6 that a lattice allows.
constexpr bool is_crystallographic(const std::array<int, 9>& rotation) noexcept {
  for (const int x : rotation)
    if (x < -2 || x > 2) return false;
  const SymmetryOperation op{rotation, {}};
  SymmetryOperation power = op;
  for (int order = 1; order <= 6; ++order, power = power * op)
    if (power == SymmetryOperation{}) return order != 5;
  return false;
}

/// What is wrong in the text of an operation, and at which character; `what` is null where nothing is.
struct OperationFault {
  const char* what = nullptr;
  std::size_t position = 0;
};

/// Reads a whole text as an operation; the fault where there is one.
constexpr OperationFault read_operation(std::string_view text, SymmetryOperation& op) noexcept {
  op = {};
  op.rotation = {};
  std::size_t pos = 0;
  const auto skip = [&] {
    while (pos < text.size() && (text[pos] == ' ' || text[pos] == '\t')) ++pos;
  };
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
        return {"sign or comma missing", pos};
      }
      if (pos >= text.size()) return {"unexpected end", pos};
      const char ch = text[pos];
      const int axis = (ch == 'x' || ch == 'X')   ? 0
                       : (ch == 'y' || ch == 'Y') ? 1
                       : (ch == 'z' || ch == 'Z') ? 2
                                                  : -1;
      if (axis >= 0) {
        op.rotation[3 * row + static_cast<std::size_t>(axis)] += sign;
        ++pos;
      } else {
        if (!digit() && ch != '.') return {"unknown character", pos};
        const std::size_t start = pos;
        double number = 0;
        for (; digit() && number < 1e6; ++pos) number = number * 10 + (text[pos] - '0');
        if (pos < text.size() && text[pos] == '.') {
          ++pos;
          for (double unit = 0.1; digit(); ++pos, unit /= 10) number += unit * (text[pos] - '0');
          if (pos - start == 1) return {"point without digits", start};
        } else if (pos < text.size() && text[pos] == '/') {
          ++pos;
          double divisor = 0;
          for (; digit() && divisor < 1e6; ++pos) divisor = divisor * 10 + (text[pos] - '0');
          if (divisor == 0) return {"division by nothing", start};
          number /= divisor;
        }
        const double units = number * SymmetryOperation::denominator;
        const int whole = static_cast<int>(units + 0.5);
        const double off = units - whole;
        if (off > 0.05 || off < -0.05) return {"translation is not a multiple of 1/24", start};
        op.translation[row] = (op.translation[row] + sign * (whole % SymmetryOperation::denominator)) %
                              SymmetryOperation::denominator;
      }
      any = true;
    }
    if (!any) return {"empty part", pos};
    if (row < 2) {
      if (pos >= text.size()) return {"unexpected end", pos};
      ++pos;
    }
    op.translation[row] =
        (op.translation[row] + SymmetryOperation::denominator) % SymmetryOperation::denominator;
  }
  if (pos != text.size()) return {"a fourth part", pos};
  if (!is_crystallographic(op.rotation)) return {"not a symmetry operation of a lattice", 0};
  return {};
}

inline Error operation_error(std::string_view text, const OperationFault& fault, const Place& where) {
  return Error("symmetry operation \"" + std::string(text) + "\", character " +
                   std::to_string(fault.position + 1) + ": " + fault.what + "; " +
                   std::string(operation_grammar),
               where);
}

[[noreturn, gnu::cold]] inline void fail_operation(std::string_view text, const OperationFault& fault) {
  fail(operation_error(text, fault, {}));
}

}  // namespace detail

/// Reads a coordinate triplet such as "-y,x-y,z+1/3" (CIF `_space_group_symop_operation_xyz`; upper or lower
/// case, blanks ignored, fractions or decimals). Throws `Error` with the character.
constexpr SymmetryOperation parse_operation(std::string_view text) {
  SymmetryOperation op;
  if (const detail::OperationFault fault = detail::read_operation(text, op); fault.what != nullptr)
    detail::fail_operation(text, fault);
  return op;
}

/// "-y,x-y,z+1/3": reads back with `parse_operation`.
inline std::string to_string(const SymmetryOperation& op) {
  std::string text;
  for (std::size_t row = 0; row < 3; ++row) {
    if (row > 0) text += ',';
    const std::size_t start = text.size();
    for (std::size_t k = 0; k < 3; ++k) {
      const int factor = op.rotation[3 * row + k];
      for (int n = factor < 0 ? -factor : factor; n > 0; --n) {  // 2x as x+x
        if (factor < 0) text += '-';
        else if (text.size() > start) text += '+';
        text += static_cast<char>('x' + k);
      }
    }
    int numerator = op.translation[row] % SymmetryOperation::denominator, divisor = SymmetryOperation::denominator;
    if (numerator == 0) continue;
    for (const int prime : {2, 2, 2, 3})
      if (numerator % prime == 0 && divisor % prime == 0) {
        numerator /= prime;
        divisor /= prime;
      }
    if (numerator > 0 && text.size() > start) text += '+';
    text += std::to_string(numerator) + "/" + std::to_string(divisor);
  }
  return text;
}

/// `parse_operation` that returns the error instead of throwing it.
inline Result<SymmetryOperation> try_parse_operation(std::string_view text, const Place& where = {}) {
  SymmetryOperation op;
  if (const detail::OperationFault fault = detail::read_operation(text, op); fault.what != nullptr)
    return detail::operation_error(text, fault, where);
  return op;
}

}  // namespace lamella::inline LAMELLA_ABI
