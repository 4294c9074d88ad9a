// layers: slab thickness, interslab distance and stacking of any structure, measured from its coordinates.
#include <lamella/io/structure_file.hpp>
#include <lamella/layered/layer_metrology.hpp>
#include <lamella/report/table.hpp>

#include "program.hpp"

#include <cstdio>

using namespace lamella;
using lamella::detail::fixed;

namespace {

std::string list(const std::vector<LayerCation>& cations) {
  std::string text;
  for (const auto& cation : cations) text += (text.empty() ? "" : " ") + to_string(cation.species) + " " + fixed(cation.atoms, 2);
  return text;
}

nlohmann::json to_json(const Layer<double>& layer) {
  nlohmann::json species = nlohmann::json::array(), bond = nullptr, coordination = nullptr;
  for (const auto& cation : layer.cations) species.push_back(to_string(cation.species));
  if (layer.bond_length) bond = *layer.bond_length;
  if (layer.coordination) coordination = to_string(*layer.coordination);
  if (layer.is_slab) return {{"thickness", layer.thickness}, {"spread", layer.spread}, {"metals", species}, {"metal_oxygen_mean", bond}};
  return {{"distance", layer.thickness}, {"spread", layer.spread}, {"alkali", species}, {"coordination", coordination}, {"alkali_oxygen_mean", bond}};
}

}  // namespace

int main(int argc, char** argv) {
  std::string file, json;
  CLI::App app{"Measures the layers of a structure: slab thickness d(O–TM–O), interslab distance d(O–A–O), stacking."};
  app.add_option("FILE", file, "CIF or POSCAR/CONTCAR")->required();
  app.add_option("--json", json, "write the result as JSON");
  return program::main(app, argc, argv, [&] {
    const auto layers = measure_layers(read_structure(file));
    nlohmann::json out{{"layered", layers.has_value()}, {"stacking", nullptr}, {"word", nullptr}, {"axis", nullptr},
                       {"slabs", nlohmann::json::array()}, {"interslabs", nlohmann::json::array()}, {"warnings", nlohmann::json::array()}};
    if (!layers) {
      std::printf("Not layered: in no direction do the anions gather in planes with metals and alkali in turn between them.\n");
    } else {
      ReportTable table{.caption = "Layers along the normal of (" + std::to_string(layers->axis.h) + " " + std::to_string(layers->axis.k) + " " +
                                   std::to_string(layers->axis.l) + ")",
                        .columns = {{"Layer"}, {"Thickness / Å", Align::decimal}, {"Rumpling / Å", Align::decimal}, {"Cations per cell"},
                                    {"Coordination"}, {"Mean bond / Å", Align::decimal}}};
      for (const auto& layer : layers->layers) {
        table.rows.push_back({layer.is_slab ? "slab" : "interslab", fixed(layer.thickness, 4), fixed(layer.spread, 4), list(layer.cations),
                              layer.coordination ? std::string(to_string(*layer.coordination)) : "–", layer.bond_length ? fixed(*layer.bond_length, 4) : "–"});
        out[layer.is_slab ? "slabs" : "interslabs"].push_back(to_json(layer));
      }
      out["axis"] = {layers->axis.h, layers->axis.k, layers->axis.l};
      out["warnings"] = layers->warnings;
      if (layers->word) {
        out["stacking"] = layers->stacking;
        out["word"] = to_string(*layers->word);
      }
      std::printf("%s\n%s  %s\nslab d(O–TM–O) %.4f Å, interslab d(O–A–O) %.4f Å\n", to_text(table).c_str(),
                  layers->stacking.empty() ? "no stacking of octahedral slabs" : layers->stacking.c_str(),
                  layers->word ? to_string(*layers->word).c_str() : "", layers->slab_thickness(), layers->interslab_distance());
      for (const auto& warning : layers->warnings) std::printf("Caution: %s.\n", warning.c_str());
    }
    if (!json.empty()) program::write_json(json, "layers", std::move(out));
    return 0;
  });
}
