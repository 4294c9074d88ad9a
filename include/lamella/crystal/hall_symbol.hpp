// Hall symbols: a space group with its axes and origin in a few letters, and the operations that they span.
//
// S. R. Hall, Acta Cryst. A37 (1981) 517, in the form of S. R. Hall & R. W. Grosse-Kunstleve, International Tables for
// Crystallography Vol. B (2010), appendix 1.4.2:  [-]L N N N N (V)
// - L: lattice P A B C I F, R (obverse), S and T (R lattices along a and reverse), H; with "-" an inversion at the origin.
// - N: rotation 1 2 3 4 6, "-" for rotoinversion; axis x y z, ' (a-b), " (a+b), * (a+b+c), or none where the position
//   says it; screw component 1 ... 5 in units of 1/order; translations a b c n (halves) and u v w d (quarters).
// - V: shift of the origin in twelfths "(0 0 4)", or new coordinates "(x-y,x+y,z)", with factors such as 1/2x.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place, fail
#include <lamella/core/result.hpp>                 // Result
#include <lamella/crystal/operation_list.hpp>      // OperationList, closed
#include <lamella/crystal/symmetry_operation.hpp>  // SymmetryOperation

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// What is wrong in a Hall symbol, and at which character; `what` is null where nothing is.
struct HallFault {
  const char* what = nullptr;
  std::size_t position = 0;
};

/// Reads one Hall symbol into operations that generate its group.
class HallReader {
 public:
  constexpr explicit HallReader(std::string_view text) : text_(text) {}

  constexpr HallFault read() {
    skip();
    const bool centric = take('-');
    skip();
    if (!lattice()) return {"unknown lattice letter", pos_};
    skip();
    int position = 1;
    for (; pos_ < text_.size() && text_[pos_] != '('; ++position, skip()) {
      if (position > 4) return {"more than four rotations", pos_};
      if (const HallFault fault = rotation(position); fault.what != nullptr) return fault;
    }
    if (position == 1) return {"no rotation", pos_};
    if (centric) add({{-1, 0, 0, 0, -1, 0, 0, 0, -1}, {}});
    if (pos_ < text_.size()) {
      const std::size_t start = pos_;
      if (const HallFault fault = change_of_basis(); fault.what != nullptr) return fault;
      skip();
      if (pos_ < text_.size()) return {"text behind the change of basis", pos_};
      if (const char* what = transform()) return {what, start};
    }
    return {};
  }

  constexpr std::span<const SymmetryOperation> generators() const { return {generators_.data(), size_}; }

 private:
  static constexpr int denominator = SymmetryOperation::denominator;

  static constexpr bool blank(char c) { return c == ' ' || c == '\t' || c == '_'; }
  constexpr void skip() {
    while (pos_ < text_.size() && blank(text_[pos_])) ++pos_;
  }
  constexpr bool take(char c) {
    if (pos_ >= text_.size() || text_[pos_] != c) return false;
    ++pos_;
    return true;
  }
  constexpr bool digit() const { return pos_ < text_.size() && text_[pos_] >= '0' && text_[pos_] <= '9'; }
  static constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
  static constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

  constexpr void add(const SymmetryOperation& op) { generators_[size_++] = op; }
  constexpr void add_translation(int x, int y, int z) { add({{1, 0, 0, 0, 1, 0, 0, 0, 1}, {x, y, z}}); }

  constexpr bool lattice() {
    if (pos_ >= text_.size()) return false;
    switch (upper(text_[pos_])) {
      case 'P':
        break;
      case 'A':
        add_translation(0, 12, 12);
        break;
      case 'B':
        add_translation(12, 0, 12);
        break;
      case 'C':
        add_translation(12, 12, 0);
        break;
      case 'I':
        add_translation(12, 12, 12);
        break;
      case 'F':
        add_translation(0, 12, 12);
        add_translation(12, 0, 12);
        break;
      case 'R':
        add_translation(16, 8, 8);
        break;
      case 'S':
        add_translation(8, 8, 16);
        break;
      case 'T':
        add_translation(8, 16, 8);
        break;
      case 'H':
        add_translation(16, 8, 0);
        break;
      default:
        return false;
    }
    ++pos_;
    return true;
  }

