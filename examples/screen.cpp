// screen: all substitutions on the metal site of a host, judged, ranked, and the Pareto front of them.
#include <lamella/chemistry/formula.hpp>
#include <lamella/io/atomic_file.hpp>
#include <lamella/report/table.hpp>
#include <lamella/screening.hpp>

#include "program.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace lamella;
using lamella::detail::fixed;

namespace {

/// The parts of a text between separators.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(lamella::detail::without_blanks(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

double number(std::string_view text, std::string_view whole, const char* expected) {
  double x = 0;
  const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (text.empty() || status != std::errc{} || stop != text.data() + text.size())
    fail("\"" + std::string(text) + "\" in \"" + std::string(whole) + "\" is no number, expected " + expected);
  return x;
}

/// "Mg:0..0.2,Cu:0..0.2"
std::vector<SubstitutionRange> candidates_of(const std::string& text) {
  constexpr const char* expected = "elements with their amounts, as in Mg:0..0.2,Cu:0..0.2";
  std::vector<SubstitutionRange> ranges;
  for (const auto part : split(text, ',')) {
    const std::size_t colon = part.find(':'), dots = part.find("..");
    if (colon == std::string_view::npos || dots == std::string_view::npos || dots < colon)
      fail("candidate \"" + std::string(part) + "\", expected " + expected);
    const auto species = try_parse_species(lamella::detail::without_blanks(part.substr(0, colon)));
    if (!species) fail("candidate \"" + std::string(part) + "\": " + species.error().what());
    ranges.push_back({species.value(), number(part.substr(colon + 1, dots - colon - 1), part, expected), number(part.substr(dots + 2), part, expected)});
  }
  return ranges;
}

/// "Ni=14,Fe=0.4"
std::vector<ElementValue> values_of(const std::string& text) {
  constexpr const char* expected = "numbers of elements, as in Ni=14,Fe=0.4";
  std::vector<ElementValue> values;
  if (text.empty()) return values;
  for (const auto part : split(text, ',')) {
    const std::size_t sign = part.find('=');
    if (sign == std::string_view::npos) fail("\"" + std::string(part) + "\", expected " + expected);
    const auto species = try_parse_species(part.substr(0, sign));
    if (!species) fail("\"" + std::string(part) + "\": " + species.error().what());
    values.push_back({species.value(), number(part.substr(sign + 1), part, expected)});
  }
  return values;
}

/// The formula, with brackets around the slab where it does not tell by itself what is in it.
std::string name_of(const Sublattices& layers) {
  const Formula formula = to_formula(layers);
  const bool plain = std::abs(partition(formula).slab.total() - layers.slab.total()) < 1e-9;
  return plain ? to_string(formula) : to_string(layers);
}

std::vector<Criterion> criteria_of(const CompositionEvaluator& evaluator) {
  std::vector<Criterion> all;
  for (std::size_t i = 0; i < criterion_count; ++i)
    if (evaluator.has(static_cast<Criterion>(i))) all.push_back(static_cast<Criterion>(i));
  return all;
}

nlohmann::json to_json(const Candidate& c, const std::vector<Criterion>& criteria) {
  nlohmann::json values = nlohmann::json::object(), states = nlohmann::json::array();
  for (const Criterion k : criteria) values[std::string(to_string(k))] = c.values[static_cast<std::size_t>(k)];
  for (const auto& [element, min, max, chosen] : oxidation_states(to_formula(c.layers)))
    states.push_back({{"element", to_string(element)}, {"min", min}, {"max", max}, {"chosen", chosen}});
  return {{"formula", name_of(c.layers)}, {"rank", c.rank}, {"pareto", c.pareto}, {"score", c.score}, {"values", values}, {"states", states}};
}

struct Shown {
  Candidate candidate;
  std::string kind;  ///< "Pareto front", "others", or the formula asked for
  bool asked = false;
};

/// One line per composition across one axis per criterion, each axis from the smallest to the largest value shown.
nlohmann::json parallel_coordinates(const std::vector<Shown>& shown, const std::vector<Criterion>& criteria) {
  nlohmann::json points = nlohmann::json::array(), ends = nlohmann::json::array(), names = nlohmann::json::array();
  for (const Criterion k : criteria) {
    const auto of = [&](const Shown& s) { return s.candidate.values[static_cast<std::size_t>(k)]; };
    const auto [low, high] = std::minmax_element(shown.begin(), shown.end(), [&](const auto& x, const auto& y) { return of(x) < of(y); });
    const double from = of(*low), to = of(*high), span = to > from ? to - from : 1;
    const std::string name(to_string(k));
    names.push_back(name);
    ends.push_back({{"criterion", name}, {"at", 0.0}, {"text", lamella::to_string(Measured{std::round(from * 1e4) / 1e4, 0})}});
    ends.push_back({{"criterion", name}, {"at", 1.0}, {"text", lamella::to_string(Measured{std::round(to * 1e4) / 1e4, 0})}});
    for (const auto& s : shown)
      points.push_back({{"criterion", name}, {"formula", name_of(s.candidate.layers)}, {"rank", s.candidate.rank}, {"kind", s.kind}, {"asked", s.asked},
                        {"value", of(s)}, {"unit", std::string(facts_of(k).unit)}, {"at", to > from ? (of(s) - from) / span : 0.5}});
  }
  const nlohmann::json x{{"field", "criterion"}, {"type", "ordinal"}, {"sort", names}, {"title", nullptr}, {"axis", {{"labelAngle", -35}, {"grid", true}, {"domain", false}}}};
  const nlohmann::json y{{"field", "at"}, {"type", "quantitative"}, {"axis", nullptr}};
  nlohmann::json tooltip = nlohmann::json::array();
  for (const char* field : {"formula", "rank", "criterion", "value", "unit"}) tooltip.push_back({{"field", field}});
  // What was asked for stands out; the others are pale.
  nlohmann::json kinds{"others", "Pareto front"}, colours{"#b0b7bd", "#86b4d8"};
  const std::array<const char*, 4> strong{"#c0392b", "#1a7f37", "#8e44ad", "#d68910"};
  for (const auto& s : shown)
    if (s.asked && std::find(kinds.begin(), kinds.end(), s.kind) == kinds.end()) {
      colours.push_back(strong[(kinds.size() - 2) % strong.size()]);
      kinds.push_back(s.kind);
    }
  const nlohmann::json colour{{"field", "kind"}, {"type", "nominal"}, {"title", nullptr}, {"scale", {{"domain", kinds}, {"range", colours}}},
                              {"legend", {{"orient", "top"}, {"labelLimit", 0}, {"columns", 2}}}};
  const auto by_asked = [](double asked, double other) {
    return nlohmann::json{{"condition", {{"test", "datum.asked"}, {"value", asked}}}, {"value", other}};
  };
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"}, {"width", "container"}, {"height", 380},
          {"layer",
           {{{"data", {{"values", points}}},
             {"mark", {{"type", "line"}, {"tooltip", true}}},
             {"encoding", {{"x", x}, {"y", y}, {"detail", {{"field", "formula"}}}, {"tooltip", tooltip},
                           {"color", colour}, {"strokeWidth", by_asked(3, 1.2)}, {"opacity", by_asked(1, 0.7)}}}},
            {{"data", {{"values", ends}}},
             {"mark", {{"type", "text"}, {"fontSize", 10}, {"align", "left"}, {"dx", 3}}},
             {"encoding", {{"x", x}, {"y", y}, {"text", {{"field", "text"}}}}}}}}};
}

}  // namespace

