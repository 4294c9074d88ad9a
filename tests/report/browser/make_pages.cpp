// Writes the pages that the browser test opens, and what it has to find on them.
//
//   make_pages FOLDER VEGA     VEGA: node_modules with vega, vega-lite and vega-embed
//
// report.html   a made-up refinement with every kind of block; large.html: the same figure with 13 001 points;
// zone_axis.html  an electron diffraction pattern; series.html  a made-up series; cycling.html  a made-up cell; network.html  the report with scripts from the network; expected.json: counts
#include <lamella/chemistry/species.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/zone_axis.hpp>
#include <lamella/io/atomic_file.hpp>
#include <lamella/report.hpp>
#include <lamella/report/cycling_figures.hpp>
#include <lamella/report/intensity_map.hpp>
#include <lamella/report/series_figure.hpp>
#include <lamella/report/zone_axis_figure.hpp>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

using namespace lamella;

namespace {

struct Pattern {
  std::vector<double> two_theta, observed, calculated, background, sigma;
  std::vector<PhaseTicks> phases;

  RietveldPlot plot() const {
    return {.two_theta = two_theta,
            .observed = observed,
            .calculated = calculated,
            .background = background,
            .sigma = sigma,
            .phases = phases};
  }
};

Pattern made_up_pattern(std::size_t points, double first, double step) {
  Pattern pattern;
  pattern.phases = {{"O3 </script><b>", {}}, {"P3 & O1", {}}};
  for (int i = 0; i < 12; ++i) {
    pattern.phases[0].reflections.push_back({16.5 + 4.9 * i, "0 0 " + std::to_string(3 * i + 3), 5.37 / (i + 1)});
  }
  for (int i = 0; i < 9; ++i) pattern.phases[1].reflections.push_back({18.9 + 6.1 * i, "1 0 " + std::to_string(i), 0});
  pattern.phases[1].reflections.push_back({179.0, "beyond the pattern", 0});

  std::mt19937 generator(20260101);
  for (std::size_t i = 0; i < points; ++i) {
    const double x = first + step * static_cast<double>(i);
    double y = 300.0 * std::exp(-x / 30.0) + 120.0;
    pattern.background.push_back(y);
    for (const PhaseTicks& phase : pattern.phases) {
      for (const ReflectionTick& tick : phase.reflections) {
        const double height = 9000.0 / (1.0 + 0.35 * std::abs(tick.two_theta - 41.0));
        const double offset = (x - tick.two_theta) / 0.05;
        y += height / (1.0 + offset * offset);
      }
    }
    pattern.two_theta.push_back(x);
    pattern.calculated.push_back(y);
    pattern.sigma.push_back(std::sqrt(y));
    pattern.observed.push_back(std::poisson_distribution<int>(y)(generator));
  }
  return pattern;
}

HtmlPage report(const Pattern& pattern) {
  RietveldPlot plot = pattern.plot();
  plot.excluded = {{37.995, 40.005}};
  HtmlPage page{.title = "A refinement <script>window.broken = 1</script>", .subtitle = "Made-up pattern, Cu Kα"};
  page.highlights({{"Rwp", "7.89 %", "expected 5.62 %"}, {"Interslab d(O–Na–O)", "3.220(5) Å"}});
  page.heading("Pattern").figure(rietveld_figure(plot), "All of it </script><script>window.broken = 2</script>.");
  ReportTable table{.caption = "Layers",
                    .columns = {{"Quantity"}, {"Value", Align::decimal}, {"Unit"}, {"Definition"}},
                    .rows = {{"Cell"},
                             {"a", Measured{2.97421, 0.00041}, "Å", ""},
                             {"c", Measured{15.9555, 0.002}, "Å", ""},
                             {"Layers"},
                             {"slab d(O–TM–O)", Measured{2.099, 0.005}, "Å", "2(1/3 − z)c"},
                             {"interslab d(O–Na–O)", Measured{3.22, 0.005}, "Å", "2(z − 1/6)c"},
                             {"correlation", "-0.997", "", "slab and interslab add up to c/3"}},
                    .notes = {"Esds are scaled by the goodness of fit."}};
  page.heading("Parameters").paragraph("The distances <b>depend</b> on each other.").table(table);
  const std::vector<Claim> claims{
      {"HE", "configurational entropy", "1.7", "1.696", "R", Verdict::agrees, "ideal mixing on the TM site"},
      {"HE", "capacity retention", "77.1", "81.8", "%", Verdict::disagrees,
       "the introduction and the text give different numbers, so that nothing can be concluded from either of them"},
      {"NFM", "d(104)", "2.17", "", "Å", Verdict::cannot_tell, "the study gives no a"}};
  page.heading("Reported and computed").claims(claims).note("A note.").warning("Two settings swap slab and interslab.");
  page.details("Square-root scale", {html::Block{html::Paragraph{"The same points."}}, html::Block{table}});
  RietveldPlot second = pattern.plot();
  second.scale = IntensityScale::square_root;
  second.sigma = {};
  second.background = {};
  second.phases.clear();
  page.figure(rietveld_figure(second), "Without background, esds and reflections.");
  return page;
}

/// O3 along [001], to d = 0.8 Å.
ZonePattern o3_zone_pattern() {
  Structure<double> s{"O3", space_group("R-3m"), hexagonal_cell(3.00, 16.53), {}};
  s.sites = {{"Na1", parse_species("Na+"), {0, 0, 0.5}, 1, 0.01},
             {"Ni1", parse_species("Ni3+"), {0, 0, 0}, 1, 0.005},
             {"O1", parse_species("O2-"), {0, 0, 0.26648}, 1, 0.005}};
  ZoneAxisSettings settings;
  settings.zone = {0, 0, 1};
  settings.d_min = 0.8;
  return zone_axis_pattern(s, settings);
}

/// 60 patterns with one line that moves and a second phase between patterns 25 and 45.
SeriesPlot made_up_series() {
  constexpr std::size_t count = 60;
  SeriesPlot plot{.patterns = count, .map = IntensityMap({15, 19}, count, 120)};
  SeriesPanel voltage{"voltage / V", {{"", {}}}, 3}, c{"c / Å", {{"O3", {}}, {"P3", {}}}}, fraction{"weight fraction", {{"O3", {}}, {"P3", {}}}};
  for (std::size_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / (count - 1), p3 = i < 25 || i > 45 ? 0 : 0.8;
    PowderPattern pattern;
    for (int k = 0; k < 400; ++k) {
      const double x = 15 + 0.01 * k;
      const auto line = [&](double at) { return 1 / (1 + std::pow((x - at) / 0.05, 2)); };
      pattern.two_theta.push_back(x);
      pattern.intensity.push_back(100 + 2000 * ((1 - p3) * line(16.6 - 0.4 * t) + p3 * line(16.0)));
      pattern.sigma.push_back(10);
    }
    plot.map->add(i, binned_intensity(pattern, {15, 19}, 120));
    voltage.curves[0].values.push_back(Measured{2.5 + 1.5 * t, 0});
    const auto value = [&](bool there, Measured m) { return there ? std::optional(m) : std::nullopt; };
    c.curves[0].values.push_back(value(i != 30, {16.0 + 0.4 * t, 0.02}));
    c.curves[1].values.push_back(value(p3 > 0, {16.6, 0.01}));
    fraction.curves[0].values.push_back(Measured{1 - p3, 0.01});
    fraction.curves[1].values.push_back(value(p3 > 0, {p3, 0.01}));
  }
  plot.panels = {voltage, c, fraction, {"empty / Å", {{"O3", std::vector<std::optional<Measured>>(count)}}}};
  plot.stretches = {{0, 24, "solid solution"}, {25, 45, "two phases", "ΔBIC 120"}, {46, 59, "solid solution"}};
  return plot;
}

/// Four cycles of a cell that takes up half of its charge at 3 V.
HtmlPage made_up_cell() {
  CyclingTable table;
  for (int half = 0; half < 8; ++half)
    for (int i = 0; i <= 500; ++i) {
      const double part = half % 2 == 0 ? i / 500.0 : 1 - i / 500.0;
      table.time.push_back(5000.0 * half + 10 * i);
      table.voltage.push_back(3 + 0.05 * std::log((part + 0.001) / (1.001 - part)) + (half % 2 == 0 ? 0.02 : -0.02));
      table.current.push_back(half % 2 == 0 ? 0.1 : -0.098);
    }
  integrate_charge(table);
  const auto all = cycles(half_cycles(table));
  std::vector<ShownCurve> curves;
  std::vector<ShownDifferential> differentials;
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < all.size(); ++i) {
    numbers.push_back(i + 1);
    for (const auto& half : {all[i].charge, all[i].discharge}) {
      curves.push_back({i + 1, charge_curve(table, *half)});
      const auto differential = differential_capacity(curves.back().curve);
      differentials.push_back({i + 1, differential, capacity_peaks(differential)});
    }
  }
  HtmlPage page{.title = "A cell"};
  page.figure(charge_curve_figure(curves), "Charge curves.");
  page.figure(differential_capacity_figure(differentials), "dQ/dV.");
  page.figure(cycle_figure(all, numbers), "Cycles.");
  return page;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: make_pages FOLDER VEGA\n");
    return 2;
  }
  try {
    const std::filesystem::path folder = argv[1];
    std::filesystem::create_directories(folder);
    const VegaScripts scripts = VegaScripts::from_directory(argv[2]);
    const Pattern pattern = made_up_pattern(7001, 10.0, 0.01);
    const HtmlPage page = report(pattern);
    write_file(folder / "report.html", to_html(page, scripts));
    write_file(folder / "network.html", to_html(page));

    const Pattern large = made_up_pattern(13001, 10.0, 0.01);
    HtmlPage large_page{.title = "A large pattern"};
    large_page.figure(rietveld_figure(large.plot()), "13 001 points.");
    write_file(folder / "large.html", to_html(large_page, scripts));

    HtmlPage zone_page{.title = "Zone axis [001]"};
    zone_page.figure(zone_axis_figure(o3_zone_pattern()), "Kinematic spots.");
    write_file(folder / "zone_axis.html", to_html(zone_page, scripts));

    HtmlPage series_page{.title = "A series"};
    series_page.figure(series_figure(made_up_series()), "A made-up series.");
    write_file(folder / "series.html", to_html(series_page, scripts));
    write_file(folder / "cycling.html", to_html(made_up_cell(), scripts));

    // The points 38.00° … 40.00° are excluded, the last reflection lies beyond the pattern.
    const std::size_t excluded = 201;
    const std::size_t probe = 900;
    nlohmann::json expected = {{"inlined", scripts.inlined()},
                               {"reason", scripts.reason()},
                               {"points", pattern.two_theta.size() - excluded},
                               {"all_points", pattern.two_theta.size()},
                               {"stretches", 2},
                               {"reflections", 12 + 9},
                               {"range", {pattern.two_theta.front(), pattern.two_theta.back()}},
                               // hk0 with -h + k = 3n and d above 0.8 Å: six of 110 on one ring, six of 300 on another
                               {"zone_spots", 12},
                               {"zone_rings", 2},
                               {"large_points", large.two_theta.size()},
                               {"probe", {{"two_theta", pattern.two_theta[probe]}, {"observed", pattern.observed[probe]}}}};
    write_file(folder / "expected.json", expected.dump(1) + "\n");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
