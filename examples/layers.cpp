// layers: slab thickness, interslab distance and stacking of any structure, measured from its coordinates.
#include <lamella/io/structure_file.hpp>
#include <lamella/layered/measured_layers.hpp>
#include <lamella/report/table.hpp>

#include "program.hpp"

#include <cstdio>
#include <optional>
#include <string>

using namespace lamella;
using lamella::detail::fixed;

namespace {

std::string list(const std::vector<LayerCation>& cations) {
  std::string text;
  for (const auto& cation : cations) text += (text.empty() ? "" : " ") + to_string(cation.species) + " " + fixed(cation.atoms, 2);
  return text;
}

/// "2.086(3)", or four decimals where there is no esd.
std::string number(const Measured& m) { return m.esd > 0 ? to_string(m) : fixed(m.value, 4); }

nlohmann::json esd_or_null(const Measured& m) { return m.esd > 0 ? nlohmann::json(m.esd) : nlohmann::json(nullptr); }

nlohmann::json value_and_esd(const Measured& m) { return {{"value", m.value}, {"esd", esd_or_null(m)}}; }

nlohmann::json to_json(const Layer<double>& layer, const Measured& thickness, const std::optional<Measured>& bond) {
  nlohmann::json species = nlohmann::json::array(), coordination = nullptr;
  for (const auto& cation : layer.cations) species.push_back(to_string(cation.species));
  if (layer.coordination) coordination = to_string(*layer.coordination);
  const std::string distance = layer.is_slab ? "thickness" : "distance";
  const std::string mean = layer.is_slab ? "metal_oxygen_mean" : "alkali_oxygen_mean";
  nlohmann::json out{{distance, thickness.value}, {distance + "_esd", esd_or_null(thickness)}, {"spread", layer.spread},
                     {mean, nullptr}, {mean + "_esd", nullptr}, {layer.is_slab ? "metals" : "alkali", species}};
  if (bond) {
    out[mean] = bond->value;
    out[mean + "_esd"] = esd_or_null(*bond);
  }
  if (!layer.is_slab) out["coordination"] = coordination;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::string file, json;
  CLI::App app{"Measures the layers of a structure: slab thickness d(O–TM–O), interslab distance d(O–A–O), stacking."};
  app.add_option("FILE", file, "CIF or POSCAR/CONTCAR")->required();
  app.add_option("--json", json, "write the result as JSON");
  return program::main(app, argc, argv, [&] {
    const auto measured = measure_layers(read_measured_structure(file));
    nlohmann::json out{{"layered", measured.has_value()}, {"stacking", nullptr}, {"word", nullptr}, {"axis", nullptr},
                       {"slabs", nlohmann::json::array()}, {"interslabs", nlohmann::json::array()}, {"slab_thickness", nullptr},
                       {"interslab_distance", nullptr}, {"correlation", nullptr}, {"warnings", nlohmann::json::array()}};
    if (!measured) {
      const char* const why = "in no direction do the anions gather in planes with metals and alkali in turn between them";
      out["warnings"].push_back(std::string("not layered: ") + why);
      std::printf("Not layered: %s.\n", why);
    } else {
      const Layers<double>& layers = measured->layers;
      ReportTable table{.caption = "Layers along the normal of (" + std::to_string(layers.axis.h) + " " + std::to_string(layers.axis.k) + " " +
                                   std::to_string(layers.axis.l) + ")",
                        .columns = {{"Layer"}, {"Thickness / Å", Align::decimal}, {"Rumpling / Å", Align::decimal}, {"Cations per cell"},
                                    {"Coordination"}, {"Mean bond / Å", Align::decimal}}};
      for (std::size_t i = 0; i < layers.layers.size(); ++i) {
        const auto& layer = layers.layers[i];
        const Measured thickness = measured->thickness[i];
        const std::optional<Measured> bond = measured->bond_length[i];
        table.rows.push_back({layer.is_slab ? "slab" : "interslab", number(thickness), fixed(layer.spread, 4), list(layer.cations),
                              layer.coordination ? std::string(to_string(*layer.coordination)) : "–", bond ? number(*bond) : "–"});
        out[layer.is_slab ? "slabs" : "interslabs"].push_back(to_json(layer, thickness, bond));
      }
      const Measured slab = measured->slab_thickness(), interslab = measured->interslab_distance();
      out["axis"] = {layers.axis.h, layers.axis.k, layers.axis.l};
      out["slab_thickness"] = value_and_esd(slab);
      out["interslab_distance"] = value_and_esd(interslab);
      out["warnings"] = layers.warnings;
      for (const auto& note : measured->notes) out["warnings"].push_back(note);
      if (layers.word) {
        out["stacking"] = layers.stacking;
        out["word"] = to_string(*layers.word);
      } else {
        out["warnings"].push_back("no stacking: a slab is not octahedral, or the planes repeat after more than 24 slabs");
      }
      std::printf("%s\n%s  %s\nslab d(O–TM–O) %s Å, interslab d(O–A–O) %s Å\n", to_text(table).c_str(),
                  layers.stacking.empty() ? "no stacking of octahedral slabs" : layers.stacking.c_str(),
                  layers.word ? to_string(*layers.word).c_str() : "", number(slab).c_str(), number(interslab).c_str());
      if (slab.esd > 0 && interslab.esd > 0) {
        out["correlation"] = measured->correlation();
        std::printf("correlation of slab and interslab %.4f\n", measured->correlation());
      }
      for (const auto& warning : layers.warnings) std::printf("Caution: %s.\n", warning.c_str());
      for (const auto& note : measured->notes) std::printf("Note: %s.\n", note.c_str());
    }
    if (!json.empty()) program::write_json(json, "layers", std::move(out));
    return 0;
  });
}
