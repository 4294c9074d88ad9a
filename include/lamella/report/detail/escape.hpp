// Text and JSON made safe for an HTML document.
#pragma once

#include <lamella/core/error.hpp>  // fail

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Length of the well-formed UTF-8 sequence at the start of `text`, 0 where there is none (RFC 3629, section 4).
constexpr std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  const auto follows = [byte](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return text.empty() ? 0 : 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;  // surrogates
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

/// `text` for the content of an element or a quoted attribute. What is no UTF-8, and control characters,
/// become U+FFFD.
inline std::string escape_html(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text.front();
    if (length == 0) {
      out += replacement;
    } else if (length > 1) {
      out += text.substr(0, length);
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
      out += replacement;
    } else {
      out += c;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

/// Throws where a number in `value` is NaN or infinite; `where` names the document in the message.
inline void require_finite(const nlohmann::json& value, const std::string& where, const std::string& path = "") {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    fail(where + ": the number at '" + (path.empty() ? "/" : path) + "' is not finite");
  }
  if (!value.is_structured()) return;
  for (const auto& [key, member] : value.items()) require_finite(member, where, path + "/" + key);
}

/// `value` as JSON for a `<script type="application/json">` element: no `<` can end the element.
/// Throws where a number is not finite.
inline std::string embedded_json(const nlohmann::json& value, const std::string& where) {
  require_finite(value, where);
  const std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace detail
}  // namespace lamella
