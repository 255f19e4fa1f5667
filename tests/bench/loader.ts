import process from "node:process";
import { join } from "@std/path";
import type { Output } from "../../core/cli/output.ts";
import { buildImageCache } from "../../core/data/build_cache.ts";
import { createLoader } from "../../core/data/loader.ts";
import { decodeImage } from "../../core/image/decode.ts";
import type { Example } from "../../core/plugin/contracts.ts";
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

type Measure = () => Promise<Speed>;

interface Way {
  readonly workers: number;
  readonly mode: "faithful" | "fast";
  readonly cache: string | null;
}

/** Images a second over one epoch; workers are warm. */
function ownMeasure(examples: readonly Example[], { workers, mode, cache }: Way): Measure {
  return async () => {
    const loader = await createLoader({
      examples,
      transform: { name: "policy_transform", params: { policies: POLICIES, size: SIZE, mode } },
      split: "train",
      channels: 4,
      classes: 1,
      batchSize: 16,
      shuffle: true,
      seed: 1,
      workers,
      onBroken: "fail",
      maxPixels: 2 ** 20,
      cache,
    });
    await Array.fromAsync(loader.batches(0));
    const start = performance.now(), before = process.cpuUsage();
    for await (const _ of loader.batches(1));
    const seconds = (performance.now() - start) / 1000, { user, system } = process.cpuUsage(before);
    loader.close();
    return { rate: examples.length / seconds, processor: (user + system) / 1000 / examples.length };
  };
}

function peerMeasure(
  peer: Peer,
  examples: readonly Example[],
  given: { workers: number; decoder: string },
): Measure {
  const files = examples.map(({ files }) => files[0]!);
  return async () => {
    const request = { ...given, files, policies: POLICIES, size: SIZE };
    return await peer.ask<Speed>(request);
  };
}

function listWays(examples: readonly Example[], cache: string, peer: Peer | null) {
  const ways: { way: string; workers: number; measure: Measure }[] = [];
  for (const workers of [1, 2]) {
    for (const mode of ["faithful", "fast"] as const) {
      for (const folder of [null, cache]) {
        const way = `${folder ? "cache" : "PNG"}, ${mode}`;
        ways.push({ way, workers, measure: ownMeasure(examples, { workers, mode, cache: folder }) });
      }
    }
    for (const decoder of peer ? ["pil", "cv2"] : []) {
      ways.push({
        way: `Python, ${decoder}`,
        workers,
        measure: peerMeasure(peer!, examples, { workers, decoder }),
      });
    }
  }
  return ways;
}

function better(a: Speed, b: Speed): Speed {
  return { rate: Math.max(a.rate, b.rate), processor: Math.min(a.processor, b.processor) };
}

/** The best of each way; the ways take turns, so that a busy machine treats them alike. */
async function race(ways: ReturnType<typeof listWays>, rounds: number, output: Output): Promise<Rate[]> {
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
  const [one, two] = [1, 2].map((workers) => find(rates, "PNG, faithful", workers)!.rate);
  const rows = [["2 workers against 1, PNG, images/s", (two! / one!).toFixed(2), "", "1.8"]];
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
  const rates = await race(listWays(examples, cache, peer), options.rounds, output);
  await peer?.close();
  output.table(
    ["pipeline", "workers", "images/s", "processor ms"],
    rates.map(({ way, workers, rate, processor }) => [way, workers, rate.toFixed(1), processor.toFixed(1)]),
  );
  printRatios(rates, output);
  return { kernels, rates, waiting: await benchWaiting(options.batch, output) };
}
