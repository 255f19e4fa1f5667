import { configProblem, suggestName } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";

/** Where a queue is kept. */
export interface QueueAddress {
  readonly engine: "redis" | "postgres";
  readonly url: URL;
  /** Host and port, as Deno's network permission names them. */
  readonly host: string;
  /** The address without its password, for messages. */
  readonly shown: string;
}

/** Engine and usual port of each kind of address. Valkey speaks Redis' protocol. */
const SCHEMES: Readonly<Record<string, { engine: "redis" | "postgres"; port: number }>> = {
  redis: { engine: "redis", port: 6379 },
  rediss: { engine: "redis", port: 6379 },
  valkey: { engine: "redis", port: 6379 },
  valkeys: { engine: "redis", port: 6379 },
  postgres: { engine: "postgres", port: 5432 },
  postgresql: { engine: "postgres", port: 5432 },
};

function refuse(address: string, reason: string): never {
  throw configProblem(
    `--queue ${quoted(address)}: ${reason}`,
    "Write redis://host:6379/0 (rediss:// with TLS, valkey:// for Valkey) or postgres://user@host:5432/database",
  );
}

function checkPath(engine: QueueAddress["engine"], { pathname }: URL, address: string): void {
  const name = pathname.slice(1);
  if (engine === "redis" && !/^\d*$/.test(name)) refuse(address, `"${name}" is no number of a database`);
  if (engine === "postgres" && name === "") refuse(address, "it names no database");
}

/**
 * Reads the address of a queue.
 *
 * @throws a config problem on what is none
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { engine, host, shown } = parseQueueAddress("redis://:secret@big-machine/2");
 * assertEquals([engine, host, shown], ["redis", "big-machine:6379", "redis://big-machine:6379/2"]);
 * ```
 */
export function parseQueueAddress(address: string): QueueAddress {
  const scheme = /^([a-z]+):\/\//.exec(address)?.[1];
  if (scheme === undefined) refuse(address, "it does not begin with redis:// or postgres://");
  const known = SCHEMES[scheme];
  if (known === undefined) refuse(address, `"${scheme}": ${suggestName(scheme, Object.keys(SCHEMES))}`);
  if (!URL.canParse(address)) refuse(address, "it cannot be read");
  const url = new URL(address);
  if (url.hostname === "") refuse(address, "it names no host");
  checkPath(known.engine, url, address);
  const host = `${url.hostname}:${url.port || known.port}`;
  const user = url.username === "" ? "" : `${url.username}@`;
  return { engine: known.engine, url, host, shown: `${scheme}://${user}${host}${url.pathname}` };
}
