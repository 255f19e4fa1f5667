/** Writes the README's tables of tasks and config keys from their sources: `deno run --allow-read --allow-write=. tests/readme_tables.ts`. */
import { join } from "@std/path";
import type { z } from "zod";
import { configSchema } from "../core/config/schema.ts";
import { submissionSchema } from "../core/submit/submission_config.ts";

const ROOT = join(import.meta.dirname!, "..");
const README = join(ROOT, "README.md");

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** The tasks of deno.json with their descriptions. */
export function tableOfTasks(): string {
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json"))) as {
    tasks: Record<string, { description: string }>;
  };
  const rows = Object.entries(tasks).map(([name, { description }]) => row([`\`${name}\``, description]));
  return [row(["task", "what it does"]), row(["---", "---"]), ...rows].join("\n");
}

interface Key {
  readonly path: string;
  readonly fallback: unknown;
  readonly about: string;
}

function keysOf(schema: z.ZodType, path: string, fallback?: unknown): Key[] {
  const def = schema._zod.def as {
    shape?: Record<string, z.ZodType>;
    innerType?: z.ZodType;
    defaultValue?: unknown;
    type: string;
  };
  if (def.shape) {
    return Object.entries(def.shape).flatMap(([name, field]) =>
      keysOf(field, path ? `${path}.${name}` : name)
    );
  }
  const value = def.type === "default" ? def.defaultValue : fallback;
  const inner = def.innerType ? keysOf(def.innerType, path, value) : [];
  if (inner.length > 1 || (inner.length === 1 && inner[0]!.path !== path)) return inner;
  return [{ path, fallback: value, about: schema.description ?? inner[0]?.about ?? "" }];
}

/** Every key of a config with its default and meaning. */
export function tableOfKeys(schema: z.ZodType): string {
  const rows = keysOf(schema, "").map(({ path, fallback, about }) =>
    row([`\`${path}\``, fallback === undefined ? "required" : `\`${JSON.stringify(fallback)}\``, about])
  );
  return [row(["key", "default", "meaning"]), row(["---", "---", "---"]), ...rows].join("\n");
}

/** The README with its tables written anew. */
export function updateReadme(readme: string): string {
  const tables = [
    ["tasks", tableOfTasks()],
    ["config", tableOfKeys(configSchema)],
    ["submission", tableOfKeys(submissionSchema)],
  ] as const;
  for (const [name, table] of tables) {
    const section = new RegExp(`<!-- ${name} -->[\\s\\S]*<!-- /${name} -->`);
    if (!section.test(readme)) throw new Error(`Cannot find the section ${name} in README.md`);
    readme = readme.replace(section, () => `<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->`);
  }
  return readme;
}

if (import.meta.main) Deno.writeTextFileSync(README, updateReadme(Deno.readTextFileSync(README)));
