// Powder patterns from PANalytical XRDML files (schemas 1.x and 2.x).
//
// What is read of a scan, and how:
// - Angles: the 2Theta axis, as startPosition and endPosition (equal steps between them) or listPositions, degrees.
// - <counts> (schema 2.x) are as detected, not yet corrected for a beam attenuator; <intensities> (1.x) are corrected
//   already. Hence with attenuation factors f (beamAttenuationFactors, commonBeamAttenuationFactor; 1 where absent)
//   intensity = f counts, or intensities as they stand, and sigma = f sqrt(max(n, 1)) with n the detected counts
//   (counts, or intensities / f). The two conventions are seen in real files: counts fall by the factor where the
//   attenuator goes in, intensities do not.
// - With a counting time for each point (countingTimes), intensity and sigma are scaled to the longest of them.
//   A common counting time scales nothing: intensities are counts, not counts per second.
// - Radiation: the K-alpha doublet of usedWavelength where ratioKAlpha2KAlpha1 is above 0, K-alpha 1 alone where it is 0,
//   whichever of both is "intended" (that names the line used for d-spacings; files with a doublet say "K-Alpha 1" too);
//   K-beta where that is intended. Anode: anodeMaterial. Radius: that of diffractedBeamPath, else incidentBeamPath, mm.
// - Refused: divergence corrections other than 1, scans that are not completed, scans with fixed 2Theta.
//
// Needs pugixml (CMake component lamella::xrdml).
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/diffraction/radiation.hpp>       // Radiation, Anode
#include <lamella/io/detail/chosen_part.hpp>       // chosen_part
#include <lamella/io/detail/powder_point.hpp>      // point_fault
#include <lamella/io/detail/text.hpp>              // parse_number, in_quotes, line_of, byte_order_mark
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <pugixml.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// One XRDML text: finds its parts, and the line of what is wrong in them.
class XrdmlReader {
 public:
  XrdmlReader(std::string_view text, std::string source) : text_(text), source_(std::move(source)) {}

  Result<PowderPattern> read(std::optional<std::size_t> wanted_scan) {
    const std::string_view body =
        text_.starts_with(byte_order_mark) ? text_.substr(byte_order_mark.size()) : text_;
    const std::size_t start = body.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos)
      return Error("is empty, expected an XRDML document", Place{source_, 1});
    if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF"))
      return Error("is UTF-16 text, expected an XRDML document in UTF-8", Place{source_, 1});
    if (body[start] != '<')
      return Error("is not XML, expected an XRDML document", Place{source_, line_of(body, start)});
    // Read as UTF-8 whatever is declared: nothing but ASCII is used, and offsets stay those of the file.
    const auto status =
        document_.load_buffer(text_.data(), text_.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!status)
      return Error(
          "not well-formed XML (" + std::string(status.description()) + "), expected an XRDML document",
          place(status.offset));
    const pugi::xml_node root = document_.document_element();
    if (local_name(root) != "xrdMeasurements")
      return error(root, "root element <" + std::string(root.name()) + ">, expected <xrdMeasurements>");