int main(int argc, char** argv) {
  std::string host_text, site = "TM", candidates, lattice, prices, abundances, json, csv, report;
  double step = 0.05;
  std::vector<std::string> require, goal_texts, marks;
  bool barriers = false;
  std::size_t top = 20, threads = std::max(1U, std::thread::hardware_concurrency());
  CLI::App app{"All charge-balanced substitutions on the metal site of a layered cathode, judged by criteria with unit and origin,\n"
               "ranked, with the Pareto front. Lattice and barrier are estimates in the O3 stacking: they rank, no more."};
  app.add_option("--host", host_text, "the host, such as NaNi0.2Fe0.2Mn0.6O2")->required();
  app.add_option("--site", site, "where to substitute")->check(CLI::IsMember({"TM"}));
  app.add_option("--candidates", candidates, "elements and amounts per formula unit, as in Mg:0..0.2,Cu:0..0.2; host elements may be given ranges too")->required();
  app.add_option("--step", step, "step of the amounts, moles per formula unit (default 0.05)");
  app.add_option("--require", require, "a bound to keep, as in 'entropy>=1.5' (repeatable)")->allow_extra_args(false);
  app.add_option("--goal", goal_texts, "what to rank by, as in 'max entropy' or 'min barrier' (repeatable)")->allow_extra_args(false);
  app.add_flag("--barriers", barriers, "estimate the barrier of the tetrahedral hop (BVSE)");
  app.add_option("--lattice", lattice, "a, slab thickness and interslab distance of the host in Å, as in 2.96,2.26,3.20 (default: from ionic radii)");
  app.add_option("--prices", prices, "per kg of each element, as in Na=3,Ni=14,…");
  app.add_option("--abundances", abundances, "of each element of the slab, any unit");
  app.add_option("--mark", marks, "a composition whose rank to report (repeatable)")->allow_extra_args(false);
  app.add_option("--top", top, "how many compositions to list (default 20)")->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
  app.add_option("--threads", threads, "cores to use (default: all); the result does not depend on it")->check(CLI::Range(1, 1024));
  app.add_option("--json", json, "write the result as JSON");
  app.add_option("--csv", csv, "write the listed compositions as CSV");
  app.add_option("--report", report, "write a self-contained HTML page");
  return program::main(app, argc, argv, [&] {
    EvaluationSettings settings;
    settings.barriers = barriers;
    settings.prices = values_of(prices);
    settings.abundances = values_of(abundances);
    if (!lattice.empty()) {
      const auto parts = split(lattice, ',');
      constexpr const char* expected = "a, slab and interslab in Å, as in 2.96,2.26,3.20";
      if (parts.size() != 3) fail("lattice \"" + lattice + "\", expected " + expected);
      settings.lattice = HostLattice{number(parts[0], lattice, expected), number(parts[1], lattice, expected), number(parts[2], lattice, expected)};
    }
    std::vector<Requirement> requirements;
    for (const auto& text : require) requirements.push_back(try_parse_requirement(text).value());
    std::vector<Goal> goals;
    for (const auto& text : goal_texts) goals.push_back(try_parse_goal(text).value());

    const Sublattices host = parse_sublattices(host_text);
    const auto start = std::chrono::steady_clock::now();
    const SubstitutionGrid grid(host, candidates_of(candidates), step);
    const CompositionEvaluator evaluator(grid, settings);
    if (goals.empty()) goals = default_goals(evaluator);
    const Screening result = screen(evaluator, requirements, goals, threads);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    nlohmann::json out{{"warnings", nlohmann::json::array()}};
    const auto caution = [&](const std::string& text) {
      out["warnings"].push_back(text);
      std::printf("Caution: %s.\n", text.c_str());
    };
    const auto criteria = criteria_of(evaluator);
    const std::string front = std::to_string(result.front_size());
    std::printf("%s: %llu compositions, %zu feasible, %s on the Pareto front, %.3g s\n", name_of(host).c_str(),
                static_cast<unsigned long long>(result.enumerated()), result.feasible(), front.c_str(), seconds);
    const HostLattice of_host = evaluator.host_lattice();
    std::printf("host lattice (O3%s): a %.4f, slab %.4f, interslab %.4f Å\n", settings.lattice ? "" : ", estimated", of_host.a, of_host.slab, of_host.interslab);
    if (!settings.lattice) caution("the lattice of the host is estimated from ionic radii and the shape of O3-NaCrO2");
    if (host.alkali.total() < 0.8) caution("lattice and barrier are those of an O3 cathode; with this much alkali P2 is as likely");
    if (result.feasible() == 0) caution("no composition is neutral with usual oxidation states and keeps all requirements");

    nlohmann::json facts = nlohmann::json::array(), goal_list = nlohmann::json::array(), listed = nlohmann::json::array(), marked = nlohmann::json::array();
    for (const Criterion k : criteria)
      facts.push_back({{"name", std::string(to_string(k))}, {"unit", std::string(facts_of(k).unit)}, {"origin", std::string(facts_of(k).origin())},
                       {"meaning", std::string(facts_of(k).meaning)}});
    std::string goal_text;
    for (const Goal& g : goals) {
      goal_list.push_back(std::string(g.maximise ? "max " : "min ") + std::string(to_string(g.criterion)));
      goal_text += (goal_text.empty() ? "" : ", ") + goal_list.back().get<std::string>();
    }
    ReportTable table{.caption = "Compositions by rank (" + goal_text + "); * on the Pareto front", .columns = {{"Rank", Align::decimal}, {"Composition"}}};
    for (const Criterion k : criteria)
      table.columns.push_back({std::string(to_string(k)) + " / " + std::string(facts_of(k).unit) + (facts_of(k).estimated ? " (est.)" : ""), Align::decimal});
    std::string rows = "rank,formula,pareto,score";
    for (const Criterion k : criteria) rows += "," + std::string(to_string(k)) + " [" + std::string(facts_of(k).unit) + "; " + std::string(facts_of(k).origin()) + "]";
    rows += "\n";
    std::vector<Shown> shown;
    const auto list = [&](const Candidate& c) {
      std::vector<TableCell> row{std::to_string(c.rank), name_of(c.layers) + (c.pareto ? " *" : "")};
      for (const Criterion k : criteria) row.push_back(fixed(c.values[static_cast<std::size_t>(k)], k == Criterion::capacity || k == Criterion::cation_capacity ? 1 : 3));
      table.rows.push_back(std::move(row));
    };
    for (std::size_t r = 0; r < std::min(top, result.feasible()); ++r) {
      const Candidate c = result.candidate(r);
      listed.push_back(to_json(c, criteria));
      if (r < 100) list(c);
      if (shown.size() < 300) shown.push_back({c, c.pareto ? "Pareto front" : "others", false});
      rows += std::to_string(c.rank) + "," + name_of(c.layers) + "," + (c.pareto ? "true" : "false") + "," + lamella::to_string(Measured{c.score, 0});
      for (const Criterion k : criteria) rows += "," + lamella::to_string(Measured{c.values[static_cast<std::size_t>(k)], 0});
      rows += "\n";
    }
    marks.insert(marks.begin(), host_text);
    for (std::size_t m = 0; m < marks.size(); ++m) {
      const Sublattices layers = parse_sublattices(marks[m]);
      const auto rank = result.find(layers);
      nlohmann::json entry{{"formula", name_of(layers)}, {"rank", nullptr}};
      if (rank) {
        const Candidate c = result.candidate(*rank);
        entry = to_json(c, criteria);
        list(c);
        shown.push_back({c, name_of(layers), true});
        std::printf("%s %s: rank %zu of %zu%s\n", m == 0 ? "host" : "marked", name_of(layers).c_str(), c.rank, result.feasible(),
                    c.pareto ? ", on the Pareto front" : "");
      } else {
        entry["reason"] = grid.find(layers) ? "not neutral with usual oxidation states, or a requirement is not kept" : "not on the grid";
        std::printf("%s %s: no rank, %s\n", m == 0 ? "host" : "marked", name_of(layers).c_str(), entry["reason"].get<std::string>().c_str());
      }
      entry["of"] = result.feasible();
      if (m == 0) out["host"] = entry;
      else marked.push_back(entry);
    }
    out["enumerated"] = result.enumerated();
    out["feasible"] = result.feasible();
    out["front_size"] = result.front_size();
    out["seconds"] = seconds;
    out["criteria"] = facts;
    out["goals"] = goal_list;
    out["host_lattice"] = {{"a", of_host.a}, {"slab", of_host.slab}, {"interslab", of_host.interslab}, {"origin", settings.lattice ? "given" : "estimated"}};
    out["candidates"] = listed;
    out["marked"] = marked;

    if (!table.rows.empty()) {
      // On the terminal the goals only, and not more than fits.
      constexpr std::size_t lines = 30;
      ReportTable brief{.caption = table.caption, .columns = {table.columns[0], table.columns[1]}};
      std::vector<std::size_t> columns{0, 1};
      for (const Goal& g : goals) {
        columns.push_back(2 + static_cast<std::size_t>(std::find(criteria.begin(), criteria.end(), g.criterion) - criteria.begin()));
        brief.columns.push_back(table.columns[columns.back()]);
      }
      for (std::size_t r = 0; r < table.rows.size(); ++r) {
        if (r >= lines && r + marks.size() < table.rows.size()) continue;
        brief.rows.emplace_back();
        for (const std::size_t c : columns) brief.rows.back().push_back(table.rows[r][c]);
      }
      std::printf("\n%s\n", to_text(brief).c_str());
    }
    if (!json.empty()) program::write_json(json, "screen", std::move(out));
    if (!csv.empty()) write_file(csv, rows);
    if (!report.empty()) {
      HtmlPage page{.title = "Substitutions in " + name_of(host), .subtitle = candidates + ", step " + lamella::to_string(Measured{step, 0})};
      page.highlights({{"compositions", std::to_string(result.enumerated()), "charge-balanced or not"},
                       {"feasible", std::to_string(result.feasible()), "neutral, requirements kept"},
                       {"Pareto front", front, goal_text}});
      page.note("Lattice, barrier and stacking margin are estimates that rank: Vegard's law on ionic radii, bond-valence site energy in the estimated O3 lattice. "
                "The barrier is no barrier of density functional theory.");
      if (!shown.empty()) page.figure(parallel_coordinates(shown, criteria), "Each line is a composition; each axis runs from the smallest to the largest value shown.");
      if (!table.rows.empty()) page.table(std::move(table));
      ReportTable meaning{.caption = "Criteria", .columns = {{"Criterion"}, {"Unit"}, {"Origin"}, {"What it is"}}};
      for (const Criterion k : criteria)
        meaning.rows.push_back({std::string(to_string(k)), std::string(facts_of(k).unit), std::string(facts_of(k).origin()), std::string(facts_of(k).meaning)});
      page.table(std::move(meaning));
      program::write_report(report, page);
    }
    return 0;
  });
}
