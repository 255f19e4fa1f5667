import { createRequire } from "node:module";
import { dirname, join, toFileUrl } from "@std/path";
import { collectSpecs, runSpec, type Spec } from "./_jasmine.ts";

/** Test files of tfjs-core for the operations that the models, losses, metrics and optimizers use. */
export const CORE_TESTS: readonly string[] = [
  ..."abs add_n add arg_max arithmetic avg_pool batchnorm binary_ops clip_by_value concat conv2d".split(" "),
  ..."depthwise_conv2d erf exp expand_dims eye fill gather greater log log1p log_softmax logical_and".split(
    " ",
  ),
  ..."mat_mul max max_pool mean min moments neg not_equal one_hot ones_like pad range relu reverse".split(
    " ",
  ),
  ..."round rsqrt sigmoid slice1d slice2d slice3d slice4d softmax softplus split sqrt square".split(" "),
  ..."squeeze stack step strided_slice sub sum tile transpose unstack where zeros_like".split(" "),
  ..."fused/fused_conv2d fused/fused_mat_mul".split(" "),
];

/** The folder of tfjs-core's operations, which its tests lie in. */
function operationsFolder(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("@tensorflow/tfjs"));
  return join(dirname(require.resolve("@tensorflow/tfjs-core")), "ops");
}

/** The names of an import as a pattern for taking an object apart: `{ a, b as c }` becomes `{ a, b: c }`. */
function asPattern(names: string): string {
  return names.replace(/(\w+) as (\w+)/g, "$1: $2");
}

/** What stands in for the modules of tfjs-core that its tests import. */
function substitute(from: string): string {
  if (from.endsWith("jasmine_util")) return "jasmineUtil";
  if (from.endsWith("test_util")) return "tf_.test_util";
  return from.endsWith("reduce_util") ? "tf_.backend_util" : "tf_";
}

/**
 * A test file with its imports taken from TensorFlow.js's public module and the small Jasmine: its own imports are
 * relative and without extension, which no runtime loads, and would bring a second engine.
 */
function adapt(source: string): string {
  const jasmine = new URL("./_jasmine.ts", import.meta.url).href;
  const imports = /^import (\* as (\w+)|\{[^}]*\}) from '([^']+)';$/gm;
  const body = source.replace(
    imports,
    (_all, names: string, alias: string | undefined, from: string) =>
      from.endsWith("_test")
        ? `import ${names} from "${from}.js";`
        : `const ${alias ?? asPattern(names)} = ${substitute(from)};`,
  );
  return `import * as tf_ from "@tensorflow/tfjs";\nimport { jasmineUtil } from "${jasmine}";\n${body}`;
}

async function writeAdapted(name: string, folder: string): Promise<string> {
  const source = await Deno.readTextFile(join(operationsFolder(), `${name}_test.js`));
  const place = join(folder, `${name.replaceAll("/", "_")}_test.js`);
  await Deno.writeTextFile(place, adapt(source));
  return place;
}

/** A helper that the pooling tests share. */
const SHARED = "identity_pool";

/** The specs of one of tfjs-core's test files, for the current backend. */
async function specsOf(name: string, folder: string): Promise<Spec[]> {
  await writeAdapted(SHARED, folder);
  const place = await writeAdapted(name, folder);
  // The query makes every backend load the file anew.
  return await collectSpecs(() => import(`${toFileUrl(place).href}?${crypto.randomUUID()}`));
}

/** What came of the specs of a file. */
export interface CoreTestResult {
  readonly passed: number;
  /** Messages by spec. */
  readonly failed: ReadonlyMap<string, string>;
}

/** Runs one of tfjs-core's test files on the current backend. */
export async function runCoreTests(name: string, folder: string): Promise<CoreTestResult> {
  const failed = new Map<string, string>();
  let passed = 0;
  for (const spec of await specsOf(name, folder)) {
    try {
      await runSpec(spec);
      passed++;
    } catch (error) {
      failed.set(spec.name, error instanceof Error ? error.message : String(error));
    }
  }
  return { passed, failed };
}
