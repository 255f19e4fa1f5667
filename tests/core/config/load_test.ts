import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "@std/path";
import { loadConfig, resolveConfig } from "../../../core/config/load.ts";
import { applyOverride } from "../../../core/config/override.ts";
import { Problem } from "../../../core/base/problem.ts";
import { inFolder } from "../../_in_folder.ts";

const CONFIGS = join(import.meta.dirname!, "..", "..", "..", "configs");

async function problemOf(tree: unknown): Promise<Problem> {
  return await assertRejects(() => resolveConfig(tree, "test.yml"), Problem);
}

describe("loadConfig()", () => {
  const files = [...Deno.readDirSync(CONFIGS)].map((entry) => entry.name)
    .filter((name) => name === "search.yml" || name.includes(".policy."));
  it("finds upstream's eight files", () => assertEquals(files.length, 8));
  for (const name of files) {
    it(`loads ${name} unchanged`, async () => {
      const { config } = await loadConfig(join(CONFIGS, name));
      assertEquals(config.loss.name, "binary_focal_loss");
      assertEquals(config.optimizer.params, { lr: 0.0005 });
      assertEquals(config.scheduler, { name: "none", params: {} });
      assertEquals(
        config.train.num_grad_acc,
        name.startsWith("inception") ? 2 : name.startsWith("se_") ? 4 : null,
      );
    });
  }
  it("loads the example with TrivialAugment, whose operations exist", async () => {
    const { config, registry } = await loadConfig(join(CONFIGS, "trivial_augment.yml"));
    const { name, params } = config.transform;
    const operations: string[] = [];
    registry.get("transforms", name).create(params, {
      split: "train",
      channels: 4,
      augmentation(operation, given) {
        operations.push(operation);
        return registry.get("augmentations", operation).create(given, {});
      },
    });
    assertEquals(operations, ["RandomRotate90", "Flip", "Transpose", "TrivialAugmentWide"]);
  });
  it("fills in upstream's defaults", async () => {
    const { config } = await resolveConfig({ loss: { name: "binary_focal_loss" } }, "test.yml");
    assertEquals(config.data.name, "DefaultDataset");
    assertEquals(config.data.dir, "./data");
    assertEquals(config.model.name, "resnet34");
    assertEquals([config.train.batch_size, config.train.num_epochs, config.train.dir], [
      64,
      2000,
      "./result/out",
    ]);
    assertEquals(config.eval.batch_size, 64);
    assertEquals(config.transform.num_preprocessor, 4);
    assertEquals(config.transform.name, "default_transform");
  });
  it("applies overrides through the same checks", async () => {
    const path = join(CONFIGS, "resnet34.0.policy.yml");
    const { config } = await loadConfig(path, { set: ["train.num_epochs=2", "transform.params.size=64"] });
    assertEquals([config.train.num_epochs, config.transform.params.size], [2, 64]);
    const problem = await assertRejects(() => loadConfig(path, { set: ["train.num_epoch=2"] }), Problem);
    assertStringIncludes(problem.message, 'train.num_epoch: unknown key; did you mean "num_epochs"?');
    assertEquals(problem.exitCode, 2);
  });
  it("names a missing file and the next step", async () => {
    const problem = await assertRejects(() => loadConfig("configs/nothing.yml"), Problem);
    assertStringIncludes(problem.message, "nothing.yml");
    assertEquals(problem.exitCode, 2);
    assert(problem.next);
  });
  it("explains broken YAML", async () => {
    const path = await Deno.makeTempFile({ suffix: ".yml" });
    await Deno.writeTextFile(path, "data: [1\n");
    const problem = await assertRejects(() => loadConfig(path), Problem);
    assertStringIncludes(problem.message, path);
    await Deno.remove(path);
  });
});

