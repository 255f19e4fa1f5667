import { createRequire } from "node:module";

/** The package of image codecs whose binary this platform has: linked with the C library, and always installed. */
const CARRIERS: Readonly<Record<string, string>> = {
  "linux x86_64": "@napi-rs/image-linux-x64-gnu",
  "linux aarch64": "@napi-rs/image-linux-arm64-gnu",
};

/** Throws when the package is not installed, as where the C library is musl. */
function carrierPath(): string {
  const name = CARRIERS[`${Deno.build.os} ${Deno.build.arch}`];
  if (name === undefined) throw new Error(`No functions of the C library on ${Deno.build.os}`);
  const codecs = createRequire(import.meta.url).resolve("@napi-rs/image");
  return createRequire(codecs).resolve(name);
}

/**
 * Functions of Linux' C library. Tasks may load no system library, and read nothing below /proc and /sys; a library of
 * node_modules, which they may load, brings the C library with it. What a C library lacks is null when it is declared
 * `optional`.
 *
 * @returns the functions, or null where the platform has no such library or the process may not load it
 */
export function openCLibrary<Functions extends Deno.ForeignLibraryInterface>(
  functions: Functions,
): Deno.StaticForeignLibraryInterface<Functions> | null {
  try {
    return Deno.dlopen(carrierPath(), functions).symbols;
  } catch {
    return null;
  }
}
