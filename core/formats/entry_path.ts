import { dataProblem } from "../base/problem.ts";

/** What a name may not hold: it would end elsewhere than below the folder, on one system or another. */
const ESCAPES: readonly RegExp[] = [/^[/\\]/, /^[A-Za-z]:/, /\\/, /\0/, /(^|\/)\.\.(\/|$)/];

/**
 * The path below the folder of unpacking that an archive's entry names, without `.` and doubled slashes.
 *
 * @throws Problem (data) when the name would leave the folder, on any system, or names nothing
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * assertEquals(entryPath("./lib//libtensorflow.so.2"), "lib/libtensorflow.so.2");
 * assertThrows(() => entryPath("nvidia/../../lib/libtensorflow.so.2"), Error, "outside its folder");
 * ```
 */
export function entryPath(name: string): string {
  const path = name.split("/").filter((part) => part !== "" && part !== ".").join("/");
  if (path === "" || ESCAPES.some((pattern) => pattern.test(name))) {
    throw dataProblem(
      `Cannot unpack the archive: its entry ${JSON.stringify(name)} is to be written outside its folder`,
      "Do not use this file: take it from a source that you trust",
    );
  }
  return path;
}
