// Which of the scans, ranges or banks of a file to read.
#pragma once

#include <lamella/version.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// The part of a file to read, or why there is none.
struct ChosenPart {
  std::size_t index = 0;   ///< from 0
  std::string complaint;   ///< empty: there is such a part
  bool ambiguous = false;  ///< several parts and none wanted: the complaint belongs to the second
};

/// Part number `wanted`, from 1; without a wish the only one of `count` (1 or more). `kind` names a part, such as "scan".
inline ChosenPart chosen_part(std::optional<std::size_t> wanted, std::size_t count, std::string_view kind) {
  if (!wanted && count > 1) return {0, std::to_string(count) + " " + std::string(kind) + "s, expected one; say which to read, from 1", true};
  const std::size_t number = wanted.value_or(1);
  if (number < 1 || number > count)
    return {0, std::string(kind) + " " + std::to_string(number) + " does not exist, expected 1 to " + std::to_string(count)};
  return {number - 1, {}};
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
