/** The last part of a path. */
export function basename(path: string, suffix?: string): string;
/** The folder of a path. */
export function dirname(path: string): string;
/** The extension of a path, with its dot. */
export function extname(path: string): string;
/** The path of a file URL. */
export function fromFileUrl(url: string | URL): string;
/** The file URL of an absolute path. */
export function toFileUrl(path: string): URL;
/** Whether a path is absolute. */
export function isAbsolute(path: string): boolean;
/** Joins parts of a path. */
export function join(...parts: string[]): string;
/** A path without `.` and `..`. */
export function normalize(path: string): string;
/** The path from one place to another. */
export function relative(from: string, to: string): string;
/** The absolute path of parts. */
export function resolve(...parts: string[]): string;
/** The separator of the platform. */
export const SEPARATOR: "/" | "\\";
