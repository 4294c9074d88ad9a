// What every report page must show, and how to look into its figures.

/** Functions that run inside the page, under `lamella`. */
const inside = `window.lamella = {
  plots: () => [...document.querySelectorAll(".plot")],
  /** All marks of a figure by name: type, number of groups and number of items. */
  marks(plot) {
    const found = {};
    const walk = (mark) => {
      if (mark.name && mark.marktype !== "group") {
        const entry = found[mark.name] ??= { type: mark.marktype, groups: 0, items: 0 };
        entry.groups += 1;
        entry.items += mark.items.length;
      }
      for (const item of mark.items) for (const child of item.items ?? []) walk(child);
    };
    walk(plot.view.scenegraph().root);
    return found;
  },
  /** Panels of a figure from top to bottom: place in the window, and domains of their scales. */
  panels(plot) {
    const box = plot.querySelector("canvas").getBoundingClientRect();
    const origin = plot.view.origin(), padding = plot.view.padding();
    const panels = [];
    const domain = (name) => { try { return plot.view.scale(name).domain(); } catch { return null; } };  // a strip has no vertical axis
    const walk = (mark, x, y) => {
      for (const item of mark.items) {
        const left = x + (item.x ?? 0), top = y + (item.y ?? 0);
        if (/_group$/.test(mark.name ?? "")) {
          const name = mark.name.replace(/_group$/, "");
          panels.push({ name, x: left, y: top, width: item.width, height: item.height,
            x_domain: domain(name + "_x"), y_domain: domain(name + "_y") });
        }
        if (mark.marktype === "group") for (const child of item.items) if (child.marktype === "group") walk(child, left, top);
      }
    };
    walk(plot.view.scenegraph().root, box.x + origin[0] + padding.left, box.y + origin[1] + padding.top);
    return panels;
  },
  /** Number of pixels of about this colour within a rectangle of the window. */
  pixels(plot, colour, { x, y, width, height }) {
    const canvas = plot.querySelector("canvas");
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [width * scale, height * scale];
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, (box.x - x) * scale, (box.y - y) * scale);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) count += colour.every((value, k) => Math.abs(data[i + k] - value) < 24);
    return count;
  },
  tooltip() {
    const element = document.querySelector("#vg-tooltip-element.visible");
    if (!element) return null;
    return Object.fromEntries([...element.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent)));
  },
};`;

/** Opens a report and waits until its figures are drawn; fails where one is not. */
export async function open_report(browser, url, options) {
  const page = await browser.open(url, options);
  await page.evaluate(inside);
  const drawn = await page.evaluate(`Promise.all(lamella.plots().map(async (plot) => {
    await plot.drawn;
    return Boolean(plot.view && plot.querySelector("canvas"));
  }))`);
  if (drawn.includes(false)) throw new Error(`${url}: figure ${drawn.indexOf(false) + 1} was not drawn; ${page.errors.join("; ")}`);
  page.figures = drawn.length;
  return page;
}
