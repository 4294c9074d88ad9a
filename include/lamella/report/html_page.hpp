// One self-contained HTML page: headings, text, tables, verdicts and Vega-Lite figures.
#pragma once

#include <lamella/report/claims.hpp>              // Claim, claims_table
#include <lamella/report/detail/escape.hpp>       // escape_html, embedded_json
#include <lamella/report/detail/page_assets.hpp>  // page_style, page_script
#include <lamella/report/table.hpp>               // ReportTable
#include <lamella/report/vega_scripts.hpp>        // VegaScripts

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The parts of a page. All texts are plain UTF-8, never markup.
namespace html {

/// A section title; level 2 (section) to 4.
struct Heading {
  std::string text;
  int level = 2;
};

struct Paragraph {
  std::string text;
};

/// A paragraph set apart: what the reader must know, or must not overlook.
struct Note {
  std::string text;
  bool warning = false;
};

/// The few numbers that the page is about, in large type: "Rwp", "7.89 %", "expected 5.62 %".
struct Highlights {
  struct Item {
    std::string label;
    std::string value;
    std::string remark = {};
  };
  std::vector<Item> items;
};

/// Counts of verdicts as a bar and in words.
struct Tally {
  VerdictCount count;
};

/// A Vega-Lite specification and what it shows.
struct Figure {
  nlohmann::json specification;
  std::string caption;
};

struct Block;

/// Blocks behind a line that opens them.
struct Details {
  std::string summary;
  std::vector<Block> blocks;
};

/// Any part of a page.
struct Block {
  std::variant<Heading, Paragraph, Note, Highlights, Tally, ReportTable, Figure, Details> content;
};

}  // namespace html

/// A report: a title and blocks in reading order. Tables and figures are numbered.
struct HtmlPage {
  std::string title;
  std::string subtitle = {};
  std::vector<html::Block> blocks = {};

  HtmlPage& add(html::Block block) {
    blocks.push_back(std::move(block));
    return *this;
  }
  HtmlPage& heading(std::string text, int level = 2) { return add({html::Heading{std::move(text), level}}); }
  HtmlPage& paragraph(std::string text) { return add({html::Paragraph{std::move(text)}}); }
  HtmlPage& note(std::string text) { return add({html::Note{std::move(text), false}}); }
  HtmlPage& warning(std::string text) { return add({html::Note{std::move(text), true}}); }
  HtmlPage& highlights(std::vector<html::Highlights::Item> items) { return add({html::Highlights{std::move(items)}}); }
  HtmlPage& table(ReportTable content) { return add({std::move(content)}); }
  /// `specification`: Vega-Lite 5, for instance from `rietveld_figure`.
  HtmlPage& figure(nlohmann::json specification, std::string caption) {
    return add({html::Figure{std::move(specification), std::move(caption)}});
  }
  /// Blocks that are closed until the reader opens them.
  HtmlPage& details(std::string summary, std::vector<html::Block> inside) {
    return add({html::Details{std::move(summary), std::move(inside)}});
  }
  /// How many claims agree, and the table of all of them.
  HtmlPage& claims(std::span<const Claim> all, std::string caption = "Reported and computed") {
    add({html::Tally{count_verdicts(all)}});
    return table(claims_table(all, std::move(caption)));
  }
};

namespace detail {

/// Writes the blocks of one page; counts its tables and figures.
class PageWriter {
 public:
  void write(const html::Block& block) {
    std::visit([this](const auto& content) { (*this)(content); }, block.content);
  }

  const std::string& body() const { return out_; }
  std::size_t figures() const { return figures_; }

