/**
 * Compiles the assembly/ folders (AssemblyScript) of the rooms into an assembled.ts beside each; to be run after every
 * change there: `deno run --allow-read --allow-write=core --allow-run=npx --allow-env core/wasm/build.ts`.
 * The product carries the compiled bytes and needs no compiler.
 */
import { join } from "@std/path";

/** What is built: the name of a constant, what it is, and the WebAssembly features it may use. */
interface Build {
  readonly name: string;
  readonly about: string;
  readonly features: string;
}

const PLAIN: Build = { name: "PLAIN", about: "With SIMD alone.", features: "simd" };
const SHARED: Build = { name: "PLAIN", about: "With SIMD alone.", features: "simd,threads" };
const RELAXED: Build = {
  name: "RELAXED",
  about: "With relaxed SIMD: multiply and add in one instruction.",
  features: "simd,relaxed-simd,threads",
};

/** Rooms of core that have kernels. */
export const ROOMS: Readonly<Record<string, readonly Build[]>> = {
  hash: [PLAIN],
  image: [PLAIN],
  wasm: [RELAXED, SHARED],
};

const COMPILER = "assemblyscript@0.28.20";
const SETTINGS = [
  "-O3",
  "--noAssert",
  "--runtime=stub",
  "--importMemory",
  "--noExportMemory",
];

/** Settings of builds that may use threads: their memory can be shared. */
const THREADED = ["--sharedMemory", "--initialMemory=1", "--maximumMemory=65536"];

function settingsOf({ features }: Build): readonly string[] {
  return features.includes("threads") ? [...SETTINGS, ...THREADED] : SETTINGS;
}

function folderOf(room: string): string {
  return join(import.meta.dirname!, "..", room, "assembly");
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** One hash over the names and texts of a room's AssemblyScript sources and how they are compiled. */
export async function hashOfSources(room: string): Promise<string> {
  const folder = folderOf(room);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".ts"));
  const parts = names.sort().map((name) => `${name}\n${Deno.readTextFileSync(join(folder, name))}`);
  const settings = settingsOf(ROOMS[room]![0]!);
  return await sha256(new TextEncoder().encode([COMPILER, ...settings, ...parts].join("\n")));
}

async function compile(room: string, build: Build): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: ["-y", "-p", COMPILER, "asc", "index.ts", ...settingsOf(build), "--enable", build.features, "-o"],
    cwd: folderOf(room),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return stdout.toBase64().replace(/.{1,106}/g, '  "$&",\n');
}

async function assemble(room: string, builds: readonly Build[]): Promise<string> {
  const lines = [
    "/** The module of assembly/*.ts, compiled by core/wasm/build.ts; not to be edited. */",
    "",
    "/** SHA-256 of what the bytes below were made from. */",
    `export const SOURCES = "${await hashOfSources(room)}";`,
    "",
  ];
  for (const build of builds) {
    const bytes = await compile(room, build);
    lines.push(`/** ${build.about} */`, `export const ${build.name}: string = [\n${bytes}].join("");`, "");
  }
  return lines.join("\n");
}

if (import.meta.main) {
  for (const [room, builds] of Object.entries(ROOMS)) {
    Deno.writeTextFileSync(join(folderOf(room), "..", "assembled.ts"), await assemble(room, builds));
  }
}
