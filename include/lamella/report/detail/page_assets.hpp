// Style sheet and script of a report page.
#pragma once

#include <lamella/version.hpp>

#include <string_view>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

// Text in a book face, tables and figures in the system's sans serif; nothing is fetched. Colours of verdicts
// are blue and vermilion, which the common colour vision deficiencies keep apart.
inline constexpr std::string_view page_style = R"css(
:root { color-scheme: light dark;
  --paper: #ffffff; --ink: #1f2933; --soft: #566270; --line: #d8dee4; --tint: #f4f6f8;
  --good: #0b62a4; --bad: #b8440b; --open: #66727f;
  --text: Charter, "Bitstream Charter", "Sitka Text", Cambria, "Noto Serif", "DejaVu Serif", Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #15181d; --ink: #dde3ea; --soft: #98a4b1; --line: #323a44; --tint: #1c2027;
  --good: #6cb6f0; --bad: #ff9a5c; --open: #98a4b1; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 var(--text);
  -webkit-text-size-adjust: 100%; }
main { max-width: 74rem; margin: 0 auto; padding: 3.2rem 2rem 2rem; }
header { margin-bottom: 2.2rem; padding-bottom: 1.3rem; border-bottom: 1px solid var(--line); }
h1, h2, h3, h4 { font-family: var(--sans); font-weight: 600; line-height: 1.25; text-wrap: balance; }
h1 { margin: 0; font-size: 1.85rem; letter-spacing: -0.012em; }
header p { margin: 0.45rem 0 0; color: var(--soft); max-width: 52rem; }
h2 { margin: 2.8rem 0 0.8rem; font-size: 1.28rem; }
h3 { margin: 2rem 0 0.6rem; font-size: 1.06rem; }
h4 { margin: 1.6rem 0 0.5rem; font-size: 0.95rem; }
p { margin: 0 0 1rem; max-width: 46rem; text-wrap: pretty; overflow-wrap: break-word; }
.note { margin: 1.3rem 0; padding: 0.7rem 1rem; max-width: 46rem; border-left: 3px solid var(--good); background: var(--tint);
  font: 0.92rem/1.5 var(--sans); }
.note.warning { border-left-color: var(--bad); }
.note strong { font-weight: 600; }

figure { margin: 1.6rem 0 2.2rem; }
figcaption, .table caption { font: 0.88rem/1.5 var(--sans); color: var(--soft); text-align: left; max-width: 52rem; }
figcaption b, caption b { font-weight: 600; color: var(--ink); }
figcaption { margin-top: 0.5rem; }
.plot { position: relative; width: 100%; min-height: 120px; overflow-x: auto; overflow-y: hidden; }
.plot.vega-embed { display: block; padding-right: 0; }
.plot.vega-embed details:not([open]) > :not(summary) { display: none !important; }
.plot.vega-embed summary { top: 2px; right: 2px; background: var(--paper); color: var(--soft); border-color: var(--line); box-shadow: none; }
.plot.vega-embed .vega-actions { background: var(--paper); border-color: var(--line); }
.plot.vega-embed .vega-actions a { color: var(--ink); }
.plot.vega-embed .vega-actions a:hover { background: var(--tint); }
.plot.vega-embed .vega-actions::before { border-bottom-color: var(--line); }
.plot.vega-embed .vega-actions::after { border-bottom-color: var(--paper); }
.plot p { color: var(--soft); font-family: var(--sans); font-size: 0.9rem; }
.hint { color: var(--soft); }
#vg-tooltip-element { font: 0.8rem/1.4 var(--sans); font-variant-numeric: tabular-nums; }

.table { margin: 1.4rem 0 2rem; overflow-x: auto; }
.table table { border-collapse: collapse; font: 0.9rem/1.45 var(--sans); font-variant-numeric: tabular-nums lining-nums; }
.table caption { caption-side: top; padding: 0 0 0.5rem; }
.table thead th { padding: 0.42rem 1.1rem 0.42rem 0; border-top: 2px solid var(--ink); border-bottom: 1px solid var(--ink);
  font-weight: 600; text-align: left; vertical-align: bottom; }
