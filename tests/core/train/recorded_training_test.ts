import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { z } from "zod";
import type { Example } from "../../../core/base/example.ts";
import type { Config } from "../../../core/config/schema.ts";
import { defineLoss } from "../../../core/plugin/define.ts";
import { tensorflowBinding } from "../../../core/tensorflow/backend.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import type { TrainOptions } from "../../../core/train/types.ts";
import { nativeTest } from "../tensorflow/_native.ts";
import { recordsOf } from "./_history.ts";
import { checkpointHashes, trainInPieces } from "./_pieces.ts";
import { Listener, softTinyExamples, tinyConfig, tinyOptions } from "./_tiny.ts";

type Changes = Record<string, Record<string, unknown>>;

/** What a training left: hashes of the checkpoints, and the history without times. */
interface Left {
  readonly files: Record<string, string>;
  readonly history: unknown[];
  readonly warnings: readonly string[];
  /** Calls of recorded functions. */
  readonly replays: number;
}

async function left(dir: string): Promise<Pick<Left, "files" | "history">> {
  const records = await recordsOf(dir);
  return {
    files: await checkpointHashes(dir),
    history: records.map(({ seconds: _seconds, ...record }) => record),
  };
}

async function counted(work: () => Promise<unknown>): Promise<number> {
  const { executor } = tensorflowBinding();
  let replays = 0;
  executor.observer = (name) => replays += Number(name.startsWith("PodiumStep"));
  try {
    await work();
  } finally {
    executor.observer = null;
  }
  return replays;
}

async function train(
  changes: Changes,
  how: {
    recorded: boolean;
    pieces?: boolean;
    change?: (options: TrainOptions) => void;
    examples?: readonly Example[] | undefined;
  },
): Promise<Left> {
  const dir = await Deno.makeTempDir();
  try {
    const output = new Listener();
    const settings = { ...changes, train: { dir, num_epochs: 4, ...changes.train, recorded: how.recorded } };
    const config: Config = tinyConfig(dir, settings);
    const options = await tinyOptions(config, {}, { output, ...(how.examples && { train: how.examples }) });
    how.change?.(options);
    const before = tf.memory().numTensors;
    const replays = await counted(() => how.pieces ? trainInPieces(options) : trainModel(options));
    // The first training, a plain one, leaves the numbers of its optimizer for the next.
    if (how.recorded) assertEquals(tf.memory().numTensors, before);
    return { ...await left(dir), warnings: output.warnings, replays };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Four epochs of four full batches and a smaller one: 20 passes. */
const CASES: Readonly<Record<string, { changes: Changes; replays: number; train?: readonly Example[] }>> = {
  "soft targets": { changes: {}, replays: 20, train: softTinyExamples(18) },
  "soft targets and mixed images": {
    changes: { train: { mixup: 0.4 }, loss: { name: "softmax_cross_entropy" } },
    replays: 20,
    train: softTinyExamples(18),
  },
  "a plain recipe with a smaller last batch": { changes: {}, replays: 20 },
  "accumulated and clipped gradients, a warm-up and a running mean": {
    changes: { train: { num_grad_acc: 2, clip_norm: 0.1, warmup_steps: 3, ema: 0.9 } },
    replays: 20,
  },
  "mixed images": { changes: { train: { mixup: 0.4, cutmix: 1 } }, replays: 20 },
  "a second head, computed in two parts": {
    changes: { model: { params: { auxiliary: true } }, train: { recompute: 2 } },
    replays: 20,
  },
  "frozen layers and momentum": {
    changes: { model: { params: { freeze: ["conv1", "bn1"] } }, optimizer: { name: "sgd" } },
    replays: 20,
  },
  "softmax over classes": { changes: { loss: { name: "softmax_cross_entropy" } }, replays: 20 },
};

for (const [name, { changes, replays, train: examples }] of Object.entries(CASES)) {
  nativeTest(`a recorded training leaves the same files: ${name}`, async () => {
    const plain = await train(changes, { recorded: false, examples });
    const recorded = await train(changes, { recorded: true, examples });
    assertEquals(recorded, { ...plain, replays });
    assertEquals([plain.replays, plain.warnings], [0, []]);
  });
}

nativeTest("a recorded training taken up inside epochs leaves the same files", async () => {
  const plain = await train({}, { recorded: false });
  const { files, history, replays } = await train({}, { recorded: true, pieces: true });
  assertEquals({ files, history }, { files: plain.files, history: plain.history });
  assert(replays > 0);
});

/** Cross entropy that counts every value by chance: no two steps of it are alike. */
const chance = defineLoss({
  name: "chance",
  about: "A loss that draws random numbers",
  params: z.strictObject({}),
  create: () => {
    let seed = 0;
    const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
      tf.tidy(() => {
        const weights = tf.randomUniform(logits.shape, 0, 1, "float32", ++seed);
        return tf.sigmoid(logits).sub(labels).square().mul(weights).mean() as tf.Scalar;
      });
    return { activation: "sigmoid", compute };
  },
});

nativeTest("a training whose steps differ runs as it is and says why, once", async () => {
  const changes = { loss: { name: "chance" } };
  const change = ({ experiment }: TrainOptions) => experiment.registry.add(chance, "_chance.ts");
  const plain = await train(changes, { recorded: false, change });
  const { warnings, replays, history, files } = await train(changes, { recorded: true, change });
  assertEquals([history.length, Object.keys(files)], [plain.history.length, Object.keys(plain.files)]);
  assertEquals([plain.warnings.length, warnings.length], [0, 1]);
  assertEquals(replays, 1, "the first pass has nothing to differ from");
  assertMatch(warnings[0]!, /cannot replay a step: two runs of it differ\..*train\.recorded: false/);
});
