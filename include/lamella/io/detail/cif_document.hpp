// The syntax of CIF 1.1: data blocks of tags and values, each with its line.
//
// Source: International Tables Vol. G (2006), chapter 2.2. An own tokenizer, because values in loops must keep their
// lines, because it must compile without exceptions, and because gemmi 0.5, the last header-only one, does not compile
// with clang as C++20 (std::vector of an incomplete type).
#pragma once

#include <lamella/core/error.hpp>      // Error, Place
#include <lamella/core/result.hpp>     // Result
#include <lamella/io/detail/text.hpp>  // in_quotes, byte_order_mark

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// A value without its quotes or the semicolons of a text field.
struct CifValue {
  std::string text;  ///< empty for a null
  std::size_t line = 0;
  bool is_null = false;  ///< unknown (?) or not applicable (.), unquoted
};

/// A tag with its value, or a loop of tags with rows of values.
struct CifItem {
  std::vector<std::string> tags;  ///< normalised by `cif_tag`
  std::vector<CifValue> values;   ///< row by row
  std::size_t line = 0;
};

struct CifBlock {
  std::string name;
  std::size_t line = 0;
  std::vector<CifItem> items;
};

struct CifDocument {
  std::string source;
  std::vector<CifBlock> blocks;
};

/// A tag in one spelling: lower case, and the point of newer dictionaries (_cell.length_a) as an underscore.
inline std::string cif_tag(std::string_view tag) {
  std::string plain(tag);
  for (char& c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '.') c = '_';
  }
  return plain;
}

enum class CifKind : std::uint8_t { end, data, loop, save, stop, tag, value, quoted_value, fault };

struct CifToken {
  CifKind kind = CifKind::end;
  std::string_view text;  ///< name of a block, tag, value without quotes; for a fault what is wrong
  std::size_t line = 0;
};

/// Cuts CIF text into tokens.
class CifTokens {
 public:
  explicit CifTokens(std::string_view text) : text_(text) {}

  CifToken next() {
    skip_blanks();
    if (at_ == text_.size()) return {CifKind::end, {}, line_};
    const char c = text_[at_];
    if (c == ';' && (at_ == 0 || is_line_end(text_[at_ - 1]))) return text_field();
    if (c == '\'' || c == '"') return quoted(c);
    return word();
  }

 private:
  static constexpr bool is_line_end(char c) noexcept { return c == '\n' || c == '\r'; }
  static constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || is_line_end(c); }
  static constexpr bool is_binary(char c) noexcept { return (c >= 0 && c < ' ' && !is_blank(c)) || c == 127; }
  static constexpr std::string_view binary = "binary data";

  /// Moves past one character, counting lines that end in LF, CR LF or CR.
  void advance() {
    if (text_[at_] == '\n' || (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] != '\n')))
      ++line_;
    ++at_;
  }

  void skip_blanks() {
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '#')) {
      if (text_[at_] == '#') at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      else advance();
    }
  }

  CifToken text_field() {
    const std::size_t line = line_;
    const std::size_t start = at_ + 1;
    for (advance(); at_ < text_.size(); advance()) {
      if (is_binary(text_[at_])) return {CifKind::fault, binary, line_};
      if (text_[at_] != ';' || !is_line_end(text_[at_ - 1])) continue;
      std::string_view content = text_.substr(start, at_ - start);
      content.remove_suffix(content.ends_with("\r\n") ? 2 : 1);
      ++at_;
      if (at_ < text_.size() && !is_blank(text_[at_]))
        return {CifKind::fault, "text after the semicolon that ends a text field", line_};
      return {CifKind::quoted_value, content, line};
    }
    return {CifKind::fault, "text field without the semicolon that ends it", line};
  }

  CifToken quoted(char quote) {
    const std::size_t start = at_ + 1;
    for (std::size_t end = start; end < text_.size() && !is_line_end(text_[end]); ++end) {
      if (is_binary(text_[end])) return {CifKind::fault, binary, line_};
      if (text_[end] != quote || (end + 1 < text_.size() && !is_blank(text_[end + 1]))) continue;
      at_ = end + 1;
      return {CifKind::quoted_value, text_.substr(start, end - start), line_};
    }
    return {CifKind::fault, "quoted text without the quote that ends it", line_};
  }

  CifToken word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && !is_blank(text_[at_])) {
      const char c = text_[at_++];
      if (is_binary(c)) return {CifKind::fault, binary, line_};
    }
    const std::string_view all = text_.substr(start, at_ - start);
    const auto begins = [&](std::string_view reserved) {  // without regard to case
      return all.size() >= reserved.size() &&
             std::equal(reserved.begin(), reserved.end(), all.begin(), [](char a, char b) {
               return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
             });
    };
    if (all.front() == '_')
      return all.size() > 1 ? CifToken{CifKind::tag, all, line_}
                            : CifToken{CifKind::fault, "tag without a name", line_};
    if (all.front() == '$') return {CifKind::fault, "frame reference ($)", line_};
    if (begins("data_")) return {CifKind::data, all.substr(5), line_};
    if (begins("global_") && all.size() == 7) return {CifKind::data, all, line_};
    if (begins("save_")) return {CifKind::save, all.substr(5), line_};
    if (begins("loop_") && all.size() == 5) return {CifKind::loop, all, line_};
    if (begins("stop_") && all.size() == 5) return {CifKind::stop, all, line_};
    return {CifKind::value, all, line_};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

