import { assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { parseQueueAddress } from "../../../core/queue/queue_address.ts";

Deno.test("parseQueueAddress reads Redis, Valkey and Postgres, with their usual ports", () => {
  const cases: [address: string, engine: string, host: string, shown: string][] = [
    ["redis://machine", "redis", "machine:6379", "redis://machine:6379"],
    ["rediss://me:secret@machine:7000/3", "redis", "machine:7000", "rediss://me@machine:7000/3"],
    ["valkey://[::1]:7000", "redis", "[::1]:7000", "valkey://[::1]:7000"],
    ["postgres://me:secret@machine/podium", "postgres", "machine:5432", "postgres://me@machine:5432/podium"],
  ];
  for (const [address, engine, host, shown] of cases) {
    const parsed = parseQueueAddress(address);
    assertEquals([parsed.engine, parsed.host, parsed.shown], [engine, host, shown]);
  }
});

Deno.test("parseQueueAddress says what is wrong with an address", () => {
  const cases: [address: string, message: string][] = [
    ["machine:6379", "does not begin with redis:// or postgres://"],
    ["redsi://machine", 'did you mean "redis"?'],
    ["redis://machine/two", '"two" is no number of a database'],
    ["postgres://machine", "names no database"],
    ["redis://", "names no host"],
    ["redis://machine:port", "cannot be read"],
  ];
  for (const [address, message] of cases) {
    const problem = assertThrows(() => parseQueueAddress(address), Problem, message);
    assertEquals(problem.exitCode, 2);
  }
});
