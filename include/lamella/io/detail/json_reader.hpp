// Values out of JSON with one clear error for what is missing, of the wrong kind or out of range.
#pragma once

#include <lamella/core/error.hpp>      // Error, Place
#include <lamella/io/detail/text.hpp>  // in_quotes, show

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// A value of a JSON document and the keys that lead to it: "phases[0].space_group.hall".
struct JsonNode {
  const nlohmann::json* value = nullptr;
  std::string path;
};

/// Reads a JSON document. Keeps the first fault and goes on with harmless values until asked for it.
class JsonReader {
 public:
  explicit JsonReader(std::string source) : source_(std::move(source)) {}

  const std::optional<Error>& fault() const noexcept { return fault_; }
  void complain(const std::string& path, const std::string& what) {
    if (!fault_) fault_ = Error((path.empty() ? "" : path + ": ") + what, Place{source_});
  }

  /// Member `key` of an object, which must have it.
  JsonNode at(const JsonNode& object, const std::string& key) {
    JsonNode member{&nothing(), object.path.empty() ? key : object.path + "." + key};
    if (!object.value->is_object())
      complain(object.path, "is no object, expected one with " + in_quotes(key));
    else if (const auto found = object.value->find(key); found == object.value->end())
      complain(object.path, "no " + in_quotes(key) + ", expected it");
    else
      member.value = &*found;
    return member;
  }
  /// Whether an object has a member that is not null.
  bool has(const JsonNode& object, const std::string& key) const {
    if (!object.value->is_object()) return false;
    const auto found = object.value->find(key);
    return found != object.value->end() && !found->is_null();
  }
  /// The elements of an array.
  std::vector<JsonNode> elements(const JsonNode& array) {
    std::vector<JsonNode> list;
    if (!array.value->is_array()) complain(array.path, "is no list, expected one");
    else
      for (std::size_t i = 0; i < array.value->size(); ++i) list.push_back({&(*array.value)[i], array.path + "[" + std::to_string(i) + "]"});
    return list;
  }
  /// Complains of members with other names than these.
  void allow_only(const JsonNode& object, std::initializer_list<std::string_view> keys) {
    if (!object.value->is_object()) return complain(object.path, "is no object, expected one");
    std::string names;
    for (const auto key : keys) names.append(names.empty() ? "" : ", ").append(key);
    for (const auto& [key, value] : object.value->items())
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) complain(object.path, "unknown key " + in_quotes(key) + ", expected " + names);
  }

  double number(const JsonNode& node, double low = -std::numeric_limits<double>::max(), double high = std::numeric_limits<double>::max()) {
    if (node.value->is_number()) {
      const double x = node.value->get<double>();
      if (x >= low && x <= high) return x;
    }
    const bool bounded = low > -1e300 || high < 1e300;
    complain(node.path, (node.value->is_number() ? show(node.value->get<double>()) + " is out of range" : std::string("is no number")) +
                            ", expected a number" + (bounded ? " from " + show(low) + " to " + show(high) : ""));
    return 0;
  }
  int integer(const JsonNode& node, int low, int high) {
    if (node.value->is_number_integer()) {
      const double x = node.value->get<double>();
      if (x >= low && x <= high) return static_cast<int>(x);
    }
    complain(node.path, "expected a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return low;
  }
  bool boolean(const JsonNode& node) {
    if (!node.value->is_boolean()) complain(node.path, "expected true or false");
    return node.value->is_boolean() && node.value->get<bool>();
  }
  std::string text(const JsonNode& node) {
    if (node.value->is_string()) return node.value->get<std::string>();
    complain(node.path, "is no text, expected text");
    return {};
  }
  std::vector<double> numbers(const JsonNode& array, double low = -std::numeric_limits<double>::max(),
                              double high = std::numeric_limits<double>::max()) {
    std::vector<double> list;
    if (!array.value->is_array()) complain(array.path, "is no list, expected a list of numbers");
    else
      for (std::size_t i = 0; i < array.value->size() && !fault_; ++i) {
        const auto& value = (*array.value)[i];
        const double x = value.is_number() ? value.get<double>() : NAN;
        list.push_back(x >= low && x <= high ? x : number({&value, array.path + "[" + std::to_string(i) + "]"}, low, high));
      }
    return list;
  }
  /// One of several words.
  template <class Value, std::size_t N>
  Value word(const JsonNode& node, const std::array<std::pair<std::string_view, Value>, N>& words) {
    std::string expected;
    for (const auto& [name, value] : words) {
      if (node.value->is_string() && node.value->get_ref<const std::string&>() == name) return value;
      expected.append(expected.empty() ? "" : ", ").append(name);
    }
    complain(node.path, (node.value->is_string() ? in_quotes(node.value->get_ref<const std::string&>()) + " is unknown" : "is no text") +
                            ", expected one of " + expected);
    return words.front().second;
  }

 private:
  static const nlohmann::json& nothing() {
    static const nlohmann::json null;
    return null;
  }

  std::string source_;
  std::optional<Error> fault_;
};

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