  /// One N, up to the next blank or parenthesis.
  constexpr HallFault rotation(int position) {
    const std::size_t start = pos_;
    const bool improper = take('-');
    const int order = digit() ? text_[pos_] - '0' : 0;
    if (order < 1 || order > 6 || order == 5) return {"the order of the rotation is none of 1, 2, 3, 4, 6", pos_};
    ++pos_;
    char axis = 0;  // x, y, z, or one of ' " *
    int screw = 0;
    std::array<int, 3> translation{};
    for (; pos_ < text_.size() && !blank(text_[pos_]) && text_[pos_] != '('; ++pos_) {
      char c = lower(text_[pos_]);
      const std::size_t here = pos_;
      if (c == '\'' && pos_ + 1 < text_.size() && text_[pos_ + 1] == '\'') {  // two apostrophes for "
        c = '"';
        ++pos_;
      }
      if (c == 'x' || c == 'y' || c == 'z' || c == '\'' || c == '"' || c == '*') {
        // "2x'" is the diagonal in the plane normal to x: the direction and then the mark.
        if (c == '\'' || c == '"') {
          if (order != 2 || mark_ != 0) return {"a diagonal axis is not possible here", here};
          mark_ = c;
        } else {
          if (axis != 0 || (c == '*' && order != 3)) return {"this axis is not possible here", here};
          axis = c;
        }
      } else if (c >= '1' && c <= '5') {
        if (screw != 0 || c - '0' >= order) return {"this screw component is not possible here", here};
        screw = c - '0';
      } else {
        constexpr std::string_view letters = "abcuvw";
        const std::size_t letter = letters.find(c);
        if (letter != std::string_view::npos) translation[letter % 3] += letter < 3 ? 12 : 6;
        else if (c == 'n' || c == 'd')
          for (int& t : translation) t += c == 'n' ? 12 : 6;
        else return {"unknown character", here};
      }
    }
    if (mark_ == 0 && axis == 0 && order != 1) {
      if (position == 1) axis = 'z';
      else if (position == 2 && order == 2 && (previous_ == 2 || previous_ == 4)) axis = 'x';
      else if (position == 2 && order == 2 && (previous_ == 3 || previous_ == 6)) mark_ = '\'';
      else if (position == 3 && order == 3) axis = '*';
      else return {"the axis is missing", start};
    }
    if (screw != 0 && (mark_ != 0 || axis == '*')) return {"a screw component along a diagonal", start};
    if (mark_ != 0 && axis == 0) axis = principal_;
    SymmetryOperation op{matrix(order, axis), {}};
    if (axis == 'x' || axis == 'y' || axis == 'z') {
      if (mark_ == 0) translation[static_cast<std::size_t>(axis - 'x')] += screw * denominator / order;
      if (order != 1 && mark_ == 0) principal_ = axis;
    }
    for (std::size_t i = 0; i < 3; ++i) op.translation[i] = translation[i] % denominator;
    if (improper)
      for (int& x : op.rotation) x = -x;
    mark_ = 0;
    previous_ = order;
    add(op);
    return {};
  }

