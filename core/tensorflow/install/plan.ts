import { dirname } from "@std/path";
import type { Output } from "../../base/output.ts";
import { configProblem, dataProblem } from "../../base/problem.ts";
import { freeDisk } from "../../machine/disk.ts";
import { INSTALL_FOLDER } from "../find_library.ts";
import { type Pin, pinnedWheels } from "./pins.ts";

/** What an install will download and keep, in bytes. */
export interface InstallPlan {
  readonly wheels: readonly Pin[];
  readonly download: number;
  readonly unpacked: number;
  /** The most disk that it takes while it works: each wheel is removed when it is unpacked. */
  readonly peak: number;
  /** What the disk has room for; null when that may not be asked. */
  readonly free: number | null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The plan for the wheels whose checksums are in the repository. */
export function planDownload(gpu: boolean): InstallPlan {
  const wheels = pinnedWheels(gpu);
  const downloaded = wheels.map(({ bytes }) => bytes), unpacked = wheels.map((pin) => pin.unpacked);
  return {
    wheels,
    download: sum(downloaded),
    unpacked: sum(unpacked),
    peak: Math.max(...wheels.map((_, at) => sum(downloaded.slice(at)) + sum(unpacked.slice(0, at + 1)))),
    free: freeDisk(dirname(INSTALL_FOLDER)),
  };
}

/**
 * The plan of an install that is asked for, for --dry-run.
 *
 * @throws Problem (config) when the sizes are not known before the download
 */
export function planInstall(
  { from, gpu, version }: { readonly from: string; readonly gpu: boolean; readonly version: string | null },
): InstallPlan {
  if (from === "pip" && version === null) return planDownload(gpu);
  const asked = version === null ? `--from ${from}` : `--version ${version}`;
  throw configProblem(
    `Cannot tell beforehand what ${asked} takes: only the sizes of the wheels with a checksum here are known`,
    "Leave it out, or leave --dry-run out",
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** Says what will be downloaded, and how much disk it takes. */
export function tellPlan({ wheels, download, unpacked, peak, free }: InstallPlan, output: Output): void {
  const [first, ...others] = wheels;
  const rows = wheels.map((pin) => [
    `${pin.package} ${pin.version}`,
    Math.round(pin.bytes / 1e6),
    Math.round(pin.unpacked / 1e6),
  ]);
  if (others.length > 0) output.table(["package", "MB to download", "MB unpacked"], rows);
  const more = others.length === 0 ? "" : ` and ${others.length} packages of NVIDIA's`;
  output.line(`Downloading ${first!.package} ${first!.version}${more} with pip: ${megabytes(download)} MB`);
  const room = free === null ? "" : `; ${megabytes(free)} MB are free`;
  output.line(`It takes ${megabytes(unpacked)} MB of disk, ${megabytes(peak)} MB while it installs${room}`);
}

/** @throws Problem (data) when the disk has less room than the install takes */
export function checkRoom({ peak, free }: InstallPlan): void {
  if (free === null || free >= peak) return;
  throw dataProblem(
    `Cannot install: it takes ${megabytes(peak)} MB of disk, and ${megabytes(free)} MB are free`,
    "Make room on the disk of the project's folder",
  );
}