  void operator()(const html::Heading& heading) {
    const std::string tag = "h" + std::to_string(std::clamp(heading.level, 2, 4));
    out_ += "<" + tag + ">" + escape_html(heading.text) + "</" + tag + ">\n";
  }
  void operator()(const html::Paragraph& paragraph) { out_ += "<p>" + escape_html(paragraph.text) + "</p>\n"; }
  void operator()(const html::Note& note) {
    out_ += note.warning ? "<div class=\"note warning\" role=\"note\"><strong>Caution.</strong> "
                         : "<div class=\"note\" role=\"note\">";
    out_ += escape_html(note.text) + "</div>\n";
  }
  void operator()(const html::Highlights& highlights) {
    out_ += "<dl class=\"highlights\" style=\"max-width:" + std::to_string(18 * highlights.items.size()) + "rem\">\n";
    for (const auto& item : highlights.items) {
      out_ += "<div><dt>" + escape_html(item.label) + "</dt><dd>" + escape_html(item.value) + "</dd>";
      if (!item.remark.empty()) out_ += "<dd>" + escape_html(item.remark) + "</dd>";
      out_ += "</div>\n";
    }
    out_ += "</dl>\n";
  }
  void operator()(const html::Tally& tally) {
    struct Part {
      std::size_t count;
      Mark mark;
      std::string_view words;
    };
    const Part parts[] = {{tally.count.agrees, Mark::good, tally.count.agrees == 1 ? "agrees" : "agree"},
                          {tally.count.disagrees, Mark::bad, tally.count.disagrees == 1 ? "does not" : "do not"},
                          {tally.count.cannot_tell, Mark::open, "cannot be told"}};
    std::string bar;
    std::string legend;
    for (const Part& part : parts) {
      const std::string name(class_of(part.mark));
      const std::string number = std::to_string(part.count);
      if (part.count > 0) bar += "<span class=\"" + name + "\" style=\"flex:" + number + "\"></span>";
      legend += "<span class=\"" + name + "\">" + sign(part.mark) + number + " " + std::string(part.words) + "</span>";
    }
    out_ += "<div class=\"tally\"><div class=\"bar\" aria-hidden=\"true\">" + bar + "</div><div class=\"legend\">" + legend +
            "</div></div>\n";
  }
  void operator()(const ReportTable& table) {
    require_consistent(table);
    const std::size_t n = table.columns.size();
    std::vector<int> after_width(n, 0);
    bool prose = false;  // sentences in the last column
    for (const auto& row : table.rows) {
      if (row.size() != n) continue;
      prose = prose || (n > 1 && row.back().text.size() > 40);
      for (std::size_t j = 0; j < n; ++j) {
        if (table.columns[j].align != Align::decimal) continue;
        after_width[j] = std::max(after_width[j], width_in_tenths(split_at_point(row[j].text).after));
      }
    }
    out_ += "<div class=\"table\"><table>\n<caption><b>Table " + std::to_string(++tables_) + ".</b> " +
            escape_html(table.caption) + "</caption>\n<thead><tr>";
    for (const TableColumn& column : table.columns) {
      out_ += column.align == Align::decimal ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">";
      out_ += escape_html(column.header) + "</th>";
    }
    out_ += "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
      if (row.size() == 1 && n > 1) {
        out_ += "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"" + std::to_string(n) + "\">" + cell(row[0]) +
                "</th></tr>\n";
        continue;
      }
      out_ += "<tr>";
      for (std::size_t j = 0; j < n; ++j) {
        if (table.columns[j].align == Align::decimal) {
          out_ += "<td class=\"number\">" + number(row[j], after_width[j]) + "</td>";
        } else {
          const bool marked = row[j].mark != Mark::none;
          out_ += marked ? "<td class=\"mark\">" : (prose && j + 1 == n ? "<td class=\"prose\">" : "<td>");
          out_ += cell(row[j]) + "</td>";
        }
      }
      out_ += "</tr>\n";
    }
    out_ += "</tbody></table>\n";
    for (const std::string& note : table.notes) out_ += "<p>" + escape_html(note) + "</p>\n";
    out_ += "</div>\n";
  }
  void operator()(const html::Figure& figure) {
    const std::string number = std::to_string(++figures_);
    out_ += "<figure>\n<div class=\"plot\" data-spec=\"figure-" + number + "\" data-name=\"figure-" + number +
            "\"></div>\n<figcaption><b>Figure " + number + ".</b> " + escape_html(figure.caption);
    const nlohmann::json::json_pointer hint("/usermeta/lamella/hint");
    if (figure.specification.contains(hint) && figure.specification[hint].is_string()) {
      out_ += " <span class=\"hint\">" + escape_html(figure.specification[hint].get<std::string>()) + "</span>";
    }
    out_ += "</figcaption>\n<script type=\"application/json\" id=\"figure-" + number + "\">" +
            embedded_json(figure.specification, "figure " + number) + "</script>\n</figure>\n";
  }
  void operator()(const html::Details& details) {
    out_ += "<details class=\"more\"><summary>" + escape_html(details.summary) + "</summary><div class=\"inside\">\n";
    for (const html::Block& block : details.blocks) write(block);
    out_ += "</div></details>\n";
  }