  /// The rotation about z (or the diagonal that `mark_` names), turned to the axis.
  constexpr std::array<int, 9> matrix(int order, char axis) const {
    std::array<int, 9> z{1, 0, 0, 0, 1, 0, 0, 0, 1};
    if (axis == '*') return {0, 0, 1, 1, 0, 0, 0, 1, 0};
    if (mark_ == '\'') z = {0, -1, 0, -1, 0, 0, 0, 0, -1};
    else if (mark_ == '"') z = {0, 1, 0, 1, 0, 0, 0, 0, -1};
    else if (order == 2) z = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
    else if (order == 3) z = {0, -1, 0, 1, -1, 0, 0, 0, 1};
    else if (order == 4) z = {0, -1, 0, 1, 0, 0, 0, 0, 1};
    else if (order == 6) z = {1, -1, 0, 1, 0, 0, 0, 0, 1};
    const std::size_t shift = axis == 'x' ? 1 : axis == 'y' ? 2 : 0;
    std::array<int, 9> turned{};
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) turned[3 * ((i + shift) % 3) + (j + shift) % 3] = z[3 * i + j];
    return turned;
  }

  /// A whole number of at most three digits, with sign; false where there is none.
  constexpr bool integer(int& value) {
    const bool negative = take('-');
    if (!negative) take('+');
    if (!digit()) return false;
    value = 0;
    for (int digits = 0; digit(); ++digits, ++pos_) {
      if (digits == 3) return false;
      value = 10 * value + (text_[pos_] - '0');
    }
    if (negative) value = -value;
    return true;
  }

  constexpr HallFault change_of_basis() {
    ++pos_;  // (
    const std::size_t end = text_.find(')', pos_);
    if (end == std::string_view::npos) return {"the parenthesis is not closed", pos_ - 1};
    skip();
    if (text_.substr(pos_, end - pos_).find(',') == std::string_view::npos) {
      for (std::size_t i = 0; i < 3; ++i, skip()) {
        int twelfths = 0;
        const std::size_t start = pos_;
        if (!integer(twelfths)) return {"expected three whole numbers in units of 1/12", start};
        shift_[i] = 2 * twelfths;
      }
      basis_ = {denominator, 0, 0, 0, denominator, 0, 0, 0, denominator};
    } else {
      for (std::size_t row = 0; row < 3; ++row) {
        if (const HallFault fault = coordinate(row); fault.what != nullptr) return fault;
        if (row < 2 && !take(',')) return {"a comma is missing", pos_};
      }
    }
    if (!take(')')) return {"unexpected character in the change of basis", pos_};
    return {};
  }

  /// One of the new coordinates, such as -1/2x+y+1/4.
  constexpr HallFault coordinate(std::size_t row) {
    bool any = false;
    for (skip(); pos_ < text_.size() && text_[pos_] != ',' && text_[pos_] != ')'; skip(), any = true) {
      const std::size_t start = pos_;
      int sign = 1;
      if (take('-')) sign = -1;
      else if (!take('+') && any) return {"a sign is missing", pos_};
      skip();
      int units = denominator;
      if (digit()) {
        int numerator = 0, divisor = 1;
        if (!integer(numerator) || numerator > 24) return {"a factor that is too large", start};
        if (take('/') && (!digit() || !integer(divisor) || divisor == 0 || denominator % divisor != 0))
          return {"a fraction that is no multiple of 1/24", start};
        units = numerator * (denominator / divisor);
        if (!take('*')) skip();
      }
      const char c = pos_ < text_.size() ? lower(text_[pos_]) : ')';
      if (c == 'x' || c == 'y' || c == 'z') {
        ++pos_;
        basis_[3 * row + static_cast<std::size_t>(c - 'x')] += sign * units;
      } else if (units == denominator && pos_ > 0 && !(text_[pos_ - 1] >= '0' && text_[pos_ - 1] <= '9')) {
        return {"unexpected character in the change of basis", pos_};
      } else {
        shift_[row] += sign * units;
      }
      for (const int x : basis_)
        if (x > 100 || x < -100) return {"a factor that is too large", start};
      shift_[row] %= denominator;
    }
    return any ? HallFault{} : HallFault{"an empty coordinate", pos_};
  }

  /// Applies the change of basis to all generators: V S V⁻¹. Returns what is wrong, or null.
  constexpr const char* transform() {
    const auto& m = basis_;  // V in units of 1/24
    const std::array<int, 9> adjugate = {m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
                                         m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
                                         m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
    const long determinant = long{m[0]} * adjugate[0] + long{m[1]} * adjugate[3] + long{m[2]} * adjugate[6];
    if (determinant == 0) return "the new coordinates are not independent";
    const std::size_t order = closed(generators()).size();
    for (std::size_t n = 0; n < size_; ++n) {
      SymmetryOperation& op = generators_[n];
      std::array<long, 9> half{};
      for (std::size_t i = 0; i < 9; ++i)
        for (std::size_t k = 0; k < 3; ++k) half[i] += long{m[3 * (i / 3) + k]} * op.rotation[3 * k + i % 3];
      SymmetryOperation moved;
      for (std::size_t i = 0; i < 9; ++i) {
        long sum = 0;
        for (std::size_t k = 0; k < 3; ++k) sum += half[3 * (i / 3) + k] * adjugate[3 * k + i % 3];
        if (sum % determinant != 0) return "the new axes do not have the symmetry of the group";
        const long element = sum / determinant;
        if (element < -2 || element > 2) return "the new axes do not have the symmetry of the group";
        moved.rotation[i] = static_cast<int>(element);
      }
      for (std::size_t i = 0; i < 3; ++i) {
        long t = 0;
        for (std::size_t k = 0; k < 3; ++k) t += long{m[3 * i + k]} * op.translation[k];
        if (t % denominator != 0) return "translations on the new axes are no multiples of 1/24";
        t = t / denominator + shift_[i];
        for (std::size_t k = 0; k < 3; ++k) t -= long{moved.rotation[3 * i + k]} * shift_[k];
        moved.translation[i] = static_cast<int>((t % denominator + denominator) % denominator);
      }
      op = moved;
    }
    for (std::size_t i = 0; i < 3; ++i) {  // the old axes remain lattice translations
      const auto wrapped = [&](std::size_t k) { return (m[3 * k + i] % denominator + denominator) % denominator; };
      add_translation(wrapped(0), wrapped(1), wrapped(2));
    }
    // The number of lattice points grows with the cell; more of them would mean that the new axes are none.
    constexpr long unit = long{denominator} * denominator * denominator;
    if (static_cast<long>(closed(generators()).size()) * (determinant < 0 ? -determinant : determinant) !=
        static_cast<long>(order) * unit)
      return "the new axes are not vectors of the lattice";
    return nullptr;
  }

  std::string_view text_;
  std::size_t pos_ = 0;
  std::array<SymmetryOperation, 10> generators_{};  // 2 of the lattice, 4 rotations, the inversion, 3 old axes
  std::size_t size_ = 0;
  std::array<int, 9> basis_{};
  std::array<int, 3> shift_{};
  int previous_ = 0;
  char principal_ = 'z', mark_ = 0;
};

