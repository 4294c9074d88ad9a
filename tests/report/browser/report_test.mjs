// Report pages in headless Chromium: drawn without a network, with the right marks, zoomed, panned, hovered.
//
//   node report_test.mjs CHROMIUM MAKE_PAGES VEGA FOLDER
//
// Exit status 77 ("skipped") without the browser or without the figures' JavaScript. Pictures go to FOLDER.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Browser } from "./browser.mjs";
import { open_report } from "./report_page.mjs";

const [chromium, make_pages, vega, folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node report_test.mjs CHROMIUM MAKE_PAGES VEGA FOLDER");
  process.exit(2);
}
if (!existsSync(chromium)) {
  console.log(`skipped: no browser (${chromium})`);
  process.exit(77);
}
execFileSync(make_pages, [folder, vega], { stdio: "inherit" });
const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
if (!expected.inlined) {
  console.log(`skipped: ${expected.reason}`);
  process.exit(77);
}

const url = (name) => pathToFileURL(resolve(folder, name)).href;
const first = "lamella.plots()[0]";
const close_to = (actual, wanted, tolerance) =>
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${actual} is not ${wanted} within ${tolerance}`);

/** What the figure shows now. */
const state = async (page, plot = first) => {
  const panels = await page.evaluate(`lamella.panels(${plot})`);
  const of = (name) => panels.find((panel) => panel.name === name);
  return { panels, pattern: of("pattern"), reflections: of("reflections"), difference: of("difference_panel") };
};
const range = (shown) => shown.pattern.x_domain;
const width = ([low, high]) => high - low;

/** Waits until `shown` satisfies the condition: input reaches the page a little later. */
const eventually = async (page, what, condition, plot = first) => {
  let shown;
  for (let i = 0; i < 400; ++i) {
    shown = await state(page, plot);
    if (condition(shown)) return shown;
    await sleep(50);
  }
  assert.fail(`${what}: did not happen within 20 s; showing ${shown.panels[0].x_domain}`);
};

const tests = {
  async "the page asks nothing of the network, complains of nothing and runs no foreign text"(browser) {
    const page = await open_report(browser, url("report.html"), { offline: true });
    assert.equal(page.figures, 2);
    assert.deepEqual(page.errors, []);
    assert.deepEqual(page.requests, []);
    assert.equal(await page.evaluate("window.broken === undefined"), true);
    assert.match(await page.evaluate("document.title"), /^A refinement <script>/);
    writeFileSync(join(folder, "desktop.png"), await page.picture());
    await page.close();
  },

  async "the figure has a point per observation, a line per stretch and curve, a tick per reflection"(browser) {
    const page = await open_report(browser, url("report.html"));
    const marks = await page.evaluate(`lamella.marks(${first})`);
    assert.deepEqual(marks.observed_marks, { type: "symbol", groups: 1, items: expected.points });
    for (const line of ["calculated_marks", "background_marks", "difference_marks"]) {
      assert.deepEqual(marks[line], { type: "line", groups: expected.stretches, items: expected.points }, line);
    }
    assert.equal(marks.reflections_marks.items, expected.reflections);
    assert.equal(marks.excluded_marks.items, 1);
    assert.equal(marks.zero_marks.items, 1);
    const other = await page.evaluate("lamella.marks(lamella.plots()[1])");
    assert.equal(other.observed_marks.items, expected.all_points);
    assert.equal(other.difference_marks.items, expected.all_points);
    assert.equal(other.background_marks, undefined);
    await page.close();
  },

  async "every curve is visible in its panel, and the panels share their left and right edges"(browser) {
    const page = await open_report(browser, url("report.html"));
    const { panels, pattern, reflections, difference } = await state(page);
    const pixels = (colour, panel) => page.evaluate(`lamella.pixels(${first}, ${JSON.stringify(colour)}, ${JSON.stringify(panel)})`);
    assert.ok(await pixels([0xd5, 0x5e, 0x00], pattern) > 500, "calculated");
    assert.ok(await pixels([0x00, 0x72, 0xb2], difference) > 500, "difference");
    assert.ok(await pixels([0x00, 0x9e, 0x73], reflections) > 60, "reflections of the first phase");
    assert.ok(await pixels([0xcc, 0x79, 0xa7], reflections) > 40, "reflections of the second phase");
    assert.equal(panels.length, 3);
    assert.ok(pattern.y + pattern.height <= reflections.y && reflections.y + reflections.height <= difference.y);
    for (const panel of panels) {
      close_to(panel.x, pattern.x, 0.01);
      assert.equal(panel.width, pattern.width);
      assert.deepEqual(panel.x_domain, expected.range);
    }
    await page.close();
  },

  async "scrolling zooms all panels around the pointer, the intensity axis follows, double-click shows all"(browser) {
    const page = await open_report(browser, url("report.html"));
    const before = await state(page);
    const at = { x: before.pattern.x + 0.25 * before.pattern.width, y: before.pattern.y + 100 };
    const pointed = expected.range[0] + 0.25 * width(expected.range);
    await page.move(at.x, at.y);
    for (let i = 0; i < 3; ++i) await page.scroll(at.x, at.y, -600);
    const zoomed = await eventually(page, "zoom", (shown) => width(range(shown)) < 0.2 * width(expected.range));
    close_to(range(zoomed)[0] + 0.25 * width(range(zoomed)), pointed, 0.08);
    for (const panel of [zoomed.reflections, zoomed.difference]) assert.deepEqual(panel.x_domain, range(zoomed));
    assert.notDeepEqual(zoomed.pattern.y_domain, before.pattern.y_domain);
    const marks = await page.evaluate(`lamella.marks(${first})`);
    assert.ok(marks.observed_marks.items < 0.25 * expected.points && marks.observed_marks.items > 100);

    await page.double_click(at.x, at.y);
    await eventually(page, "double-click", (shown) => width(range(shown)) === width(expected.range));
    assert.deepEqual(page.errors, []);
    await page.close();
  },

  async "dragging pans and both stop at the ends of the data"(browser) {
    const page = await open_report(browser, url("report.html"));
    await page.evaluate(`${first}.view.signal("zoom_x", [30, 40]).runAsync().then(() => 0)`);
    const before = await state(page);
    assert.deepEqual(range(before), [30, 40]);
    const at = { x: before.pattern.x + 300, y: before.pattern.y + 100 };
    const right = { x: at.x + 0.1 * before.pattern.width, y: at.y };
    await page.drag(at, right);
    const panned = await eventually(page, "pan", (shown) => range(shown)[0] < 29.5);
    close_to(range(panned)[0], 29, 0.05);
    close_to(width(range(panned)), 10, 1e-9);

    await page.evaluate(`${first}.view.signal("zoom_x", [10.5, 20.5]).runAsync().then(() => 0)`);
    await page.drag(at, { x: at.x + 500, y: at.y });
    const stopped = await eventually(page, "pan to the end", (shown) => range(shown)[0] < 10.4);
    close_to(range(stopped)[0], expected.range[0], 1e-9);
    close_to(width(range(stopped)), 10, 1e-9);
    await page.scroll(at.x, at.y, 30000);
    await eventually(page, "zoom out", (shown) => width(range(shown)) === width(expected.range));
    await page.close();
  },

  async "a scroll that began outside the figure, or cannot zoom out further, scrolls the page"(browser) {
    const page = await open_report(browser, url("report.html"), { height: 700 });
    const scrolled = async (what) => {
      for (let i = 0; i < 400; ++i) {
        if (await page.evaluate("scrollY") > 50) return;
        await sleep(50);
      }
      assert.fail(`${what}: the page did not scroll`);
    };
    const { pattern } = await state(page);
    await page.move(pattern.x + 190, pattern.y + 100);
    await page.move(pattern.x + 200, pattern.y + 100);
    await page.scroll(pattern.x + 200, pattern.y + 100, 150);
    await scrolled("all in view");
    await sleep(400);
    await page.evaluate("scrollTo(0, 0)");
    await page.move(pattern.x + 190, pattern.y + 100);
    await page.evaluate(`${first}.view.signal("zoom_x", [30, 40]).runAsync().then(() => 0)`);
    await page.scroll(pattern.x + 200, 30, 10);
    await page.scroll(pattern.x + 200, pattern.y + 100, 150);
    await scrolled("begun outside");
    await sleep(200);
    assert.deepEqual(range(await state(page)), [30, 40]);
    await page.close();
  },

  async "the pointer reads the values of the point below it, and a reflection its indices"(browser) {
    const page = await open_report(browser, url("report.html"));
    const { two_theta, observed } = expected.probe;
    await page.evaluate(`${first}.view.signal("zoom_x", [${two_theta - 2}, ${two_theta + 2}]).runAsync().then(() => 0)`);
    const { pattern, difference, reflections } = await state(page);
    const read = async (x, y, wanted) => {
      await page.move(x - 4, y);
      await page.move(x, y);
      let tooltip;
      for (let i = 0; i < 400; ++i) {
        tooltip = await page.evaluate("lamella.tooltip()");
        if (tooltip && Object.entries(wanted).every(([key, value]) => tooltip[key] === value)) return tooltip;
        await sleep(50);
      }
      assert.deepEqual(tooltip, wanted);
    };
    for (const panel of [pattern, difference]) {
      const tooltip = await read(panel.x + panel.width / 2, panel.y + 20,
        { "2θ / °": String(two_theta), observed: String(observed) });
      assert.deepEqual(Object.keys(tooltip),
        ["2θ / °", "observed", "calculated", "background", "difference", "difference / σ"]);
      const marks = await page.evaluate(`lamella.marks(${first})`);
      assert.equal(marks.pattern_cursor_marks.items, 1);
      assert.equal(marks.difference_cursor_marks.items, 1);
      writeFileSync(join(folder, `hover_${panel.name}.png`), await page.picture({ x: 0, y: 0, width: 1400, height: 1000 }));
      await page.move(panel.x + panel.width + 60, panel.y - 30);
    }
    const x = reflections.x + reflections.width * (18.9 - (two_theta - 2)) / 4;
    const tooltip = await read(x + 1, reflections.y + reflections.height * 0.75, { phase: "P3 & O1", hkl: "1 0 0" });
    assert.equal(tooltip["2θ / °"], "18.9000");
    assert.deepEqual(page.errors, []);
    await page.close();
  },

  async "the page fits a narrow window, and follows when the window grows"(browser) {
    const page = await open_report(browser, url("report.html"), { width: 480 });
    assert.ok(await page.evaluate("document.documentElement.scrollWidth") <= 480);
    const narrow = await page.evaluate(`${first}.querySelector("canvas").clientWidth`);
    assert.ok(narrow > 380 && narrow <= await page.evaluate(`${first}.clientWidth`), `${narrow}`);
    writeFileSync(join(folder, "narrow.png"), await page.picture());
    await page.resize(1200, 900);
    await eventually(page, "growth", (shown) => shown.pattern.width > 950);
    assert.deepEqual(page.errors, []);
    await page.close();
  },

  async "a dark page has dark figures with the same marks"(browser) {
    const page = await open_report(browser, url("report.html"), { scheme: "dark" });
    const { pattern, difference } = await state(page);
    const pixels = (colour, panel) => page.evaluate(`lamella.pixels(${first}, ${JSON.stringify(colour)}, ${JSON.stringify(panel)})`);
    assert.ok(await pixels([0x15, 0x18, 0x1d], pattern) > 0.5 * pattern.width * pattern.height);
    assert.ok(await pixels([0x56, 0xb4, 0xe9], difference) > 500);
    const marks = await page.evaluate(`lamella.marks(${first})`);
    assert.equal(marks.observed_marks.items, expected.points);
    writeFileSync(join(folder, "dark.png"), await page.picture());
    assert.deepEqual(page.errors, []);
    await page.close();
  },

  async "13 001 points are drawn, zoomed and panned"(browser) {
    const page = await open_report(browser, url("large.html"));
    const marks = await page.evaluate(`lamella.marks(${first})`);
    assert.equal(marks.observed_marks.items, expected.large_points);
    const times = await page.evaluate(`(async () => {
      const times = [];
      for (let i = 0; i < 10; ++i) {
        const start = performance.now();
        await ${first}.view.signal("zoom_x", [10 + 0.1 * i, 139 - 0.1 * i]).runAsync();
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b);
    })()`);
    console.log(`  redrawing 13 001 points: ${times[5].toFixed(0)} ms (median of 10)`);
    assert.ok(times[5] < 10000);
    assert.deepEqual(page.errors, []);
    await page.close();
  },

  async "a zone-axis pattern has its spots and rings, is as wide as it is high, and reads out the spot below the pointer"(browser) {
    const page = await open_report(browser, url("zone_axis.html"), { offline: true });
    assert.equal(page.figures, 1);
    assert.deepEqual(page.errors, []);
    assert.deepEqual(page.requests, []);
    const marks = await page.evaluate(`lamella.marks(${first})`);
    assert.deepEqual(marks.spots_marks, { type: "symbol", groups: 1, items: expected.zone_spots });
    assert.equal(marks.rings_marks.groups, expected.zone_rings);
    assert.equal(marks.direct_beam_marks.items, 1);
    assert.equal(marks.indices_marks.items, expected.zone_spots);
    assert.equal(marks.ring_labels_marks.items, expected.zone_rings);
    assert.equal(await page.evaluate(`${first}.view.signal("width") === ${first}.view.signal("height")`), true);
    const spot = await page.evaluate(`(() => {
      const view = ${first}.view, canvas = ${first}.querySelector("canvas").getBoundingClientRect();
      const find = (mark) => mark.name === "spots_marks" ? mark : mark.items.flatMap((item) => item.items ?? []).map(find).find(Boolean);
      const item = find(view.scenegraph().root).items[0];
      const [x, y] = view.origin(), { left, top } = view.padding();
      return { x: canvas.left + left + x + item.x, y: canvas.top + top + y + item.y, hkl: item.datum.hkl, d: item.datum.d };
    })()`);
    await page.move(spot.x - 4, spot.y);
    await page.move(spot.x, spot.y);
    let tooltip;
    for (let i = 0; i < 400 && !tooltip?.hkl; ++i, await sleep(50)) tooltip = await page.evaluate("lamella.tooltip()");
    assert.equal(tooltip?.hkl, spot.hkl);
    assert.equal(tooltip["d / Å"], spot.d.toFixed(4));
    writeFileSync(join(folder, "zone_axis.png"), await page.picture());
    await page.close();
  },

  async "a cell has its charge curves, dQ/dV with a mark at each peak, and its cycles in three panels"(browser) {
    const page = await open_report(browser, url("cycling.html"), { offline: true });
    assert.deepEqual(page.errors, []);
    assert.deepEqual(page.requests, []);
    assert.equal(page.figures, 3);
    const marks = (figure) => page.evaluate(`lamella.marks(lamella.plots()[${figure}])`);
    assert.equal((await marks(0)).curves_marks.groups, 8, "one line for each half cycle");
    const differential = await marks(1);
    assert.equal(differential.differential_marks.groups, 8);
    assert.equal(differential.peaks_marks.items, 8);
    const { panels } = await state(page, "lamella.plots()[2]");
    assert.equal(panels.length, 3);
    for (const panel of panels) {
      close_to(panel.x, panels[0].x, 0.01);
      assert.equal(panel.width, panels[0].width);
    }
    const names = Object.keys(await marks(2));
    for (const name of ["capacity", "efficiency", "voltage"]) assert.ok(names.some((mark) => mark.startsWith(name)), `no marks of ${name}: ${names}`);
    writeFileSync(join(folder, "cycling.png"), await page.picture());
    await page.close();
  },

  async "a series has its map and panels above one another, marks the pattern below the pointer in all of them and reads it out"(browser) {
    const page = await open_report(browser, url("series.html"), { offline: true });
    assert.deepEqual(page.errors, []);
    assert.deepEqual(page.requests, []);
    const { panels } = await state(page);
    assert.deepEqual(panels.map((panel) => panel.name), ["map", "stretches", "panel0", "panel1", "panel2"]);
    for (const panel of panels) {
      assert.deepEqual(panel.x_domain, [0.5, 60.5]);
      close_to(panel.x, panels[0].x, 0.01);
      assert.equal(panel.width, panels[0].width);
    }
    const marks = await page.evaluate(`lamella.marks(${first})`);
    assert.equal(marks.map_first_marks.items, 60 * 120);
    assert.equal(marks.stretches_first_marks.items, 3);
    assert.equal(marks.panel0_first_marks.items, 60);
    assert.equal(marks.panel1_first_marks.items, 59 + 21);
    assert.equal(marks.panel1_first_marks.groups, 3, "a line ends where a pattern has no value");

    const at = { x: panels[0].x + (35.5 / 60) * panels[0].width, y: panels[3].y + 20 };
    await page.move(at.x - 3, at.y);
    await page.move(at.x, at.y);
    let tooltip;
    for (let i = 0; i < 400 && !tooltip?.pattern; ++i, await sleep(50)) tooltip = await page.evaluate("lamella.tooltip()");
    assert.equal(tooltip?.pattern, "36");
    assert.equal(tooltip["P3: c / Å"], "16.600(10)");
    const cursors = await page.evaluate(`Object.entries(lamella.marks(${first})).filter(([name, mark]) => /cursor_marks$/.test(name) && mark.items === 1).length`);
    assert.equal(cursors, 5);
    writeFileSync(join(folder, "series.png"), await page.picture());

    for (let i = 0; i < 3; ++i) await page.scroll(at.x, at.y, -600);
    const zoomed = await eventually(page, "zoom", (shown) => width(shown.panels[0].x_domain) < 12);
    for (const panel of zoomed.panels) assert.deepEqual(panel.x_domain, zoomed.panels[0].x_domain);
    await page.close();
  },

  async "without a network a page with linked scripts says so where its figures would be"(browser) {
    const page = await browser.open(url("network.html"), { offline: true });
    const text = await page.evaluate('[...document.querySelectorAll(".plot")].map((plot) => plot.textContent)');
    assert.equal(text.length, 2);
    for (const line of text) assert.match(line, /There was no network/);
    assert.equal(page.requests.length, 3);
    for (const request of page.requests) assert.match(request, /^https:\/\/cdn\.jsdelivr\.net\/npm\/vega(-lite|-embed)?@\d+\.\d+\.\d+\/build\//);
    assert.deepEqual(page.errors.filter((error) => !/^log: Failed to load resource/.test(error)), []);
    await page.close();
  },
};

let failed = 0;
const browser = await Browser.start(chromium);
try {
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(browser);
      console.log(`passed: ${name}`);
    } catch (error) {
      ++failed;
      console.error(`FAILED: ${name}\n  ${error.stack}`);
    }
  }
} finally {
  await browser.close();
}
console.log(`${Object.keys(tests).length} tests, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
