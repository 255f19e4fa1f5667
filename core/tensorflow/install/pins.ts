import { configProblem, dataProblem } from "../../base/problem.ts";
import { sha256OfFile } from "../../base/sha256.ts";
import pins from "./pins.json" with { type: "json" };

/** A file that a version of Podium installs, as it was when the version was made. */
export interface Pin {
  /** The package as pip knows it. */
  readonly package: string;
  readonly version: string;
  readonly file: string;
  readonly bytes: number;
  /** Bytes of the libraries that are taken out of it. */
  readonly unpacked: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

const WHEELS: Readonly<Record<string, readonly Pin[]>> = pins.wheels;

/**
 * The wheels of this system, TensorFlow's first.
 *
 * @throws Problem (config) when none are pinned for it
 */
export function pinnedWheels(gpu: boolean): readonly Pin[] {
  const system = `${Deno.build.os} ${Deno.build.arch} ${gpu ? "gpu" : "cpu"}`;
  const found = WHEELS[system];
  if (found) return found;
  throw configProblem(
    `Cannot install from pip: no checksums are known for "${system}", only for ${
      Object.keys(WHEELS).join(", ")
    }`,
    "Name a version to install it unchecked, such as --version 2.18.0; or use --from FOLDER",
  );
}

/**
 * Compares a downloaded file with its checksum in the repository.
 *
 * @throws Problem (data) when it is another file
 */
export async function checkPin(path: string, pin: Pin): Promise<void> {
  const { size } = await Deno.stat(path);
  const sha256 = size === pin.bytes ? await sha256OfFile(path) : null;
  if (sha256 === pin.sha256) return;
  const found = sha256 === null
    ? `${size} bytes, not ${pin.bytes}`
    : `the SHA-256 ${sha256}, not ${pin.sha256}`;
  throw dataProblem(
    `Cannot use the downloaded "${pin.file}": it has ${found}`,
    "Run again; if that does not help, the package index that pip asks sends another file",
  );
}

/** Whether a file is one of those with a checksum in the repository, whatever its name. */
export async function isPinned(path: string): Promise<boolean> {
  const { size } = await Deno.stat(path);
  const candidates = Object.values(WHEELS).flat().filter(({ bytes }) => bytes === size);
  if (candidates.length === 0) return false;
  const sha256 = await sha256OfFile(path);
  return candidates.some((pin) => pin.sha256 === sha256);
}