 private:
  static std::string_view class_of(Mark mark) {
    return mark == Mark::good ? "good" : mark == Mark::bad ? "bad" : "open";
  }
  static std::string sign(Mark mark) { return "<span class=\"sign\">" + std::string(sign_of(mark)) + "</span>"; }
  static std::string cell(const TableCell& content) {
    const std::string text = escape_html(content.text);
    if (content.mark == Mark::none) return text;
    return "<span class=\"" + std::string(class_of(content.mark)) + "\">" + sign(content.mark) + text + "</span>";
  }
  /// A number whose part after the point has a fixed width: the points of a column stand in one line.
  static std::string number(const TableCell& content, int after_width) {
    const auto [before, after] = split_at_point(content.text);
    std::string text = escape_html(before);
    if (after_width > 0) {
      text += "<span style=\"width:" + std::to_string(after_width / 10) + "." + std::to_string(after_width % 10) + "ch\">" +
              escape_html(after) + "</span>";
    }
    if (content.mark == Mark::none) return text;
    return "<span class=\"" + std::string(class_of(content.mark)) + "\">" + sign(content.mark) + "</span>" + text;
  }
  /// Roughly how wide a text is, in tenths of the width of a digit.
  static int width_in_tenths(std::string_view text) {
    int width = 0;
    for (const char c : text) {
      if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) continue;
      width += c == '.' || c == ',' || c == '(' || c == ')' || c == ' ' ? 6 : 10;
    }
    return width;
  }

  std::string out_;
  std::size_t tables_ = 0;
  std::size_t figures_ = 0;
};

}  // namespace detail

/// The whole page as one HTML document (UTF-8). Nothing in it depends on time or place. A page without
/// figures carries no scripts. `write_file(path, to_html(page, scripts))` of io/atomic_file.hpp saves it.
/// Throws where a table has a wrong number of cells or a figure holds a number
/// that is not finite.
inline std::string to_html(const HtmlPage& page, const VegaScripts& scripts = {}) {
  detail::PageWriter writer;
  for (const html::Block& block : page.blocks) writer.write(block);
  const bool with_scripts = writer.figures() > 0;

  const std::string version = std::to_string(LAMELLA_VERSION_MAJOR) + "." + std::to_string(LAMELLA_VERSION_MINOR) + "." +
                              std::to_string(LAMELLA_VERSION_PATCH);
  const std::string title = detail::escape_html(page.title);
  std::string out;
  out.reserve(writer.body().size() + (with_scripts ? scripts.elements().size() : 0) + 16384);
  out += "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"generator\" content=\"lamella " + version + "\">\n<title>" + title + "</title>\n<style>";
  out += detail::page_style;
  out += "</style>\n";
  if (with_scripts) out += scripts.elements();
  out += "</head>\n<body>\n<main>\n<header><h1>" + title + "</h1>";
  if (!page.subtitle.empty()) out += "<p>" + detail::escape_html(page.subtitle) + "</p>";
  out += "</header>\n" + writer.body() + "</main>\n<footer><p>Made with lamella " + version + ".</p></footer>\n";
  if (with_scripts) {
    out += "<script>";
    out += detail::page_script;
    out += "</script>\n";
  }
  out += "</body>\n</html>\n";
  return out;
}

}  // namespace lamella