inline bool is_value(const CifToken& token) noexcept {
  return token.kind == CifKind::value || token.kind == CifKind::quoted_value;
}

inline CifValue cif_value(const CifToken& token) {
  const bool null = token.kind == CifKind::value && (token.text == "?" || token.text == ".");
  return {null ? std::string() : std::string(token.text), token.line, null};
}

/// Reads the syntax of a CIF. Error where it is wrong, where a tag has no value, or a loop the wrong number of them.
/// Save frames are checked and left out.
inline Result<CifDocument> parse_cif_syntax(std::string_view text, std::string source) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  CifDocument document;
  document.source = std::move(source);
  const auto error = [&](const std::string& what, std::size_t line) {
    return Error("not valid CIF: " + what, Place{document.source, line});
  };
  CifTokens tokens(text);
  std::vector<CifItem> frame;
  std::size_t frame_line = 0;  // where an open save frame begins
  for (CifToken token = tokens.next(); token.kind != CifKind::end;) {
    if (token.kind == CifKind::fault)
      return error(std::string(token.text) + ", expected tags and values", token.line);
    if (token.kind == CifKind::data) {
      if (frame_line != 0) return error("save frame without its end, expected save_", frame_line);
      document.blocks.push_back({std::string(token.text), token.line, {}});
      token = tokens.next();
      continue;
    }
    if (document.blocks.empty())
      return error("text before the first data block, expected data_ and a name", token.line);
    std::vector<CifItem>& items = frame_line != 0 ? frame : document.blocks.back().items;
    if (token.kind == CifKind::save) {
      if (token.text.empty() != (frame_line != 0))
        return error(frame_line != 0 ? "save frame in a save frame, expected save_"
                                     : "end of no save frame, expected save_ and a name",
                     token.line);
      frame_line = frame_line != 0 ? 0 : token.line;
      frame.clear();
      token = tokens.next();
    } else if (token.kind == CifKind::tag) {
      const CifToken value = tokens.next();
      if (value.kind == CifKind::fault)
        return error(std::string(value.text) + ", expected a value", value.line);
      if (!is_value(value))
        return error("tag " + in_quotes(token.text) + " without a value, expected one", token.line);
      items.push_back({{cif_tag(token.text)}, {cif_value(value)}, token.line});
      token = tokens.next();
    } else if (token.kind == CifKind::loop) {
      CifItem loop;
      loop.line = token.line;
      for (token = tokens.next(); token.kind == CifKind::tag; token = tokens.next())
        loop.tags.push_back(cif_tag(token.text));
      if (token.kind == CifKind::fault)
        return error(std::string(token.text) + ", expected a loop of tags and values", token.line);
      if (loop.tags.empty()) return error("loop_ without tags, expected some", loop.line);
      for (; is_value(token); token = tokens.next()) loop.values.push_back(cif_value(token));
      if (loop.values.size() % loop.tags.size() != 0)
        return error("loop of " + std::to_string(loop.tags.size()) + " columns with " +
                         std::to_string(loop.values.size()) + " values, expected a multiple of " +
                         std::to_string(loop.tags.size()),
                     loop.line);
      items.push_back(std::move(loop));
      if (token.kind == CifKind::stop) token = tokens.next();
    } else {
      return error((token.kind == CifKind::stop ? "stop_ outside a loop"
                                                : "value " + in_quotes(token.text) + " without a tag") +
                       ", expected a tag, loop_ or data_",
                   token.line);
    }
  }
  if (frame_line != 0) return error("save frame without its end, expected save_", frame_line);
  if (document.blocks.empty())
    return Error("is empty, expected a CIF with a data_ block", Place{document.source, 1});
  return document;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
