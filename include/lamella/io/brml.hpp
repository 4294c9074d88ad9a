// Powder patterns from Bruker .brml files: zip archives with an XML text of each scan (…/RawData0.xml).
//
// What is read of the data route "Measured", as the files describe themselves: the columns of the <Datum> lines that
// <DataViews> name (TwoTheta, counts, MeasuredTime, AbsorptionFactor); where they are absent time, factor, the axes of <ScanAxes>
// and counts, in this order. sigma = sqrt(max(n, 1)); with different times, intensity and sigma are scaled to the longest.
// Radiation: WaveLengthAlpha1, …Alpha2, …Ratio and TubeMaterial of the tube; radius: that of the primary track, mm.
// Refused: absorption factors other than 1 (how they combine with counts is not documented), scans without 2theta, recordings
// of more than one number a point.
//
// Needs pugixml and zlib (CMake component lamella::patterns).
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/archived_scan.hpp>     // archived_scan, path_of, named
#include <lamella/io/detail/pattern_text.hpp>      // words_of, add_point, tube_radiation, finished
#include <lamella/io/detail/text.hpp>              // in_quotes, show, line_of
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <pugixml.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Reads the XML of one scan.
class BrmlReader {
 public:
  BrmlReader(std::string_view text, std::string source) : text_(text), place_{std::move(source)} {}

  Result<PowderPattern> read() {
    const auto status = document_.load_buffer(text_.data(), text_.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!status)
      return Error("not well-formed XML (" + std::string(status.description()) + "), expected the raw data of a BRML file",
                   place(status.offset));
    const pugi::xml_node root = document_.document_element();
    if (std::string_view(root.name()) != "RawData")
      return error(root, "root element <" + std::string(root.name()) + ">, expected <RawData>");
    pugi::xml_node route;
    for (const auto node : root.child("DataRoutes").children("DataRoute"))
      if (!route || (std::string_view(node.attribute("RouteFlag").value()) == "Measured" &&
                     std::string_view(route.attribute("RouteFlag").value()) != "Measured"))
        route = node;
    if (!route) return error(root, "no <DataRoute>, expected the measured data");
    auto columns = find_columns(route);
    if (!columns) return columns.error();
    return read_points(root, route, columns.value());
  }

 private:
  struct Columns {
    std::optional<std::size_t> time, factor, angle, counts;
  };

  Place place(std::ptrdiff_t offset) const {
    return {place_.file, offset < 0 ? 0 : line_of(text_, static_cast<std::size_t>(offset))};
  }
  Error error(pugi::xml_node node, const std::string& what) const { return Error(what, place(node.offset_debug())); }

  static std::optional<double> value_of(pugi::xml_node node) noexcept { return number_in(node.attribute("Value").value()); }

  Result<Columns> find_columns(pugi::xml_node route) const {
    Columns columns;
    const pugi::xml_node views = route.child("DataViews");
    for (const auto view : views.children("RawDataView")) {
      const auto start = count_in(view.attribute("Start").value()), length = count_in(view.attribute("Length").value());
      if (!start || !length) return error(view, "no numbers Start and Length in <RawDataView>, expected the columns of the data");
      const std::string_view name = view.attribute("LogicName").value();
      if (name == "MeasuredTime") columns.time = start;
      else if (name == "AbsorptionFactor") columns.factor = start;
      std::size_t field = 0;
      for (const auto axis : view.child("Varying").children("FieldDefinitions")) {
        if (std::string_view(axis.attribute("FieldName").value()) == "TwoTheta") columns.angle = *start + field;
        ++field;
      }
      if (const pugi::xml_node recording = view.child("Recording");
          recording && !columns.counts && std::string_view(recording.child("Unit").attribute("Base").value()) == "Counts") {
        if (*length != 1)
          return error(view, "a recording of " + std::to_string(*length) + " numbers a point, expected one");
        columns.counts = start;
      }
    }
    if (!views) {
      columns.time = 0;
      columns.factor = 1;
      std::size_t axes = 0;
      for (const auto axis : route.child("ScanInformation").child("ScanAxes").children("ScanAxisInfo")) {
        if (std::string_view(axis.attribute("AxisId").value()) == "TwoTheta") columns.angle = 2 + axes;
        ++axes;
      }
      columns.counts = 2 + axes;
    }
    if (!columns.angle) return error(route, "no axis TwoTheta, expected a scan of 2theta");
    if (!columns.counts) return error(route, "no recording of counts, expected a detector's");
    return columns;
  }