    std::vector<pugi::xml_node> scans;
    for (const auto measurement : root.children())
      if (local_name(measurement) == "xrdMeasurement")
        for (const auto node : measurement.children())
          if (local_name(node) == "scan") scans.push_back(node);
    if (scans.empty()) return error(root, "no scan, expected <xrdMeasurement> with <scan> in it");
    const ChosenPart scan = chosen_part(wanted_scan, scans.size(), "scan");
    if (!scan.complaint.empty()) return error(scan.ambiguous ? scans[1] : root, scan.complaint);
    return read_scan(scans[scan.index]);
  }

 private:
  static std::string_view local_name(pugi::xml_node node) {
    std::string_view name = node.name();
    if (const auto colon = name.find(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
    return name;
  }

  /// The first child element of that name, whatever its namespace prefix; null where there is none.
  static pugi::xml_node child(pugi::xml_node parent, std::string_view name) {
    return parent.find_child([&](pugi::xml_node node) { return local_name(node) == name; });
  }

  Place place(std::ptrdiff_t offset) const {
    return {source_, offset < 0 ? 0 : line_of(text_, static_cast<std::size_t>(offset))};
  }
  Error error(pugi::xml_node node, const std::string& what) const {
    return Error(what, place(node.offset_debug()));
  }

  /// The numbers that an element holds, separated by blanks.
  Result<std::vector<double>> numbers(pugi::xml_node element) const {
    std::vector<double> values;
    constexpr std::string_view blank = " \t\r\n";
    const std::string expected = ", expected numbers in <" + std::string(local_name(element)) + ">";
    for (const auto part : element.children()) {
      if (part.type() == pugi::node_comment) continue;
      if (part.type() != pugi::node_pcdata && part.type() != pugi::node_cdata)
        return error(part, "<" + std::string(part.name()) + ">" + expected);
      const std::string_view text = part.value();
      for (std::size_t at = text.find_first_not_of(blank); at != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(blank, at), text.size());
        const std::string_view word = text.substr(at, end - at);
        const auto [value, fault] = parse_number(word);
        if (fault != NumberFault::none) {
          Place where = place(part.offset_debug());
          where.line += line_of(text, at) - 1;
          return Error(in_quotes(word) + " " + describe(fault) + expected, where);
        }
        values.push_back(value);
        at = text.find_first_not_of(blank, end);
      }
    }
    if (values.empty()) return error(element, "nothing" + expected);
    return values;
  }

  /// The one number that an element holds, in `unit` where the element states a unit.
  Result<double> number(pugi::xml_node element, std::string_view unit) const {
    if (const auto stated = element.attribute("unit"); stated && stated.value() != unit)
      return error(element, "unit " + in_quotes(stated.value()) + " of <" + std::string(local_name(element)) +
                                ">, expected \"" + std::string(unit) + "\"");
    auto values = numbers(element);
    if (!values) return values.error();
    if (values.value().size() != 1)
      return error(element, std::to_string(values.value().size()) + " numbers, expected one in <" +
                                std::string(local_name(element)) + ">");
    return values.value().front();
  }

  /// One number for each of `count` points, from a list or a common value; empty where the file has neither.
  Result<std::vector<double>> per_point(pugi::xml_node points, const char* list_name, const char* common_name,
                                        std::size_t count) const {
    const pugi::xml_node list = child(points, list_name);
    const pugi::xml_node common = child(points, common_name);
    if (!list && !common) return std::vector<double>{};
    auto values = numbers(list ? list : common);
    if (!values) return values;
    const std::size_t wanted = list ? count : 1;
    if (values.value().size() != wanted)
      return error(list ? list : common, std::to_string(values.value().size()) + " numbers in <" +
                                             (list ? list_name : common_name) + ">, expected " +
                                             std::to_string(wanted));
    for (const double x : values.value())
      if (!(x > 0 && x <= 1e9))
        return error(list ? list : common, "value " + show(x) + " in <" + (list ? list_name : common_name) +
                                               ">, expected positive numbers");
    return list ? std::move(values)
                : Result<std::vector<double>>(std::vector<double>(count, values.value().front()));
  }

  /// The angles of `count` points, degrees 2θ.
  Result<std::vector<double>> angles(pugi::xml_node points, std::size_t count) const {
    pugi::xml_node axis;
    for (const auto node : points.children())
      if (local_name(node) == "positions" && std::string_view(node.attribute("axis").value()) == "2Theta") {
        if (axis) return error(node, "second <positions axis=\"2Theta\">, expected one");
        axis = node;
      }
    if (!axis)
      return error(points, "no <positions axis=\"2Theta\"> in <dataPoints>, expected the angles of the scan");
    if (const auto unit = axis.attribute("unit"); unit && std::string_view(unit.value()) != "deg")
      return error(axis, "unit " + in_quotes(unit.value()) + " of the 2Theta axis, expected \"deg\"");
    if (const pugi::xml_node list = child(axis, "listPositions")) {
      auto values = numbers(list);
      if (values && values.value().size() != count)
        return error(list, std::to_string(values.value().size()) + " positions for " + std::to_string(count) +
                               " counts, expected as many");
      return values;
    }
    if (child(axis, "commonPosition"))
      return error(axis,
                   "2Theta is fixed in this scan, expected startPosition and endPosition or listPositions");
    const pugi::xml_node first = child(axis, "startPosition");
    const pugi::xml_node last = child(axis, "endPosition");
    if (!first || !last)
      return error(axis, "no <startPosition> and <endPosition>, expected them or <listPositions>");
    const auto start = number(first, "deg");
    if (!start) return start.error();
    const auto end = number(last, "deg");
    if (!end) return end.error();
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i)
      values[i] = start.value() +
                  (end.value() - start.value()) * (static_cast<double>(i) / static_cast<double>(count - 1));
    values.back() = end.value();
    return values;
  }

  /// The radiation that a measurement states; nothing where it states none.
  Result<std::optional<Radiation>> radiation(pugi::xml_node measurement) const {
    const pugi::xml_node used = child(measurement, "usedWavelength");
    if (!used) return std::optional<Radiation>{};
    std::optional<Anode> anode;
    const std::string_view material = trimmed(
        child(child(child(measurement, "incidentBeamPath"), "xRayTube"), "anodeMaterial").text().get());
    constexpr std::pair<std::string_view, Anode> anodes[] = {{"Cu", Anode::Cu}, {"Mo", Anode::Mo},
                                                             {"Co", Anode::Co}, {"Ag", Anode::Ag},
                                                             {"Fe", Anode::Fe}, {"Cr", Anode::Cr}};
    for (const auto& [name, value] : anodes)
      if (material == name) anode = value;

    const auto wavelength = [&](const char* name) -> Result<double> {
      const pugi::xml_node element = child(used, name);
      if (!element)
        return error(used,
                     "no <" + std::string(name) + "> in <usedWavelength>, expected a wavelength in Angstrom");
      auto value = number(element, "Angstrom");
      if (value && !(value.value() > 0.01 && value.value() < 100))
        return error(element, "wavelength " + show(value.value()) + ", expected Angstrom from 0.01 to 100");
      return value;
    };
    const std::string_view intended = used.attribute("intended").value();
    if (intended == "K-Beta") {
      const auto beta = wavelength("kBeta");
      if (!beta) return beta.error();
      Radiation line = monochromatic(beta.value());
      line.anode = anode;
      return std::optional(line);
    }
    if (!intended.empty() && intended != "K-Alpha" && intended != "K-Alpha 1")
      return error(used,
                   "intended wavelength " + in_quotes(intended) + ", expected K-Alpha, K-Alpha 1 or K-Beta");
    const auto first = wavelength("kAlpha1");
    if (!first) return first.error();
    double ratio = 0;
    if (const pugi::xml_node element = child(used, "ratioKAlpha2KAlpha1")) {
      const auto value = number(element, "");
      if (!value) return value.error();
      ratio = value.value();
      if (!(ratio >= 0 && ratio <= 1))
        return error(element, "ratio " + show(ratio) + " of K-alpha 2 to K-alpha 1, expected 0 to 1");
    }
    if (ratio == 0) {
      Radiation line = monochromatic(first.value());
      line.anode = anode;
      return std::optional(line);
    }
    const auto second = wavelength("kAlpha2");
    if (!second) return second.error();
    return std::optional(doublet(first.value(), second.value(), ratio, anode));
  }

  /// The goniometer radius that a measurement states, mm; nothing where it states none.
  Result<std::optional<double>> radius(pugi::xml_node measurement) const {
    for (const char* path : {"diffractedBeamPath", "incidentBeamPath"})
      if (const pugi::xml_node element = child(child(measurement, path), "radius")) {
        const auto value = number(element, "mm");
        if (!value) return value.error();
        if (!(value.value() > 0 && value.value() < 1e5))
          return error(element, "radius " + show(value.value()) + ", expected a positive number of mm");
        return std::optional(value.value());
      }
    return std::optional<double>{};
  }

  Result<PowderPattern> read_scan(pugi::xml_node scan) const {
    const std::string_view status = scan.attribute("status").value();
    if (!status.empty() && status != "Completed")
      return error(scan, "scan with status " + in_quotes(status) + ", expected \"Completed\"");
    const pugi::xml_node points = child(scan, "dataPoints");
    if (!points) return error(scan, "no <dataPoints> in <scan>, expected the measured points");

    const pugi::xml_node raw = child(points, "counts");
    const pugi::xml_node corrected = child(points, "intensities");
    if (!raw && !corrected)
      return error(points, "no <counts> and no <intensities> in <dataPoints>, expected one of them");
    if (raw && corrected)
      return error(corrected, "both <counts> and <intensities> in <dataPoints>, expected one of them");
    const pugi::xml_node measured = raw ? raw : corrected;
    for (auto next = measured.next_sibling(); next; next = next.next_sibling())
      if (local_name(next) == local_name(measured))
        return error(next, "second <" + std::string(next.name()) + ">, expected one");
    if (const auto unit = measured.attribute("unit"); unit && std::string_view(unit.value()) != "counts")
      return error(measured, "unit " + in_quotes(unit.value()) + " of <" + std::string(local_name(measured)) +
                                 ">, expected \"counts\"");
    const auto counts = numbers(measured);
    if (!counts) return counts.error();
    const std::size_t count = counts.value().size();
    if (count < 2) return error(measured, "a single point, expected a pattern of two or more");

    const auto two_theta = angles(points, count);
    if (!two_theta) return two_theta.error();
    const auto attenuation =
        per_point(points, "beamAttenuationFactors", "commonBeamAttenuationFactor", count);
    if (!attenuation) return attenuation.error();
    const auto time = per_point(points, "countingTimes", "commonCountingTime", count);
    if (!time) return time.error();
    const auto divergence = per_point(points, "divergenceCorrections", "commonDivergenceCorrection", count);
    if (!divergence) return divergence.error();
    for (const double factor : divergence.value())
      if (factor != 1)
        return error(points, "divergence correction " + show(factor) +
                                 ", expected 1: patterns measured with a variable slit are not supported");

    const pugi::xml_node measurement = scan.parent();
    const auto stated_radiation = radiation(measurement);
    if (!stated_radiation) return stated_radiation.error();
    const auto stated_radius = radius(measurement);
    if (!stated_radius) return stated_radius.error();

    PowderPattern pattern;
    pattern.source = source_;
    pattern.radiation = stated_radiation.value();
    pattern.radius = stated_radius.value();
    const pugi::xml_node header = child(scan, "header");
    pattern.started = child(header, "startTimeStamp").child_value();
    pattern.finished = child(header, "endTimeStamp").child_value();
    const double longest =
        time.value().empty() ? 1 : *std::max_element(time.value().begin(), time.value().end());
    for (std::size_t i = 0; i < count; ++i) {
      const double factor = attenuation.value().empty() ? 1 : attenuation.value()[i];
      const double scale = time.value().empty() ? 1 : longest / time.value()[i];
      const double given = counts.value()[i];
      const double intensity = scale * (raw ? factor * given : given);
      const double sigma = scale * factor * std::sqrt(std::max(raw ? given : given / factor, 1.0));
      if (const std::string fault = point_fault(pattern, two_theta.value()[i], intensity, sigma);
          !fault.empty())
        return error(measured, "point " + std::to_string(i + 1) + ": " + fault);
      pattern.two_theta.push_back(two_theta.value()[i]);
      pattern.intensity.push_back(intensity);
      pattern.sigma.push_back(sigma);
    }
    return pattern;
  }

  std::string_view text_;
  std::string source_;
  pugi::xml_document document_;
};

}  // namespace detail

/// A pattern from XRDML text in memory; what is read is said at the top of this header. `source` names the text in
/// messages and in the result. A document with several scans is an error unless `scan` says which to read, from 1.
inline Result<PowderPattern> try_parse_xrdml(std::string_view text, std::string source,
                                             std::optional<std::size_t> scan = std::nullopt) {
  return detail::XrdmlReader(text, std::move(source)).read(scan);
}

/// `try_parse_xrdml` that throws the error.
inline PowderPattern parse_xrdml(std::string_view text, std::string source,
                                 std::optional<std::size_t> scan = std::nullopt) {
  return try_parse_xrdml(text, std::move(source), scan).value();
}

/// A pattern, its radiation and goniometer radius from an XRDML file. Errors carry file and line.
inline Result<PowderPattern> try_read_xrdml(const std::filesystem::path& path,
                                            std::optional<std::size_t> scan = std::nullopt) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_xrdml(text.value(), path.string(), scan);
}

/// `try_read_xrdml` that throws the error.
inline PowderPattern read_xrdml(const std::filesystem::path& path,
                                std::optional<std::size_t> scan = std::nullopt) {
  return try_read_xrdml(path, scan).value();
}

}  // namespace lamella::inline LAMELLA_ABI