/// Reads a whole text as a Hall symbol into all operations of its group.
constexpr HallFault read_hall_symbol(std::string_view text, OperationList& all) {
  HallReader reader(text);
  if (const HallFault fault = reader.read(); fault.what != nullptr) return fault;
  all = closed(reader.generators());
  if (all.size() == 0) return {"the rotations do not span a space group", 0};
  return {};
}

inline Error hall_error(std::string_view text, const HallFault& fault, const Place& where) {
  return Error("Hall symbol \"" + std::string(text.substr(0, 60)) + "\", character " + std::to_string(fault.position + 1) +
                   ": " + fault.what + "; expected a symbol such as \"-R 3 2\"\" or \"-P 2ybc\"",
               where);
}

[[noreturn, gnu::cold]] inline void fail_hall(std::string_view text, const HallFault& fault) {
  fail(hall_error(text, fault, {}));
}

}  // namespace detail

/// All operations of the space group of a Hall symbol, modulo the lattice of its cell; the identity first. Upper or lower
/// case, parts separated by blanks or underscores. Throws `Error` with the character; a typo in a constant expression does
/// not compile.
constexpr OperationList parse_hall_symbol(std::string_view symbol) {
  OperationList all;
  if (const detail::HallFault fault = detail::read_hall_symbol(symbol, all); fault.what != nullptr)
    detail::fail_hall(symbol, fault);
  return all;
}

/// `parse_hall_symbol` that returns the error instead of throwing it.
inline Result<OperationList> try_parse_hall_symbol(std::string_view symbol, const Place& where = {}) {
  OperationList all;
  if (const detail::HallFault fault = detail::read_hall_symbol(symbol, all); fault.what != nullptr)
    return detail::hall_error(symbol, fault, where);
  return all;
}

}  // namespace lamella::inline LAMELLA_ABI
