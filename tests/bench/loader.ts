import process from "node:process";
import { join } from "@std/path";
import type { Output } from "../../core/base/output.ts";
import { buildImageCache } from "../../core/cache/build_cache.ts";
import { createLoader, type Loader } from "../../core/data/loader.ts";
import { decodeImage } from "../../core/image/decode.ts";
import type { Example } from "../../core/base/example.ts";
import { drawExamples, PICTURE_FOLDER } from "./drawn_pictures.ts";
import { timeKernels } from "./image_kernels.ts";
import type { BenchOptions } from "./options.ts";
import { findPeer, type Peer } from "./python_peer.ts";
import { benchWaiting } from "./waiting.ts";

const SIZE = 256;
const POLICIES = join("data", "best_policy.data");

/** What one epoch took. */
interface Speed {
  /** Images a second. */
  readonly rate: number;
  /** Processor milliseconds of all threads for an image; a busy machine changes it little. */
  readonly processor: number;
}

/** The speed of one way through the pipeline. */
interface Rate extends Speed {
  readonly way: string;
  readonly workers: number;
}

/** A way through the pipeline. */
interface Contestant {
  readonly way: string;
  readonly workers: number;
  measure(): Promise<Speed>;
}

/** Epochs before the first one counts: in a training the workers' code has long been compiled. */
const WARM_UP = 5;
/** Epochs of one measurement: a single one is mostly its beginning and its end. */
const EPOCHS = 4;

/** One loader at a time: idle workers of others would collect their garbage meanwhile. */
function ownContestant(
  examples: readonly Example[],
  way: { name: string; workers: number; mode: "faithful" | "fast"; cache: string | null },
): Contestant {
  const { name, workers, mode, cache } = way;
  const open = () =>
    createLoader({
      examples,
      transform: { name: "policy_transform", params: { policies: POLICIES, size: SIZE, mode } },
      split: "train",
      channels: 4,
      classes: 1,
      target: "class_set",
      batchSize: 16,
      shuffle: true,
      seed: 1,
      workers,
      onBroken: "fail",
      maxPixels: 2 ** 20,
      cache,
    });
  return { way: name, workers, measure: () => measureLoader(open, examples.length) };
}

async function measureLoader(open: () => Promise<Loader>, count: number): Promise<Speed> {
  const loader = await open();
  for (let epoch = 0; epoch < WARM_UP; epoch++) for await (const _ of loader.batches(epoch));
  const start = performance.now(), before = process.cpuUsage();
  for (let epoch = 0; epoch < EPOCHS; epoch++) for await (const _ of loader.batches(WARM_UP + epoch));
  const seconds = (performance.now() - start) / 1000, { user, system } = process.cpuUsage(before);
  loader.close();
  const images = EPOCHS * count;
  return { rate: images / seconds, processor: (user + system) / 1000 / images };
}

function peerContestant(
  peer: Peer,
  examples: readonly Example[],
  given: { workers: number; decoder: string },
): Contestant {
  const files = examples.map(({ files }) => files[0]!);
  return {
    way: `Python, ${given.decoder}`,
    workers: given.workers,
    measure: () => peer.ask<Speed>({ ...given, files, policies: POLICIES, size: SIZE }),
  };
}

function listContestants(examples: readonly Example[], cache: string, peer: Peer | null): Contestant[] {
  const contestants: Contestant[] = [];
  for (const workers of [1, 2]) {
    for (const mode of ["faithful", "fast"] as const) {
      for (const folder of [null, cache]) {
        const name = `${folder ? "cache" : "PNG"}, ${mode}`;
        contestants.push(ownContestant(examples, { name, workers, mode, cache: folder }));
      }
    }
    for (const decoder of peer ? ["pil", "cv2"] : []) {
      contestants.push(peerContestant(peer!, examples, { workers, decoder }));
    }
  }
  return contestants;
}

function better(a: Speed, b: Speed): Speed {
  return { rate: Math.max(a.rate, b.rate), processor: Math.min(a.processor, b.processor) };
}

/** The best of each way; they take turns, so that a busy machine treats them alike. */
async function race(ways: readonly Contestant[], rounds: number, output: Output): Promise<Rate[]> {
  const best: Speed[] = ways.map(() => ({ rate: 0, processor: Infinity }));
  const progress = output.progress("rounds", rounds * ways.length);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { measure }] of ways.entries()) {
      best[i] = better(best[i]!, await measure());
      progress.update(round * ways.length + i + 1);
    }
  }
  progress.end();
  return ways.map(({ way, workers }, i) => ({ way, workers, ...best[i]! }));
}

function find(rates: readonly Rate[], way: string, workers: number): Rate | undefined {
  return rates.find((rate) => rate.way === way && rate.workers === workers);
}

function printRatios(rates: readonly Rate[], output: Output): void {
  const rows = ["PNG, faithful", "PNG, fast", "cache, faithful", "cache, fast"].map((way) => {
    const [one, two] = [1, 2].map((workers) => find(rates, way, workers)!.rate);
    return [`2 workers against 1, ${way}`, (two! / one!).toFixed(2), "", "1.8"];
  });
  const peers = rates.filter(({ way, workers }) => way.startsWith("Python") && workers === 2);
  if (peers.length > 0) {
    const python = peers.reduce<Speed>(better, { rate: 0, processor: Infinity });
    const goals = [["PNG, faithful", ""], ["PNG, fast", "2"], ["cache, faithful", ""], [
      "cache, fast",
      "6",
    ]] as const;
    for (const [way, goal] of goals) {
      const own = find(rates, way, 2)!;
      const ratios = [own.rate / python.rate, python.processor / own.processor].map((ratio) =>
        ratio.toFixed(2)
      );
      rows.push([`${way} against the faster Python`, ...ratios, goal]);
    }
  }
  output.table(["ratio", "by time", "by processor time", "goal"], rows);
}

/**
 * Times the image kernels, then the whole pipeline from files and from the cache, beside Python where it is installed,
 * then how long a training waits for it.
 */
export async function bench(options: BenchOptions, output: Output): Promise<unknown> {
  const examples = await drawExamples(output);
  const first = await decodeImage(await Deno.readFile(examples[0]!.files[0]!));
  const kernels = timeKernels(first, 5 * options.rounds);
  output.table(
    ["512 x 512 x 4, one thread", "ms", "at most"],
    kernels.map(({ what, milliseconds, limit }) => [what, milliseconds.toFixed(2), limit]),
  );
  const cache = join(PICTURE_FOLDER, "cache");
  await buildImageCache({ folder: cache, images: examples, channels: 4, maxPixels: 2 ** 20, size: null });
  const peer = await findPeer("loader_reference.py", "cv2, scipy, PIL");
  const rates = await race(listContestants(examples, cache, peer), options.rounds, output);
  await peer?.close();
  output.table(
    ["pipeline", "workers", "images/s", "processor ms"],
    rates.map(({ way, workers, rate, processor }) => [way, workers, rate.toFixed(1), processor.toFixed(1)]),
  );
  printRatios(rates, output);
  return { kernels, rates, waiting: await benchWaiting(options.batch, output) };
}
