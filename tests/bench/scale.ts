import type { Output } from "../../core/base/output.ts";
import type { BenchOptions } from "./options.ts";
import { FIGURES } from "./scale/figures.ts";
import { type Load, simulate, type Site } from "./scale/simulate.ts";
import { type Competition, unitsOf } from "./scale/work.ts";

const { assumed, published } = FIGURES;

/** Ten million images, a thousand trainings. */
const COMPETITION: Competition = {
  trainImages: 8e6,
  testImages: 2e6,
  trainings: 1000,
  epochs: 10,
  hashParts: 1000,
  inferenceParts: 20,
  submitted: 10,
};

const S3 = {
  storeBytesASecond: assumed.s3_bytes_a_second,
  storeReadsASecond: published.s3_reads_a_second,
  storeWritesASecond: published.s3_writes_a_second,
};
const NFS = {
  storeBytesASecond: assumed.nfs_bytes_a_second,
  storeReadsASecond: assumed.nfs_requests_a_second,
  storeWritesASecond: assumed.nfs_requests_a_second,
};
const SLOW = { machines: 1000, speed: 1, seed: 1 };
const FAST = { ...SLOW, speed: assumed.accelerator_speed };

/** What is simulated, by the name of its row. */
const SITES: Readonly<Record<string, Site>> = {
  "two cores, S3": { ...SLOW, ...S3, imagesFromStore: false },
  "two cores, NFS": { ...SLOW, ...NFS, imagesFromStore: false },
  "two cores, NFS with the images": { ...SLOW, ...NFS, imagesFromStore: true },
  "accelerators, S3": { ...FAST, ...S3, imagesFromStore: false },
  "accelerators, S3 with the images": { ...FAST, ...S3, imagesFromStore: true },
  "accelerators, NFS": { ...FAST, ...NFS, imagesFromStore: false },
  "accelerators, NFS with the images": { ...FAST, ...NFS, imagesFromStore: true },
};

const HEADER = [
  "machines and store",
  "days",
  "computing",
  "lost",
  "killed",
  "queue, mean",
  "queue, peak",
  "store, peak bytes",
  "store, peak requests",
  "TB written",
  "TB read",
  "machines, $",
  "S3, $",
];

function percent(share: number): string {
  return `${share < 0.1 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;
}

/** Dollars of the machines, and of S3 where it is the store, kept for a month. */
function costOf({ machines, speed, ...site }: Site, load: Load): { machines: number; store: number } {
  const hour = assumed.dollars_a_machine_hour[speed === 1 ? "two cores" : "accelerator"];
  const isS3 = site.storeBytesASecond === S3.storeBytesASecond;
  const requests = load.writes * published.s3_dollars_a_write + load.reads * published.s3_dollars_a_read;
  const kept = load.keptBytes / 1e9 * published.s3_dollars_a_gigabyte_month;
  return { machines: machines * load.seconds / 3600 * hour, store: isS3 ? requests + kept : 0 };
}

function rowOf(name: string, load: Load): string[] {
  const cost = costOf(SITES[name]!, load);
  return [
    name,
    (load.seconds / 86_400).toPrecision(3),
    percent(load.computing),
    percent(load.lost),
    `${load.killed}`,
    percent(load.queueMean),
    percent(load.queuePeak),
    percent(load.bytesPeak),
    percent(load.requestsPeak),
    (load.writtenBytes / 1e12).toFixed(1),
    (load.readBytes / 1e12).toFixed(1),
    Math.round(cost.machines).toLocaleString("en"),
    cost.store === 0 ? "-" : Math.round(cost.store).toLocaleString("en"),
  ];
}

/** The table of docs/scale.md: a header and a row for each site. */
export function scaleTable(): {
  readonly header: string[];
  readonly rows: string[][];
  readonly loads: Load[];
} {
  const units = unitsOf(COMPETITION, FIGURES);
  const loads = Object.values(SITES).map((site) => simulate(units, site, FIGURES));
  return { header: HEADER, rows: Object.keys(SITES).map((name, i) => rowOf(name, loads[i]!)), loads };
}

/** Simulates a thousand machines on ten million images. */
export function bench(_options: BenchOptions, output: Output): Promise<unknown> {
  const { header, rows, loads } = scaleTable();
  output.table(header, rows);
  output.line(`${loads[0]!.units} units`);
  return Promise.resolve(Object.fromEntries(Object.keys(SITES).map((name, i) => [name, loads[i]])));
}
