/** A proxy before an HTTP server that fails when told to: errors, answers that get lost, connections that break, outages. */
import {
  createServer,
  type IncomingMessage,
  request as ask,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Random } from "../../../core/base/random.ts";

/** The ways in which a request fails: before anything happened, or after, with the answer lost. */
const FAILURES = ["error", "busy", "cut", "lost", "broken"] as const;

async function bodyOf(stream: IncomingMessage): Promise<Uint8Array> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of stream) pieces.push(new Uint8Array(piece));
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** Sends a request on as it came, and waits for the whole answer. */
async function forward(
  stream: IncomingMessage,
  port: number,
): Promise<{ head: IncomingMessage; bytes: Uint8Array }> {
  const { method, url, headers } = stream, body = await bodyOf(stream);
  const head = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = ask({ host: "127.0.0.1", port, method, path: url, headers, agent: false }, resolve);
    sent.on("error", reject);
    sent.end(body);
  });
  return { head, bytes: await bodyOf(head) };
}

/** The proxy, and what it does wrong. */
export class FailingProxy {
  /** Share of requests that fail. */
  failing = 0;
  readonly #random = new Random(1, "proxy");
  readonly #target: number;
  #server!: Server;

  private constructor(target: number) {
    this.#target = target;
  }

  /** Starts a proxy before a port of this machine. */
  static async start(target: number): Promise<FailingProxy> {
    const proxy = new FailingProxy(target);
    await proxy.#listen(0);
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #listen(port: number): Promise<void> {
    this.#server = createServer((stream, to) => {
      // A server that hangs up does so for the one behind the proxy.
      this.#handle(stream, to).catch(() => stream.socket.destroy());
    });
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
  }

  async #handle(stream: IncomingMessage, to: ServerResponse): Promise<void> {
    const failure = this.#random.next() < this.failing ? this.#random.choice(FAILURES) : null;
    if (failure === "cut") return void stream.socket.destroy();
    if (failure === "error" || failure === "busy") {
      await bodyOf(stream);
      return void to.writeHead(failure === "busy" ? 503 : 500).end("<Error><Code>SlowDown</Code></Error>");
    }
    const { head, bytes } = await forward(stream, this.#target);
    if (failure === "lost") return void stream.socket.destroy();
    to.writeHead(head.statusCode!, head.headers);
    if (failure === null || stream.method !== "GET") return void to.end(bytes);
    to.write(bytes.subarray(0, bytes.length / 2), () => stream.socket.destroy());
  }

  /** Stops listening for some milliseconds: connections are refused. */
  async goOut(milliseconds: number): Promise<void> {
    const { port } = this;
    await this.stop();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    await this.#listen(port);
  }

  /** Ends it, and its connections. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