  Result<PowderPattern> read_points(pugi::xml_node root, pugi::xml_node route, const Columns& columns) const {
    struct Point {
      double angle = 0, counts = 0, time = 1;
      pugi::xml_node node;
    };
    std::vector<Point> points;
    double longest = 0;
    for (const auto datum : route.children("Datum")) {
      const auto words = words_of(datum.text().get(), ',');
      Point point;
      point.node = datum;
      double factor = 1;
      for (const auto& [column, value] : {std::pair{columns.angle, &point.angle}, {columns.counts, &point.counts},
                                          {columns.time, &point.time}, {columns.factor, &factor}}) {
        if (!column) continue;
        const auto number = *column < words.size() ? number_in(words[*column]) : std::nullopt;
        if (!number)
          return error(datum, in_quotes(*column < words.size() ? words[*column] : std::string_view(datum.text().get())) +
                                  " is no number or has too few, expected one in column " + std::to_string(*column + 1));
        *value = *number;
      }
      if (factor != 1)
        return error(datum, "absorption factor " + show(factor) + ", expected 1: patterns measured with an absorber are not supported");
      if (!(point.time > 0 && point.time < 1e9))
        return error(datum, "time " + show(point.time) + ", expected a positive number of seconds");
      longest = std::max(longest, point.time);
      points.push_back(point);
    }
    if (const auto stated = count_in(trimmed(route.child("ScanInformation").child("MeasurementPoints").text().get()));
        stated && *stated != points.size())
      return error(route, std::to_string(points.size()) + " points, expected the " + std::to_string(*stated) + " of <MeasurementPoints>");
    PowderPattern pattern;
    for (const Point& point : points) {
      const double scale = longest / point.time;
      if (const std::string fault =
              add_point(pattern, point.angle, scale * point.counts, scale * counting_sigma(point.counts));
          !fault.empty())
        return error(point.node, fault);
    }
    const pugi::xml_node tube = root.find_node([](pugi::xml_node node) { return node.child("WaveLengthAlpha1"); });
    pattern.radiation = tube_radiation(value_of(tube.child("WaveLengthAlpha1")).value_or(0), value_of(tube.child("WaveLengthAlpha2")).value_or(0),
                                       value_of(tube.child("WaveLengthRatio")).value_or(0),
                                       anode_named(trimmed(tube.child("TubeMaterial").text().get())));
    const pugi::xml_node track = root.find_node([](pugi::xml_node node) { return std::string_view(node.name()) == "PrimaryTracks"; });
    const pugi::xml_node radius = track.find_node([](pugi::xml_node node) { return std::string_view(node.name()) == "Radius"; });
    if (const auto value = value_of(radius); value && *value > 0 && *value < 1e5) pattern.radius = value;
    return finished(std::move(pattern), place(route.offset_debug()));
  }

  std::string_view text_;
  Place place_;
  pugi::xml_document document_;
};

}  // namespace detail

/// A pattern from the XML of one scan of a BRML file ("Experiment0/RawData0.xml") in memory. `source` names the text in
/// messages and in the result.
inline Result<PowderPattern> try_parse_brml_scan(std::string_view text, std::string source) {
  return detail::BrmlReader(text, std::move(source)).read();
}

/// A pattern from the bytes of a .brml file in memory; what is read is said at the top of this header. `source` names them in
/// messages and in the result. A file with several scans is an error unless `scan` says which to read, from 1.
inline Result<PowderPattern> try_parse_brml(std::string_view bytes, std::string source,
                                            std::optional<std::size_t> scan = std::nullopt) {
  const Place place{std::move(source)};
  const auto chosen = detail::archived_scan(bytes, place, "RawData", ".xml", "no RawData in the zip archive, expected a BRML file", scan);
  if (!chosen) return chosen.error();
  return detail::named(try_parse_brml_scan(chosen.value().text, detail::path_of(place, chosen.value().entry)), place.file);
}

/// `try_parse_brml` that throws the error.
inline PowderPattern parse_brml(std::string_view bytes, std::string source, std::optional<std::size_t> scan = std::nullopt) {
  return try_parse_brml(bytes, std::move(source), scan).value();
}

/// A pattern, its radiation and goniometer radius from a .brml file. Errors carry the file, the text in it and its line.
inline Result<PowderPattern> try_read_brml(const std::filesystem::path& path, std::optional<std::size_t> scan = std::nullopt) {
  const auto bytes = try_read_text_file(path);
  if (!bytes) return bytes.error();
  return try_parse_brml(bytes.value(), path.string(), scan);
}

/// `try_read_brml` that throws the error.
inline PowderPattern read_brml(const std::filesystem::path& path, std::optional<std::size_t> scan = std::nullopt) {
  return try_read_brml(path, scan).value();
}

}  // namespace lamella::inline LAMELLA_ABI
