/**
 * Compiles assembly/*.ts (AssemblyScript) into assembled.ts; to be run after every change there:
 * `deno run --allow-read --allow-write=core/wasm --allow-run=npx --allow-env core/wasm/build.ts`.
 * The product carries the compiled bytes and needs no compiler.
 */
import { join } from "@std/path";

const FOLDER = join(import.meta.dirname!, "assembly");
const COMPILER = "assemblyscript@0.28.20";
const SETTINGS = [
  "-O3",
  "--noAssert",
  "--runtime=stub",
  "--importMemory",
  "--noExportMemory",
];

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** One hash over the names and texts of the AssemblyScript sources and how they are compiled. */
export async function hashOfSources(): Promise<string> {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith(".ts"));
  const parts = names.sort().map((name) => `${name}\n${Deno.readTextFileSync(join(FOLDER, name))}`);
  return await sha256(new TextEncoder().encode([COMPILER, ...SETTINGS, ...parts].join("\n")));
}

async function compile(features: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: ["-y", "-p", COMPILER, "asc", "index.ts", ...SETTINGS, "--enable", features, "-o"],
    cwd: FOLDER,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return stdout.toBase64().replace(/.{1,106}/g, '  "$&",\n');
}

async function build(): Promise<string> {
  return [
    "/** The module of assembly/*.ts, compiled by build.ts; not to be edited. */",
    "",
    "/** SHA-256 of what the bytes below were made from. */",
    `export const SOURCES = "${await hashOfSources()}";`,
    "",
    "/** With relaxed SIMD: multiply and add in one instruction. */",
    `export const RELAXED: string = [\n${await compile("simd,relaxed-simd")}].join("");`,
    "",
    "/** With SIMD alone. */",
    `export const PLAIN: string = [\n${await compile("simd")}].join("");`,
    "",
  ].join("\n");
}

if (import.meta.main) {
  Deno.writeTextFileSync(join(import.meta.dirname!, "assembled.ts"), await build());
}
