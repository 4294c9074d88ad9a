// A closed set of symmetry operations of fixed capacity, so that it can be computed by the compiler.
#pragma once

#include <lamella/crystal/symmetry_operation.hpp>  // SymmetryOperation, detail::is_crystallographic

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace lamella::inline LAMELLA_ABI {

/// Up to 192 symmetry operations (the order of Fm-3m modulo its conventional cell), in the order in which they were added.
class OperationList {
 public:
  static constexpr std::size_t capacity = 192;

  constexpr std::size_t size() const noexcept { return size_; }
  constexpr const SymmetryOperation& operator[](std::size_t i) const { return operations_[i]; }
  constexpr const SymmetryOperation* begin() const noexcept { return operations_.data(); }
  constexpr const SymmetryOperation* end() const noexcept { return operations_.data() + size_; }
  /// Adds one more; precondition: `size() < capacity`.
  constexpr void push_back(const SymmetryOperation& op) { operations_[size_++] = op; }
  constexpr bool contains(const SymmetryOperation& op) const { return std::find(begin(), end(), op) != end(); }

 private:
  std::array<SymmetryOperation, capacity> operations_{};
  std::size_t size_ = 0;
};

namespace detail {

/// Closes operations to a group: at most 48 rotations, and the translations of the cell by themselves.
class OperationClosure {
 public:
  /// False where the operations span no group of at most 192 elements.
  constexpr bool close(std::span<const SymmetryOperation> generators) {
    for (const auto& g : generators)
      if (!is_crystallographic(g.rotation)) return false;
    for (std::size_t i = 0; i < rotations_; ++i)
      for (const auto& g : generators) {
        const SymmetryOperation product = g * representatives_[i];
        // Elements beyond 2 and more than 48 rotations are of an infinite group: stop before they overflow.
        for (const int x : product.rotation)
          if (x < -2 || x > 2) return false;
        const int key = key_of(product);
        std::size_t j = 0;
        while (j < rotations_ && keys_[j] != key) ++j;
        if (j == rotations_) {
          if (rotations_ == representatives_.size()) return false;
          keys_[rotations_] = key;
          representatives_[rotations_++] = product;
        } else if (!add({product.translation[0] - representatives_[j].translation[0],
                         product.translation[1] - representatives_[j].translation[1],
                         product.translation[2] - representatives_[j].translation[2]})) {
          return false;
        }
      }
    for (std::size_t i = 0; i < translations_; ++i)  // rotated lattice vectors are lattice vectors
      for (const auto& g : generators)
        if (!add((SymmetryOperation{g.rotation, {}} * SymmetryOperation{{1, 0, 0, 0, 1, 0, 0, 0, 1}, lattice_[i]})
                     .translation))
          return false;
    return rotations_ * translations_ <= OperationList::capacity;
  }

  /// The representatives of the rotations, the identity first, once for each lattice translation.
  constexpr OperationList list() const {
    OperationList all;
    for (std::size_t i = 0; i < translations_; ++i)
      for (std::size_t j = 0; j < rotations_; ++j) {
        SymmetryOperation op = representatives_[j];
        for (std::size_t k = 0; k < 3; ++k)
          op.translation[k] = (op.translation[k] + lattice_[i][k]) % SymmetryOperation::denominator;
        all.push_back(op);
      }
    return all;
  }

 private:
  using Translation = std::array<int, 3>;

  static constexpr int key_of(const SymmetryOperation& op) {
    int key = 0;
    for (const int x : op.rotation) key = 5 * key + x + 2;
    return key;
  }
  static constexpr Translation wrapped(const Translation& t) {
    constexpr int n = SymmetryOperation::denominator;
    return {(t[0] % n + n) % n, (t[1] % n + n) % n, (t[2] % n + n) % n};
  }
  constexpr bool known(const Translation& t) const {
    for (std::size_t i = 0; i < translations_; ++i)
      if (lattice_[i] == t) return true;
    return false;
  }
  /// Extends the lattice by a translation and its multiples; false where it becomes too large.
  constexpr bool add(const Translation& step) {
    const Translation t = wrapped(step);
    const std::size_t before = translations_;
    for (Translation multiple = t; !known(multiple);) {
      if (translations_ + before > lattice_.size()) return false;
      for (std::size_t i = 0; i < before; ++i)
        lattice_[translations_++] =
            wrapped({lattice_[i][0] + multiple[0], lattice_[i][1] + multiple[1], lattice_[i][2] + multiple[2]});
      multiple = wrapped({multiple[0] + t[0], multiple[1] + t[1], multiple[2] + t[2]});
    }
    return true;
  }

  std::array<SymmetryOperation, 48> representatives_{};
  std::array<int, 48> keys_{key_of(SymmetryOperation{})};
  std::size_t rotations_ = 1;
  std::array<Translation, OperationList::capacity> lattice_{};
  std::size_t translations_ = 1;
};

}  // namespace detail

/// The group that operations span: all its operations, the identity first, those of the conventional cell's corner before
/// those shifted by a centring translation. Empty where they do not close to at most 192.
constexpr OperationList closed(std::span<const SymmetryOperation> generators) {
  detail::OperationClosure closure;
  return closure.close(generators) ? closure.list() : OperationList{};
}

}  // namespace lamella::inline LAMELLA_ABI
