// A table described once and written as plain text for the terminal, as Markdown, or as HTML in a report.
#pragma once

#include <lamella/core/error.hpp>     // fail
#include <lamella/core/measured.hpp>  // Measured, to_string

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// How the cells of a column are set: text to the left, or numbers with their decimal points in one line.
/// A number is anything that starts with a digit or a sign: 2.9742(4), -0.98, 12; other texts in a numeric
/// column end where the digits before the point end.
enum class Align { left, decimal };

/// What a cell says beyond its text. Shown by a sign and a colour that do not rely on each other.
enum class Mark { none, good, bad, open };

/// One cell; text, `value(esd)` of a measured number, or a text with a mark.
struct TableCell {
  std::string text;
  Mark mark = Mark::none;

  TableCell() = default;
  TableCell(std::string content) : text(std::move(content)) {}       // NOLINT(google-explicit-constructor)
  TableCell(std::string_view content) : text(content) {}             // NOLINT(google-explicit-constructor)
  TableCell(const char* content) : text(content) {}                  // NOLINT(google-explicit-constructor)
  TableCell(const Measured& m) : text(lamella::to_string(m)) {}      // NOLINT(google-explicit-constructor)
  TableCell(Mark sign, std::string content) : text(std::move(content)), mark(sign) {}
};

/// Heading (with the unit: "c / Å") and setting of one column.
struct TableColumn {
  std::string header;
  Align align = Align::left;
};

/// A table of a report. A row has one cell per column; a row of a single cell is the heading of the rows
/// below it.
struct ReportTable {
  std::string caption = {};
  std::vector<TableColumn> columns = {};
  std::vector<std::vector<TableCell>> rows = {};
  std::vector<std::string> notes = {};  ///< printed below the table, one line each
};

/// Throws unless the table has columns and every row has one cell per column or is a heading.
inline void require_consistent(const ReportTable& table) {
  if (table.columns.empty()) fail("table '" + table.caption + "': it has no columns");
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::size_t cells = table.rows[i].size();
    if (cells == table.columns.size() || cells == 1) continue;
    fail("table '" + table.caption + "', row " + std::to_string(i + 1) + ": " + std::to_string(cells) +
         " cells, expected " + std::to_string(table.columns.size()) + " or 1");
  }
}

/// The sign of a mark: ✓, ✗, ?; empty for none.
constexpr std::string_view sign_of(Mark mark) {
  switch (mark) {
    case Mark::good: return "✓";
    case Mark::bad: return "✗";
    case Mark::open: return "?";
    case Mark::none: break;
  }
  return "";
}

namespace detail {

/// Number of characters on the screen: code points that are no combining accents (U+0300 … U+036F).
constexpr std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    const bool combining = byte == 0xCCU || (byte == 0xCDU && next < 0xB0U);
    if (!combining) ++width;
  }
  return width;
}

/// A numeric cell cut before its decimal point, or before the esd or unit where it has no point.
struct DecimalParts {
  std::string_view before;
  std::string_view after;
};

constexpr DecimalParts split_at_point(std::string_view text) {
  const std::string_view digits = "0123456789";
  const std::size_t first = text.find_first_of(digits);
  const bool number = first != std::string_view::npos &&
                      text.substr(0, first).find_first_not_of("+-−± .<>≤≥≈~(") == std::string_view::npos;
  if (!number) return {text, {}};
  std::size_t cut = text.find_first_not_of(digits, first);
  if (first > 0 && text[first - 1] == '.') cut = first - 1;
  if (cut == std::string_view::npos) return {text, {}};
  return {text.substr(0, cut), text.substr(cut)};
}

/// Breaks a text into lines of at most `width` characters, at spaces where there are any.
inline std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (word.empty()) continue;
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (display_width(line) + 1 + display_width(word) <= width) {
      line += ' ';
      line += word;
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

inline std::string marked_text(const TableCell& cell) {
  std::string text(sign_of(cell.mark));
  if (!text.empty() && !cell.text.empty()) text += ' ';
  return text + cell.text;
}

}  // namespace detail

