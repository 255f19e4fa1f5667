import { checkWritable, writableFolders } from "../base/check_writable.ts";
import { Problem } from "../base/problem.ts";
import { TRIED_DENO } from "../base/version.ts";
import type { Finding } from "./finding.ts";

/** What the tasks that compute are given by their lines in deno.json. */
const NEEDED: readonly Deno.PermissionDescriptor[] = [
  { name: "read", path: "." },
  { name: "ffi", path: "node_modules" },
  { name: "ffi", path: ".tensorflow" },
  { name: "sys", kind: "cpus" },
  { name: "env", variable: "TENSORFLOW_LIBRARY" },
  { name: "env", variable: "TF_CPP_MIN_LOG_LEVEL" },
  { name: "env", variable: "TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_ALLOWLIST_REMOVE" },
];

function examineDeno(): Finding {
  const { deno } = Deno.version;
  if (deno === TRIED_DENO) {
    return { subject: "Deno", state: "good", text: `${deno}, the version that Podium is tried with` };
  }
  const text = `${deno}; Podium is tried with ${TRIED_DENO}`;
  return { subject: "Deno", state: "bad", text, next: `Run \`npm i -g deno@${TRIED_DENO}\`` };
}

function flagOf(permission: Deno.PermissionDescriptor): string {
  const { name, ...rest } = permission;
  return `--allow-${name}=${Object.values(rest).join("")}`;
}

function examinePermissions(): Finding {
  const subject = "permissions";
  const missing = NEEDED.filter((permission) => Deno.permissions.querySync(permission).state !== "granted");
  if (missing.length === 0) {
    const text = "tasks read the project, load libraries of node_modules/ and .tensorflow/, reach no network";
    return { subject, state: "good", text };
  }
  const text = `not given: ${missing.map(flagOf).join(" ")}`;
  return { subject, state: "bad", text, next: "Run it as `deno task doctor`" };
}

/** Makes and removes a file in each folder that tasks write to. */
async function examineFolders(): Promise<Finding> {
  const subject = "folders";
  const folders = await writableFolders();
  try {
    for (const folder of folders) await checkWritable(folder, "the folder");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const next = error.next ?? "Make it writable for you, or put a link to another folder in its place";
    return { subject, state: "bad", text: error.message, next };
  }
  if (folders.length > 0) return { subject, state: "good", text: `${folders.join(", ")} can be written to` };
  return { subject, state: "bad", text: "none may be written to", next: "Run it as `deno task doctor`" };
}

/** Deno's version, what it lets tasks do, and whether they can write. */
export async function examineSandbox(): Promise<Finding[]> {
  return [examineDeno(), examinePermissions(), await examineFolders()];
}
