import process from "node:process";
import { join } from "@std/path";
import type { Output } from "../../core/base/output.ts";
import { pathExists } from "../../core/base/files.ts";
import { HashCache } from "../../core/scan/hash_cache.ts";
import { type HashTable, nearPairs } from "../../core/duplicates/near_pairs.ts";
import type { NamedHash } from "../../core/scan/record.ts";
import { scanImages } from "../../core/scan/scan.ts";
import { encodePng } from "../../core/image/encode.ts";
import type { ImageFiles } from "../../core/base/example.ts";
import { Random } from "../../core/base/random.ts";
import { groupedFolds } from "../../core/split/grouped_folds.ts";
import { iterativeStratification } from "../../core/split/iterative_stratification.ts";
import { measureSplit } from "../../core/split/measure_split.ts";
import ahash from "../../plugins/hashes/ahash.ts";
import phash from "../../plugins/hashes/phash.ts";
import { drawPicture } from "../core/scan/_pictures.ts";
import { makeLabelSets } from "./label_sets.ts";
import type { BenchOptions } from "./options.ts";
import { findPeer, type Peer } from "./python_peer.ts";

const FOLDER = join("results", "bench", "hygiene");
const PICTURES = 1000;
const ROWS = 105_678, CLASSES = 28, FOLDS = 11, SEED = 1234;
const SCANNED = 200_000;

const HASHES: readonly NamedHash[] = [
  { name: "ahash", hash: ahash.create({}, {}) },
  { name: "phash", hash: phash.create({}, {}) },
];

/** A figure of the benchmark; `limit` is what it has to stay below, `peer` what the Python package needs. */
interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly limit?: number;
  readonly peer?: number;
}

/** 512 x 512 gray pictures of soft cells with some grain, made once. */
async function makePictures(output: Output): Promise<ImageFiles[]> {
  const progress = output.progress("drawing pictures", PICTURES);
  const images: ImageFiles[] = [];
  const bases = Array.from({ length: 20 }, (_, number) => drawPicture(number, 512).data);
  for (let number = 0; number < PICTURES; number++) {
    const file = join(FOLDER, `${String(number).padStart(4, "0")}.png`);
    images.push({ id: `${number}`, source: "train", files: [file] });
    if (await pathExists(file)) continue;
    const random = new Random(number, "grain"), base = bases[number % bases.length]!;
    const shift = random.integer(0, 511);
    const data = Uint8Array.from(
      base,
      (_, i) => Math.min(255, base[(i + 512 * shift) % base.length]! + (random.word() & 7)),
    );
    await Deno.writeFile(file, await encodePng({ data, width: 512, height: 512, channels: 1 }));
    progress.update(number + 1);
  }
  progress.end();
  return images;
}

/** Least processor time of some rounds, in seconds: what one thread needs, whatever else the machine does. */
function leastProcessorTime(rounds: number, work: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  });
  return Math.min(...times);
}

interface Times {
  readonly cpu: number;
  readonly wall: number;
}

function openCache(path: string, output: Output): HashCache {
  return new HashCache(path, { key: "bench", warn: (text) => output.warn(text) });
}

async function timeScan(images: readonly ImageFiles[], cache?: HashCache): Promise<Times> {
  const cpu = process.cpuUsage(), wall = performance.now();
  await scanImages(images, { dir: FOLDER, hashes: HASHES, channels: [null], ...(cache ? { cache } : {}) });
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1e6, wall: (performance.now() - wall) / 1e3 };
}

function least(times: readonly Times[]): Times {
  return { cpu: Math.min(...times.map(({ cpu }) => cpu)), wall: Math.min(...times.map(({ wall }) => wall)) };
}

/** Both hashes, taking turns with imagehash; then a second run with everything known. */
async function benchHashes(rounds: number, peer: Peer | null, output: Output): Promise<Figure[]> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const images = await makePictures(output);
  const own: Times[] = [], theirs: Times[] = [];
  for (let round = 0; round < rounds; round++) {
    own.push(await timeScan(images));
    if (peer) theirs.push(await peer.ask<Times>({ hash: images.map(({ files }) => files[0]!) }));
  }
  const path = join(FOLDER, "cache.sqlite");
  if (await pathExists(path)) await Deno.remove(path);
  const first = await timeScan(images, openCache(path, output));
  const again: Times[] = [];
  for (let round = 0; round < 3; round++) {
    const wall = performance.now(), cache = openCache(path, output);
    const opened = (performance.now() - wall) / 1e3;
    const times = await timeScan(images, cache);
    again.push({ ...times, wall: times.wall + opened });
  }
  const mine = least(own), python = peer ? least(theirs) : null;
  const beside = (value: number | undefined) => (value === undefined ? {} : { peer: value });
  return [
    { what: "both hashes, processor time an image", value: mine.cpu, unit: "ms", ...beside(python?.cpu) },
    { what: "both hashes, wall time an image", value: mine.wall, unit: "ms", ...beside(python?.wall) },
    ...(python
      ? [
        { what: "processor time against imagehash", value: mine.cpu / python.cpu, unit: "x", limit: 0.65 },
        { what: "wall time against imagehash", value: mine.wall / python.wall, unit: "x", limit: 1 / 2.5 },
      ]
      : []),
    { what: "second run against the first", value: least(again).wall / first.wall, unit: "x", limit: 1 / 50 },
  ];
}