describe("resolveConfig()", () => {
  it("lists every mistake at once", async () => {
    const problem = await problemOf({
      loss: { name: "binary_focal_loss" },
      train: { batch_size: 0, bacth_size: 3 },
      checkpiont: {},
      data: { on_broken: "skp" },
      model: { name: "resnet43" },
    });
    assertStringIncludes(problem.message, 'model.name: "resnet43": not in plugins/models');
    assertStringIncludes(problem.message, "train.batch_size: 0:");
    assertStringIncludes(problem.message, 'train.bacth_size: unknown key; did you mean "batch_size"?');
    assertStringIncludes(problem.message, 'checkpiont: unknown key; did you mean "checkpoint"?');
    assertStringIncludes(problem.message, 'data.on_broken: "skp": allowed: fail, skip; did you mean "skip"?');
  });
  it("lists unknown plugins and parameters a plugin refuses", async () => {
    const problem = await problemOf({
      loss: { name: "binary_focal_los" },
      model: { name: "resnet43" },
      optimizer: { name: "adam", params: { lrr: 1 } },
    });
    assertStringIncludes(
      problem.message,
      'loss.name: "binary_focal_los": not in plugins/losses; did you mean',
    );
    assertStringIncludes(
      problem.message,
      'model.name: "resnet43": not in plugins/models; did you mean "resnet',
    );
    assertStringIncludes(problem.message, "optimizer.params.lrr: unknown key");
  });
  it("takes a metric by its name or with parameters, and explains what is wrong with one", async () => {
    const withMetrics = (metric: unknown, compared: unknown = null) => ({
      loss: { name: "binary_focal_loss" },
      train: { metric },
      search: { metric: compared },
    });
    const { config } = await resolveConfig(
      withMetrics({ name: "map_at_k", params: { k: 3 } }, "roc_auc"),
      "test.yml",
    );
    assertEquals(config.train.metric, { name: "map_at_k", params: { k: 3 } });
    assertEquals(config.search!.metric, "roc_auc");
    const { message } = await problemOf(withMetrics("macro_f2", { name: "map_at_k", params: { kk: 3 } }));
    assertStringIncludes(
      message,
      'train.metric: "macro_f2": not in plugins/metrics; did you mean "macro_f1"',
    );
    assertStringIncludes(message, 'search.metric.params.kk: unknown key; did you mean "k"?');
    const named = await problemOf(withMetrics({ name: "log_los" }, { name: "map_at_k", params: { k: 0 } }));
    assertStringIncludes(
      named.message,
      'train.metric.name: "log_los": not in plugins/metrics; did you mean "log_loss"',
    );
    assertStringIncludes(named.message, "search.metric.params.k: 0:");
    const other = await problemOf(withMetrics({ name: "map_at_k", parms: { k: 3 } }, 3));
    assertStringIncludes(other.message, 'train.metric.parms: unknown key; did you mean "params"?');
    assertStringIncludes(other.message, "search.metric: 3: allowed: the name of a metric, or {name, params}");
  });

  it("takes loggers by their names or with parameters, and explains what is wrong with them", async () => {
    const loss = { name: "binary_focal_loss" };
    const uri = "https://logs.example.org/";
    const given = ["tensorboard", { name: "mlflow", params: { uri } }];
    const { config } = await resolveConfig({ loss, loggers: given }, "test.yml");
    assertEquals(config.loggers, given);
    const wrong = ["tensorbord", { name: "mlflow", params: { uri: "ftp://a" } }, "mlflow", "mlflow"];
    const { message } = await problemOf({ loss, loggers: wrong });
    assertStringIncludes(
      message,
      'loggers.0: "tensorbord": not in plugins/loggers; did you mean "tensorboard"?',
    );
    assertStringIncludes(message, 'loggers.1.params.uri: "ftp://a": allowed: the address of a server');
    assertStringIncludes(message, 'loggers.2: "mlflow": named twice');
  });
  it("lists wrong layout parameters with the other mistakes, of a named layout or of the one that the folder has", () =>
    inFolder(async (dir) => {
      const wrong = { layout_params: { lables: "a.csv", separator: "" } };
      const named = await problemOf({ data: { layout: "csv_folder", ...wrong }, optimizer: { name: "adm" } });
      assertStringIncludes(named.message, 'data.layout_params.lables: unknown key; did you mean "labels"?');
      assertStringIncludes(named.message, 'data.layout_params.separator: ""');
      assertStringIncludes(named.message, "loss: missing");
      assertStringIncludes(named.message, 'optimizer.name: "adm"');
      assertEquals(named.exitCode, 2);
      await Deno.mkdir(join(dir, "raw", "train"), { recursive: true });
      const detected = await problemOf({ data: { dir, ...wrong }, loss: { name: "binary_focal_loss" } });
      assertStringIncludes(detected.message, "data.layout_params.lables: unknown key; allowed: none");
    }));
  it("leaves layout parameters to those who open the folder when it has no known layout", async () => {
    const loss = { name: "binary_focal_loss" }, layout_params = { anything: 1 };
    const { config } = await resolveConfig({ data: { dir: "/nowhere", layout_params }, loss }, "test.yml");
    assertEquals(config.data.layout_params, layout_params);
  });
  it("asks for the loss, which has no default", async () => {
    assertStringIncludes((await problemOf({})).message, "loss: missing");
  });
});

describe("applyOverride()", () => {
  it("reads values as YAML", () => {
    const values = ["1", "0.5", "true", "null", "[1, 2]", "{a: 1}", "text"].map((value) =>
      applyOverride({}, `key=${value}`).key
    );
    assertEquals(values, [1, 0.5, true, null, [1, 2], { a: 1 }, "text"]);
  });
  it("refuses what is not an assignment", () => {
    for (const text of ["", "a", "=1", "a..b=1", "__proto__.x=1", "a=[1"]) {
      assertThrows(() => applyOverride({}, text), Problem, "Cannot read --set");
    }
  });
});
