import { assertEquals } from "@std/assert";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { needing } from "../../_needing.ts";
import { CORE_TESTS, runCoreTests } from "./_core_tests.ts";

/** A group of tfjs-core's specs that a backend does not pass, and why that does no harm here. */
interface KnownFailure {
  /** Fits the file, the spec's name and the message, joined by " | ". */
  readonly pattern: RegExp;
  readonly reason: string;
}

const KNOWN: Readonly<Record<string, readonly KnownFailure[]>> = {
  tensorflow: [
    {
      pattern: /^(avg|max)_pool .*Backend supports only 'valid' and 'same' padding/,
      reason: "tfjs-node's pooling knows VALID and SAME alone; the models pad first",
    },
    { pattern: /^greater .*string comparison/, reason: "TensorFlow does not order strings" },
    {
      pattern: /^round .*int32/,
      reason: "TensorFlow's Round of int32 is broken; nothing rounds whole numbers",
    },
    { pattern: /^step .*int32/, reason: "tfjs-node asks IsNan of int32; steps are taken of float32" },
  ],
  wasm: [
    { pattern: /Kernel 'Complex' not registered/, reason: "no complex numbers on wasm; none are used" },
    { pattern: /^gather .*UnsortedSegmentSum/, reason: "no gradient of gather on wasm; no model gathers" },
    { pattern: /NCHW|channelsFirst/, reason: "wasm computes NHWC alone, which all models use" },
    {
      pattern: /only supports rank-1 bias/,
      reason: "wasm fuses one bias per filter alone, which is what layers have",
    },
    {
      pattern: /^depthwise_conv2d .*one filter per channel without dilation/,
      reason: "Podium's gradient is for the models' depthwise convolutions: multiplier 1, no dilation",
    },
    { pattern: /string|Unknown dtype|^squeeze|^tile .*Aborted/, reason: "no strings on wasm; none are used" },
    { pattern: /^mat_mul .*non-float32/, reason: "wasm multiplies float32 alone" },
    {
      pattern: /^clip_by_value .*Arrays differ/,
      reason: "wasm clips NaN to a bound; training stops at a NaN loss",
    },
    { pattern: /^slice2d .*does not throw/, reason: "wasm does not check the end of a slice" },
  ],
};

const registry = await loadPlugins([], ["backends"]);

for (const [name, known] of Object.entries(KNOWN)) {
  const backend = registry.get("backends", name).create({}, { threads: 1 });
  const reason = await backend.unavailable();
  Deno.test({
    ...needing(`tfjs-core's own tests of the operations pass on ${name}`, reason),
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await backend.start();
      const { passed, failures } = await runAll();
      const unexpected = failures.filter((failure) => !known.some(({ pattern }) => pattern.test(failure)));
      assertEquals(unexpected, []);
      const gone = known.filter(({ pattern }) => !failures.some((failure) => pattern.test(failure)));
      assertEquals(gone.map(({ reason }) => reason), [], "these pass now: take them off the list");
      assertEquals(passed > 1300, true, `${passed} specs ran`);
    },
  });
}

async function runAll(): Promise<{ passed: number; failures: string[] }> {
  const folder = await Deno.makeTempDir();
  const failures: string[] = [];
  let passed = 0;
  for (const file of CORE_TESTS) {
    const result = await runCoreTests(file, folder);
    passed += result.passed;
    for (const [spec, message] of result.failed) {
      failures.push(`${file} | ${spec} | ${message.replace(/\s+/g, " ")}`);
    }
  }
  await Deno.remove(folder, { recursive: true });
  return { passed, failures };
}