/** Random hashes, one in twenty a near copy of an earlier one. */
function makeTable(count: number): HashTable {
  const random = new Random(count, "bench hashes");
  const words = [new Uint32Array(count), new Uint32Array(count)];
  for (let i = 0; i < count; i++) {
    const copied = i > 0 && random.word() % 20 === 0 ? random.word() % i : -1;
    for (const column of words) column[i] = copied >= 0 ? column[copied]! : random.word();
    for (let turned = copied >= 0 ? random.word() % 9 + 1 : 0; turned > 0; turned--) {
      words[random.word() & 1]![i]! ^= 1 << (random.word() & 31);
    }
  }
  return { count, words };
}

function benchPairs(rounds: number): Figure[] {
  const figures: Figure[] = [];
  const cases = [[100_000, 4, 0.1], [100_000, 8, 2], [1_000_000, 4, 3], [1_000_000, 8, undefined]] as const;
  for (const [count, radius, limit] of cases) {
    const table = makeTable(count);
    const value = leastProcessorTime(Math.min(rounds, 3), () => nearPairs(table, radius));
    const what = `all pairs of ${count} hashes within radius ${radius}`;
    figures.push({ what, value, unit: "s", ...(limit === undefined ? {} : { limit }) });
  }
  return [...figures, {
    what: "memory after the search",
    value: Deno.memoryUsage().rss / 1e6,
    unit: "MB",
    limit: 600,
  }];
}

async function benchFolds(rounds: number, peer: Peer | null): Promise<Figure[]> {
  const { rows, units } = makeLabelSets(ROWS, FOLDS);
  const shape = { classes: CLASSES, folds: FOLDS, seed: SEED };
  let folds = new Int32Array(0);
  const compat = leastProcessorTime(rounds, () => {
    folds = new Int32Array(iterativeStratification(rows, { ...shape, shuffle: false }));
  });
  const python = await peer?.ask<{ cpu: number; folds: number[] }>({ rows, ...shape });
  if (python && python.folds.join() !== folds.join()) {
    throw new Error("The folds differ from the Python package's");
  }
  let unitFolds = new Int32Array(0);
  const grouped = leastProcessorTime(1, () => {
    unitFolds = new Int32Array(groupedFolds(units, shape));
  });
  const rowFolds = units.flatMap((unit, index) => unit.ids.map(() => unitFolds[index]!));
  const measures = measureSplit(rows, rowFolds, shape);
  const spread = Math.max(...measures.sizes) - Math.min(...measures.sizes);
  return [
    {
      what: `compat folds of ${ROWS} rows`,
      value: compat,
      unit: "s",
      limit: 0.15,
      ...(python ? { peer: python.cpu } : {}),
    },
    { what: `grouped folds of ${ROWS} rows in ${units.length} groups`, value: grouped, unit: "s", limit: 8 },
    { what: "  label distribution", value: measures.labelDistribution * 1e4, unit: "e-4", limit: 0.6 },
    {
      what: "  label pair distribution",
      value: measures.labelPairDistribution * 1e4,
      unit: "e-4",
      limit: 0.6,
    },
    { what: "  largest |count - even share|", value: measures.largestDeviation, unit: "rows", limit: 1 },
    { what: "  largest fold minus smallest", value: spread, unit: "rows", limit: 1.5 },
  ];
}

/** Peak memory of a scan of many files with a new cache: links to a few small pictures. */
async function benchMemory(output: Output): Promise<Figure[]> {
  const folder = join(FOLDER, "many");
  await Deno.mkdir(folder, { recursive: true });
  const images: ImageFiles[] = [];
  for (let number = 0; number < SCANNED; number++) {
    const file = join(folder, `${number}.png`), original = join(folder, `${number % 500}.png`);
    if (!(await pathExists(file))) {
      if (number < 500) await Deno.writeFile(file, await encodePng(drawPicture(number, 32)));
      else await Deno.link(original, file);
    }
    images.push({ id: `${number}`, source: "train", files: [file] });
  }
  const path = join(FOLDER, "many.sqlite");
  const cache = openCache(path, output);
  const progress = output.progress("scanning", SCANNED);
  let peak = 0;
  const onProgress = (done: number) => {
    progress.update(done);
    if (done % 1000 === 0) peak = Math.max(peak, Deno.memoryUsage().rss);
  };
  const options = { dir: FOLDER, hashes: HASHES, channels: [null], cache, onProgress };
  const { records } = await scanImages(images, options);
  progress.end();
  await Deno.remove(folder, { recursive: true });
  await Deno.remove(path);
  return [{
    what: `peak memory of a scan of ${records.length} images`,
    value: peak / 1e6,
    unit: "MB",
    limit: 500,
  }];
}

/** Hashing, searching and splitting, with the Python packages beside where they are installed. */
export async function bench(options: BenchOptions, output: Output): Promise<Figure[]> {
  const peer = await findPeer();
  if (!peer) output.line("imagehash and iterative-stratification are not installed: no comparison");
  const figures = [
    ...benchPairs(options.rounds),
    ...await benchFolds(options.rounds, peer),
    ...(await benchHashes(options.rounds, peer, output)).map((figure) =>
      figure.unit === "ms" ? scaled(figure, 1e3 / PICTURES) : figure
    ),
    ...await benchMemory(output),
  ];
  await peer?.close();
  const text = (value: number | undefined) => (value === undefined ? "" : value.toPrecision(3));
  output.table(
    ["what", "value", "unit", "limit", "Python", ""],
    figures.map(({ what, value, unit, limit, peer }) => [
      what,
      text(value),
      unit,
      text(limit),
      text(peer),
      limit === undefined || value <= limit ? "" : "missed",
    ]),
  );
  return figures;
}

function scaled(figure: Figure, factor: number): Figure {
  const peer = figure.peer === undefined ? {} : { peer: figure.peer * factor };
  return { ...figure, value: figure.value * factor, ...peer };
}