.table td { padding: 0.3rem 1.1rem 0.3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
.table th:first-child, .table td:first-child { padding-left: 0.35rem; }
.table th:last-child, .table td:last-child { padding-right: 0.35rem; }
.table tbody tr:last-child td { border-bottom: 0; }
.table tbody { border-bottom: 2px solid var(--ink); }
.table tbody tr:hover td { background: var(--tint); }
.table tr.group th { padding: 0.95rem 0 0.28rem 0.35rem; border-bottom: 1px solid var(--line); font-weight: 600; text-align: left; }
.table tr.group:first-child th { padding-top: 0.5rem; }
.table th.number, .table td.number { text-align: right; white-space: nowrap; }
.table td.number > span { display: inline-block; text-align: left; }
.table td.prose { min-width: 13rem; max-width: 30rem; }
.mark { white-space: nowrap; }
.good, .bad, .open { font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .open { color: var(--open); }
.sign { display: inline-block; width: 1.1em; }
.table p { margin: 0.45rem 0 0; color: var(--soft); font: 0.84rem/1.5 var(--sans); }

.highlights { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1.1rem 1.6rem; margin: 1.5rem 0 2.2rem; }
.highlights div { border-top: 2px solid var(--ink); padding-top: 0.5rem; }
.highlights dt { color: var(--soft); font: 0.84rem/1.4 var(--sans); }
.highlights dd { margin: 0; font: 600 1.28rem/1.35 var(--sans); font-variant-numeric: tabular-nums lining-nums; }
.highlights dd + dd { color: var(--soft); font-weight: 400; font-size: 0.82rem; line-height: 1.4; }

.tally { margin: 1.4rem 0 1.6rem; max-width: 46rem; font: 0.92rem/1.5 var(--sans); }
.tally .bar { display: flex; gap: 2px; height: 0.55rem; margin-bottom: 0.45rem; }
.tally .bar span { min-width: 3px; background: currentColor; }
.tally .bar .open { opacity: 0.45; }
.tally .legend > span { margin-right: 1.6rem; white-space: nowrap; }

.more { margin: 1rem 0 1.6rem; }
.more > summary { cursor: pointer; font: 600 0.95rem/1.5 var(--sans); }
.more > .inside { margin-top: 0.6rem; }
footer { max-width: 74rem; margin: 0 auto; padding: 1rem 2rem 3rem; color: var(--soft); font: 0.82rem/1.5 var(--sans); }
footer p { margin: 0; padding-top: 1rem; max-width: none; border-top: 1px solid var(--line); }

@media (max-width: 40rem) { main { padding: 1.6rem 1rem 1rem; } footer { padding: 1rem 1rem 2rem; } h1 { font-size: 1.5rem; }
  .table td, .table thead th { padding-right: 0.8rem; } }
@media print { :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --soft: #333333; --line: #bbbbbb; --tint: #ffffff;
    --good: #0b62a4; --bad: #b8440b; --open: #444444; }
  body { font-size: 10pt; } main, footer { max-width: none; padding: 0; } .hint, .plot.vega-embed summary { display: none; }
  figure, tr, .highlights, .tally { break-inside: avoid; } h2, h3, h4, caption { break-after: avoid; }
  .table, .plot { overflow: visible; } .plot canvas { max-width: 100%; height: auto !important; }
  .plot.in-dark canvas { filter: invert(1) hue-rotate(180deg) brightness(1.12); } a { color: inherit; } }
)css";

// Draws each figure, in the colours of the page (light or dark), as wide as the page lets it be. A scroll
// that began outside a figure goes on scrolling the page; a zoom or a pan stops at the ends of the data.
inline constexpr std::string_view page_script = R"js("use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const plots = [...document.querySelectorAll(".plot")];

  const recolour = (node, colours) => {
    if (typeof node === "string") return Object.hasOwn(colours, node) ? colours[node] : node;
    if (Array.isArray(node)) return node.map((member) => recolour(member, colours));
    if (node === null || typeof node !== "object") return node;
    return Object.fromEntries(Object.entries(node).map(([key, member]) =>
      [key, key === "data" || key === "usermeta" ? member : recolour(member, colours)]));
  };

  const stop_at_ends = (group, [low, high]) => {
    for (const signal of group.signals ?? []) {
      for (const rule of signal.on ?? []) {
        if (/^(pan|zoom)Linear\(/.test(rule.update)) rule.update = `clampRange(${rule.update}, ${low}, ${high})`;
      }
    }
    for (const mark of group.marks ?? []) stop_at_ends(mark, [low, high]);
    return group;
  };

  const fit = (plot) => {
    const canvas = plot.querySelector("canvas");
    if (!plot.stretches || !plot.view || !canvas || plot.clientWidth === 0) return;
    const around = canvas.clientWidth - plot.view.width();
    const width = Math.max(200, Math.floor(plot.clientWidth - around));
    if (width !== plot.view.width()) return plot.view.width(width).runAsync();
  };

  const draw = async (plot) => {
    const text = document.getElementById(plot.dataset.spec).textContent;
    const meta = JSON.parse(text).usermeta?.lamella ?? {};
    const in_dark = dark.matches;
    const spec = in_dark ? recolour(JSON.parse(text), meta.dark ?? {}) : JSON.parse(text);
    const zoomed = plot.view && meta.zoom ? plot.view.signal(meta.zoom.signal) : null;
    const panels = (spec.vconcat ?? []).filter((panel) => typeof panel.width === "number");
    plot.stretches = panels.length > 0;
    for (const panel of panels) panel.width = Math.max(200, plot.clientWidth - 90);
    plot.finalize?.();
    const result = await vegaEmbed(plot, spec, {
      mode: "vega-lite", renderer: "canvas", scaleFactor: { png: 2, svg: 1 },
      actions: { export: { svg: true, png: true }, source: false, compiled: false, editor: false },
      downloadFileName: plot.dataset.name, tooltip: { theme: in_dark ? "dark" : "light" },
      patch: (vega) => meta.zoom ? stop_at_ends(vega, meta.zoom.extent) : vega,
    });
    plot.view = result.view;
    plot.classList.toggle("in-dark", in_dark);
    plot.finalize = result.finalize;
    plot.zoom = meta.zoom;
    if (zoomed) await plot.view.signal(meta.zoom.signal, zoomed).runAsync();
    await fit(plot);
  };

  const redraw = (plot) => {
    plot.drawn = (plot.drawn ?? Promise.resolve()).then(() => draw(plot)).catch((error) => {
      console.error(error);
      plot.innerHTML = "<p></p>";
      plot.firstChild.textContent = "This figure could not be drawn: " + error.message;
    });
    return plot.drawn;
  };

  if (typeof vegaEmbed !== "function") {
    for (const plot of plots) {
      plot.innerHTML = "<p>This figure is drawn by Vega-Lite, which this page loads from the network. There was no network.</p>";
    }
    return;
  }
  for (const plot of plots) {
    redraw(plot);
    new ResizeObserver(() => requestAnimationFrame(() => fit(plot))).observe(plot);
  }
  dark.addEventListener("change", () => plots.forEach(redraw));

  let passing = -Infinity;
  addEventListener("wheel", (event) => {
    const plot = event.target.closest?.(".plot");
    const now = event.timeStamp;
    const shown = plot?.zoom && plot.view?.signal(plot.zoom.signal);
    const [low, high] = plot?.zoom?.extent ?? [0, 0];
    const all = plot && (!shown || (shown[0] <= low && shown[1] >= high));
    if (!plot || now - passing < 250 || (all && event.deltaY > 0)) {
      passing = now;
      if (plot) event.stopImmediatePropagation();
    }
  }, { capture: true, passive: true });

  addEventListener("beforeprint", () => document.querySelectorAll(".more").forEach((d) => { d.open = true; }));
})();
)js";

}  // namespace detail
}  // namespace lamella
