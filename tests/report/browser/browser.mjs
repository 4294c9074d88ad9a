// A headless Chromium driven over its debugging pipe; needs nothing but Node.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
  "--no-default-browser-check", "--force-color-profile=srgb", "--remote-debugging-pipe",
];

export class Browser {
  #next = 1;
  #waiting = new Map();
  #rest = "";

  /** Starts `executable` with an empty profile, which `close` removes. */
  static async start(executable) {
    const browser = new Browser();
    browser.profile = mkdtempSync(join(tmpdir(), "lamella-chromium-"));
    browser.listeners = new Set();
    browser.process = spawn(executable, [...flags, `--user-data-dir=${browser.profile}`, "about:blank"],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    browser.exited = new Promise((resolve) => {
      browser.process.once("exit", resolve);
      browser.process.once("error", resolve);
    }).then((why) => {
      for (const { reject } of browser.#waiting.values()) reject(new Error(`the browser ended: ${why}`));
    });
    browser.process.stdio[4].setEncoding("utf8").on("data", (chunk) => browser.#receive(chunk));
    browser.process.stdio[3].on("error", () => {});
    await browser.send("Browser.getVersion");
    return browser;
  }

  #receive(chunk) {
    const messages = (this.#rest + chunk).split("\0");
    this.#rest = messages.pop();
    for (const text of messages) {
      const message = JSON.parse(text);
      const waiting = this.#waiting.get(message.id);
      if (waiting) {
        this.#waiting.delete(message.id);
        if (message.error) waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
        else waiting.resolve(message.result);
      } else {
        for (const listener of this.listeners) listener(message);
      }
    }
  }

  /** One command of the DevTools protocol; a minute at most. */
  send(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`${method}: no answer within a minute`));
      }, 60000);
      const done = (settle) => (value) => { clearTimeout(timer); settle(value); };
      this.#waiting.set(id, { method, resolve: done(resolve), reject: done(reject) });
      this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    });
  }

  /** A new tab of the given size in CSS pixels, light or dark. */
  async open(url, { width = 1400, height = 1000, scheme = "light", offline = false } = {}) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId);
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.send(`${domain}.enable`);
    if (offline) {
      await page.send("Network.emulateNetworkConditions",
        { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    }
    await page.resize(width, height);
    await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    const loaded = page.once("Page.loadEventFired");
    await page.send("Page.navigate", { url });
    await loaded;
    return page;
  }

  async close() {
    await Promise.race([this.send("Browser.close").catch(() => {}), sleep(5000)]);
    await Promise.race([this.exited, sleep(5000)]);
    this.process.kill("SIGKILL");
    await Promise.race([this.exited, sleep(5000)]);
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Page {
  /** What the page complained about, and what it asked the network for. */
  errors = [];
  requests = [];

  constructor(browser, sessionId, targetId) {
    Object.assign(this, { browser, sessionId, targetId });
    browser.listeners.add((message) => message.sessionId === sessionId && this.#hear(message.method, message.params));
  }

  #hear(method, params) {
    if (method === "Runtime.exceptionThrown") {
      const { exception, text } = params.exceptionDetails;
      this.errors.push(exception?.description ?? text);
    } else if (method === "Runtime.consoleAPICalled" && ["error", "warning", "assert"].includes(params.type)) {
      this.errors.push(`console.${params.type}: ${params.args.map((a) => a.value ?? a.description).join(" ")}`);
    } else if (method === "Log.entryAdded" && ["error", "warning"].includes(params.entry.level)) {
      this.errors.push(`log: ${params.entry.text} ${params.entry.url ?? ""}`);
    } else if (method === "Network.requestWillBeSent" && /^(https?|wss?):/.test(params.request.url)) {
      this.requests.push(params.request.url);
    }
  }

  send(method, params = {}) {
    return this.browser.send(method, params, this.sessionId);
  }

  once(method) {
    return new Promise((resolve) => {
      const listener = (message) => {
        if (message.sessionId !== this.sessionId || message.method !== method) return;
        this.browser.listeners.delete(listener);
        resolve(message.params);
      };
      this.browser.listeners.add(listener);
    });
  }

  /** The value of an expression in the page; promises are awaited, exceptions thrown. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate",
      { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  resize(width, height) {
    return this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  }

  move(x, y, pressed = false) {
    return this.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y, buttons: pressed ? 1 : 0 });
  }

  async drag(from, to, steps = 8) {
    await this.move(from.x, from.y);
    const button = { button: "left", clickCount: 1 };
    await this.send("Input.dispatchMouseEvent", { type: "mousePressed", ...from, ...button, buttons: 1 });
    for (let i = 1; i <= steps; ++i) {
      await this.move(from.x + (to.x - from.x) * i / steps, from.y + (to.y - from.y) * i / steps, true);
    }
    await this.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...to, ...button });
  }

  async double_click(x, y) {
    for (const clickCount of [1, 2]) {
      for (const type of ["mousePressed", "mouseReleased"]) {
        await this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount });
      }
    }
  }

  scroll(x, y, deltaY) {
    return this.send("Input.dispatchMouseEvent", { type: "mouseWheel", x, y, deltaX: 0, deltaY });
  }

  /** The whole page, or the rectangle `clip` of what is in view, as PNG. */
  async picture(clip = undefined) {
    const { cssContentSize } = await this.send("Page.getLayoutMetrics");
    const { data } = await this.send("Page.captureScreenshot",
      { format: "png", captureBeyondViewport: !clip, clip: { scale: 1, ...(clip ?? cssContentSize) } });
    return Buffer.from(data, "base64");
  }

  close() {
    return this.browser.send("Target.closeTarget", { targetId: this.targetId });
  }
}