/// The table as lines of plain text (UTF-8), columns two spaces apart, each line ended by a newline and
/// none with trailing spaces. Where the table is wider than `width` characters and its last column is text,
/// that column is wrapped (to 20 characters at least). Throws where a row has a wrong number of cells.
inline std::string to_text(const ReportTable& table, std::size_t width = 110) {
  require_consistent(table);
  const std::size_t n = table.columns.size();
  const auto is_group = [n](const std::vector<TableCell>& row) { return row.size() == 1 && n > 1; };
  const bool grouped = std::any_of(table.rows.begin(), table.rows.end(), is_group);

  struct Extent {
    std::size_t before = 0, after = 0, total = 0;
  };
  std::vector<Extent> extents(n);
  for (const auto& row : table.rows) {
    if (is_group(row)) continue;
    for (std::size_t j = 0; j < n; ++j) {
      const std::string text = detail::marked_text(row[j]);
      if (table.columns[j].align == Align::decimal) {
        const auto [before, after] = detail::split_at_point(text);
        extents[j].before = std::max(extents[j].before, detail::display_width(before));
        extents[j].after = std::max(extents[j].after, detail::display_width(after));
      } else {
        extents[j].total = std::max(extents[j].total, detail::display_width(text));
      }
    }
  }
  const std::size_t indent = grouped ? 2 : 0;
  std::size_t line_width = indent + 2 * (n - 1);
  for (std::size_t j = 0; j < n; ++j) {
    Extent& extent = extents[j];
    const std::size_t header = detail::display_width(table.columns[j].header);
    const std::size_t body = std::max(extent.total, extent.before + extent.after);
    extent.total = std::max(header, body);
    if (table.columns[j].align == Align::decimal) extent.before += extent.total - body;
    line_width += extent.total;
  }
  std::size_t last_width = extents.back().total;
  if (table.columns.back().align == Align::left && line_width > width) {
    const std::size_t excess = line_width - width;
    const std::size_t wrapped = last_width > excess ? std::max<std::size_t>(last_width - excess, 20) : 20;
    last_width = std::min(last_width, wrapped);
    line_width -= extents.back().total - last_width;
    extents.back().total = last_width;
  }

  std::string out;
  const auto end_line = [&out] {
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out += '\n';
  };
  const auto spaces = [&out](std::size_t count) { out.append(count, ' '); };

  if (!table.caption.empty()) out += table.caption + "\n\n";
  spaces(indent);
  for (std::size_t j = 0; j < n; ++j) {
    const std::string& header = table.columns[j].header;
    const std::size_t width_here = detail::display_width(header);
    const std::size_t free = extents[j].total > width_here ? extents[j].total - width_here : 0;
    const bool to_the_right = table.columns[j].align == Align::decimal;
    if (to_the_right) spaces(free);
    out += header;
    if (!to_the_right) spaces(free);
    spaces(2);
  }
  end_line();
  out.append(line_width, '-');
  end_line();
  for (const auto& row : table.rows) {
    if (is_group(row)) {
      out += detail::marked_text(row.front());
      end_line();
      continue;
    }
    spaces(indent);
    std::size_t column_start = indent;
    for (std::size_t j = 0; j < n; ++j) {
      const std::string text = detail::marked_text(row[j]);
      if (table.columns[j].align == Align::decimal) {
        const auto [before, after] = detail::split_at_point(text);
        const std::size_t before_width = detail::display_width(before);
        spaces(extents[j].before - std::min(extents[j].before, before_width));
        out += text;
        spaces(extents[j].total - std::min(extents[j].total, extents[j].before + detail::display_width(after)));
      } else if (j + 1 == n) {
        const std::vector<std::string> lines = detail::wrap(text, last_width);
        for (std::size_t k = 0; k < lines.size(); ++k) {
          if (k > 0) {
            end_line();
            spaces(column_start);
          }
          out += lines[k];
        }
      } else {
        out += text;
        spaces(extents[j].total - std::min(extents[j].total, detail::display_width(text)));
      }
      spaces(2);
      column_start += extents[j].total + 2;
    }
    end_line();
  }
  for (const std::string& note : table.notes) {
    for (const std::string& line : detail::wrap(note, std::max<std::size_t>(width, 20))) out += line + "\n";
  }
  return out;
}

/// The table in Markdown, as GitHub and pandoc read it: caption in bold, columns of numbers to the right, headings of rows in bold,
/// notes below. Throws where a row has a wrong number of cells.
inline std::string to_markdown(const ReportTable& table) {
  require_consistent(table);
  const auto plain = [](const std::string& text) {
    std::string out;
    for (const char c : text) {
      if (c == '|' || c == '*' || c == '_' || c == '<' || c == '`' || c == '\\') out += '\\';
      out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return out;
  };
  std::string out;
  if (!table.caption.empty()) out += "**" + plain(table.caption) + "**\n\n";
  const auto row_of = [&](auto&& text_of) {
    for (std::size_t j = 0; j < table.columns.size(); ++j) out += "| " + text_of(j) + " ";
    out += "|\n";
  };
  row_of([&](std::size_t j) { return plain(table.columns[j].header); });
  row_of([&](std::size_t j) { return std::string(table.columns[j].align == Align::decimal ? "---:" : "---"); });
  for (const auto& row : table.rows) {
    const bool heading = row.size() == 1 && table.columns.size() > 1;
    row_of([&](std::size_t j) {
      if (j >= row.size()) return std::string();
      const std::string text = plain(detail::marked_text(row[j]));
      return heading ? "**" + text + "**" : text;
    });
  }
  for (const std::string& note : table.notes) out += "\n" + plain(note) + "\n";
  return out;
}

}  // namespace lamella
