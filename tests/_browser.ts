/** A headless Chromium, spoken to by the Chrome DevTools Protocol; for tests of pages. */

const CHROMIUM = "/usr/bin/chromium";

/** Why no page can be tested in a browser here, or null. */
export async function missingBrowser(): Promise<string | null> {
  try {
    await Deno.stat(CHROMIUM);
    return null;
  } catch {
    return `there is no ${CHROMIUM}`;
  }
}

/** How a page is looked at. */
export interface View {
  /** Of the window, in CSS pixels. */
  readonly width: number;
  readonly scheme: "light" | "dark";
}

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

type Listener = (reply: Reply) => void;

async function debuggingUrl(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  for (;;) {
    const { value, done } = await reader.read();
    said += value ?? "";
    const url = said.match(/DevTools listening on (ws:\S+)/)?.[1];
    if (url === undefined && !done) continue;
    if (url === undefined) throw new Error(`Chromium does not answer: ${said}`);
    // What it says further is read and dropped, else it would stop at a full pipe.
    (async () => {
      while (!(await reader.read()).done);
    })().catch(() => {});
    return url;
  }
}

/** A page of the browser. */
export class BrowserPage {
  readonly #child: Deno.ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #listeners = new Set<Listener>();
  #session: string | undefined;
  #last = 0;

  private constructor(child: Deno.ChildProcess, profile: string, socket: WebSocket) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const reply = JSON.parse(data) as Reply;
      if (reply.id === undefined) { for (const listener of this.#listeners) listener(reply); }
      else this.#waiting.get(reply.id)?.(reply);
    };
  }

  /** Starts a browser with one empty page; the caller closes it. */
  static async open(): Promise<BrowserPage> {
    const profile = await Deno.makeTempDir();
    const args = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
    ];
    const child = new Deno.Command(CHROMIUM, { args, stdout: "null", stderr: "piped" }).spawn();
    const socket = new WebSocket(await debuggingUrl(child.stderr));
    await new Promise((opened) => socket.onopen = opened);
    const page = new BrowserPage(child, profile, socket);
    const { targetId } = await page.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await page.send("Target.attachToTarget", { targetId, flatten: true });
    page.#session = sessionId as string;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.send(`${domain}.enable`);
    return page;
  }

  /** Sends a command and waits for its result. */
  send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = ++this.#last, sessionId = this.#session;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        this.#waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result ?? {});
      });
      this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    });
  }

  /** Opens a page in a view. What it says on its console and asks of the network is returned. */
  async load(url: string, { width, scheme }: View): Promise<{ errors: string[]; requests: string[] }> {
    const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 };
    await this.send("Emulation.setDeviceMetricsOverride", metrics);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.send("Emulation.setEmulatedMedia", { features });
    const errors: string[] = [], requests: string[] = [];
    const loaded = new Promise<void>((resolve) => {
      this.#listeners.clear();
      this.#listeners.add(({ method, params }) => {
        const said = JSON.stringify(params);
        if (method === "Page.loadEventFired") resolve();
        if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded") errors.push(said);
        if (method === "Runtime.consoleAPICalled") errors.push(said);
        if (method !== "Network.requestWillBeSent") return;
        requests.push((params as { request: { url: string } }).request.url);
      });
    });
    await this.send("Page.navigate", { url });
    await loaded;
    return { errors, requests };
  }

  /** The value of an expression in the page, which may be a promise. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const asked = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", asked);
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: Value }).value;
  }

  /** A PNG of a part of the page: from `top` on so many pixels high, at most to its end; drawn smaller by `scale`. */
  async screenshot({ top = 0, height = Infinity, scale = 1 } = {}): Promise<Uint8Array> {
    const { cssContentSize } = await this.send("Page.getLayoutMetrics");
    const { width, height: whole } = cssContentSize as { width: number; height: number };
    const clip = { x: 0, y: top, width, height: Math.min(height, whole - top), scale };
    const { data } = await this.send("Page.captureScreenshot", { clip, captureBeyondViewport: true });
    return Uint8Array.fromBase64(data as string);
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.#socket.onclose = done);
    await this.send("Browser.close").catch(() => {});
    await Promise.all([closed, this.#child.status]);
    await Deno.remove(this.#profile, { recursive: true });
  }
}
