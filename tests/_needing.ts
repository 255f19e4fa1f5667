/**
 * Name and fate of a test that needs something of the machine: it is skipped where that is missing, and its name says
 * why, so that whoever reads the results knows what was not tested.
 *
 * @param missing why it cannot run, or null when it can
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(needing("draws", null), { name: "draws", ignore: false });
 * assertEquals(needing("draws", "no pencil"), { name: "draws (skipped: no pencil)", ignore: true });
 * ```
 */
export function needing(name: string, missing: string | null): { name: string; ignore: boolean } {
  return { name: missing === null ? name : `${name} (skipped: ${missing})`, ignore: missing !== null };
}
