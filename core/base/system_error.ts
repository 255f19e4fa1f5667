import { isDataProblem, Problem } from "./problem.ts";

interface SystemReason {
  /** What the system says, in words. */
  readonly reason: string;
  /** What to do about it. */
  readonly next: string;
  /** Whether it is about the one file, so that work may go on with the others. */
  readonly ofFile: boolean;
}

const NOT_PERMITTED: SystemReason = {
  reason: "the system does not permit it",
  next: "Give yourself the right to it, for instance with chmod",
  ofFile: true,
};
const FREE_SPACE = "Free some space; the same command goes on from what it has saved";

/** What the codes of system calls mean to the person who has to act on them. */
const REASONS: Readonly<Record<string, SystemReason>> = {
  ENOENT: { reason: "there is no such file", next: "Check the path", ofFile: true },
  ENOTDIR: {
    reason: "a part of the path is a file, not a folder",
    next: "Check the path, or move the file out of the way",
    ofFile: true,
  },
  EEXIST: {
    reason: "there is a file of this name already",
    next: "Move the file out of the way",
    ofFile: true,
  },
  EISDIR: { reason: "it is a folder, not a file", next: "Check the path", ofFile: true },
  ELOOP: { reason: "its symbolic links lead in a circle", next: "Mend or remove the link", ofFile: true },
  ENXIO: {
    reason: "it is no regular file, and nothing answers behind it",
    next: "Put a file in its place",
    ofFile: true,
  },
  ENAMETOOLONG: { reason: "its name is too long", next: "Shorten the name", ofFile: true },
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  EIO: { reason: "the disk cannot read or write it", next: "Check the disk", ofFile: true },
  EROFS: { reason: "the disk is read-only", next: "Choose a folder that can be written", ofFile: false },
  ENOSPC: { reason: "no space is left on the disk", next: FREE_SPACE, ofFile: false },
  EDQUOT: { reason: "the disk quota is used up", next: FREE_SPACE, ofFile: false },
  EFBIG: {
    reason: "it would become larger than the system permits",
    next: "Raise the limit of file sizes (ulimit -f)",
    ofFile: false,
  },
  EMFILE: {
    reason: "too many files are open",
    next: "Raise the limit of open files, for instance with ulimit -n 1024",
    ofFile: false,
  },
  ENFILE: {
    reason: "too many files are open on this machine",
    next: "Close other programs, or raise the limit",
    ofFile: false,
  },
};

/** What a system call does, as Deno names it at the end of a message. */
const ACTIONS: Readonly<Record<string, string>> = {
  open: "open",
  readfile: "read",
  writefile: "write",
  stat: "look at",
  lstat: "look at",
  readdir: "list",
  mkdir: "make the folder",
  rename: "rename",
  remove: "remove",
  copy: "copy",
};
/** What only readers do: when these fail, the fault is in the data. */
const READING = new Set(["read", "look at", "list", "open"]);

/** Numbers of errors that Deno gives no code, by system. */
const UNNAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  linux: { 27: "EFBIG", 122: "EDQUOT" },
  darwin: { 27: "EFBIG", 69: "EDQUOT" },
};

function codeOf(error: Error): string {
  if ("code" in error && typeof error.code === "string") return error.code;
  const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
  return number === undefined ? "" : UNNAMED[Deno.build.os]?.[number] ?? "";
}

/** The action and the path at the end of Deno's messages, as in `(os error 13): open 'a.png'`. */
function callOf(message: string): { action: string; path: string } | null {
  const [, call = "", path = ""] = /\(os error \d+\): (\w+) '(.*?)'(?: -> |$)/s.exec(message) ?? [];
  const action = ACTIONS[call];
  return action === undefined ? null : { action, path };
}

/** What failed: as the code that wrapped the error says, or as the system call itself does. */
function whatFailed(error: Error, root: Error): { text: string; reading: boolean } {
  const call = callOf(root.message);
  const reading = call !== null && READING.has(call.action);
  const end = `: ${root.message}`;
  if (error !== root && error.message.endsWith(end)) {
    return { text: error.message.slice(0, -end.length), reading };
  }
  return { text: call ? `Cannot ${call.action} "${call.path}"` : "Cannot go on", reading };
}

/** The last error with a known code, along the causes: the message of what wrapped it has its number too. */
function rootOf(error: unknown): Error | null {
  if (!(error instanceof Error) || error instanceof Problem) return null;
  return rootOf(error.cause) ?? (codeOf(error) in REASONS ? error : null);
}

/** A write that failed for the reason of this code, in the words of all tasks. */
export function writeProblem(path: string, code: "ENOSPC" | "EIO"): Problem {
  const { reason, next } = REASONS[code]!;
  return new Problem("failed", `Cannot write "${path}": ${reason}`, next);
}

/**
 * An error of the system as a problem: a sentence with the path, and what to do. Null for every other error.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const error = await Deno.readFile("no/such.png").catch((error) => error);
 * assertEquals(systemProblem(error)?.message, 'Cannot read "no/such.png": there is no such file');
 * ```
 */
export function systemProblem(error: unknown): Problem | null {
  const root = rootOf(error);
  if (root === null) return null;
  const { reason, next, ofFile } = REASONS[codeOf(root)]!;
  const { text, reading } = whatFailed(error as Error, root);
  return new Problem(ofFile && reading ? "data" : "failed", `${text}: ${reason}`, next);
}

/**
 * Why a file cannot be read, when the file is the reason: it is gone, it must not be read, or it is none. Null for
 * everything else, such as too many open files, and for errors that code of ours has wrapped: they may be of other files.
 */
export function unreadableReason(error: unknown): string | null {
  const known = error instanceof Error ? REASONS[codeOf(error)] : undefined;
  return known?.ofFile ? known.reason : null;
}

/**
 * Why a file cannot be used, when the file is the reason: it cannot be read, or what it holds is no good. Null for every
 * other error.
 */
export function faultOfFile(error: unknown): string | null {
  return isDataProblem(error) ? error.message : unreadableReason(error);
}
