// Value or error: what the non-throwing readers of outside data return.
#pragma once

#include <lamella/core/error.hpp>  // Error, fail

#include <utility>
#include <variant>

namespace lamella::inline LAMELLA_ABI {

/// Either a `T` or the `Error` that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}        // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}    // NOLINT(google-explicit-constructor)

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value. Throws the error where there is none.
  const T& value() const& {
    if (!has_value()) fail(error());
    return *std::get_if<0>(&state_);
  }
  T value() && {
    if (!has_value()) fail(error());
    return std::move(*std::get_if<0>(&state_));
  }

  /// The error; precondition: `!has_value()`.
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace lamella
