// Opens a report written by any program in headless Chromium and checks what every report must satisfy.
//
//   node check_report.mjs CHROMIUM REPORT.html [SCREENSHOT.png]
//
// Exit status: 0 all figures drawn with marks, nothing on the console, nothing asked of the network; 1 otherwise;
// 77 ("skipped") without the browser, or where the page has its scripts from the network.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Browser } from "./browser.mjs";
import { open_report } from "./report_page.mjs";

const [chromium, report, screenshot] = process.argv.slice(2);
if (!report) {
  console.error("usage: node check_report.mjs CHROMIUM REPORT.html [SCREENSHOT.png]");
  process.exit(2);
}
if (!existsSync(chromium)) {
  console.log(`skipped: no browser (${chromium})`);
  process.exit(77);
}
if (readFileSync(report, "utf8").includes('<script src="https://cdn.')) {
  console.log("skipped: the page has its scripts from the network");
  process.exit(77);
}
const browser = await Browser.start(chromium);
try {
  const page = await open_report(browser, pathToFileURL(resolve(report)).href);
  const faults = [...page.errors, ...page.requests.map((url) => `asked the network for ${url}`)];
  for (let i = 0; i < page.figures; ++i) {
    const marks = await page.evaluate(`lamella.marks(lamella.plots()[${i}])`);
    const seen = Object.entries(marks).filter(([, mark]) => mark.items > 0);
    console.log(`figure ${i + 1}: ${seen.map(([name, mark]) => `${name} ${mark.items}`).join(", ")}`);
    if (seen.length === 0) faults.push(`figure ${i + 1} has no marks`);
  }
  if (screenshot) writeFileSync(screenshot, await page.picture());
  console.log(`${page.figures} figures`);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await browser.close();
}
