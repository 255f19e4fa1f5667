import type { Example, Split } from "../base/example.ts";
import { isDataProblem } from "../base/problem.ts";
import { sha256OfFile } from "../base/sha256.ts";
import { type Output, SILENT } from "../base/output.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { type PluginChoice, readChoice } from "../config/plugin_choice.ts";
import type { Config } from "../config/schema.ts";
import { createLoader, type Loader, type LoaderOptions } from "../data/loader.ts";
import { type AugmentationWrapper, makeTransform } from "../data/prepare.ts";
import type { ViewSettings } from "../data/views.ts";
import { isExclusive } from "../nn/activate.ts";
import type { NamedLogger } from "../logging/run_loggers.ts";
import { testExamples } from "../layout/examples.ts";
import { withoutExcluded } from "../layout/excluded.ts";
import { openLayout } from "../layout/open_layout.ts";
import { type TrainedSplit, trainedSplitOf } from "../layout/trained_split.ts";
import type {
  Backend,
  Dataset,
  DatasetContext,
  Layout,
  Loss,
  Metric,
  Model,
  OperationSpec,
  Optimizer,
  OptimizerContext,
  Scheduler,
  SchedulerContext,
  Transform,
} from "../plugin/contracts.ts";
import type { Augmentation } from "../image/augmentation.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import { openDecoders } from "../plugin/open_decoders.ts";
import { type Registry, tellOfPlugins } from "../plugin/registry.ts";
import { createModel } from "./create_model.ts";
import { checkTarget } from "./check_target.ts";
import { softExamples } from "./soft_examples.ts";
import { runningBackend, startBackend } from "./start_backend.ts";

/** Parts of an {@link Experiment}. */
export interface ExperimentParts extends LoadedConfig {
  /** Receives progress and messages; silent when left out. */
  readonly output?: Output;
  /** An already opened layout; the config's when left out. */
  readonly layout?: Layout;
}

/** Options of a data loader. */
export interface LoaderRequest
  extends Pick<LoaderOptions, "examples" | "split" | "batchSize" | "shuffle" | "order" | "dropLast"> {
  /** Views of each image for test-time augmentation. */
  readonly views?: ViewSettings;
}

/** A metric with its name and direction. */
export interface NamedMetric extends Metric {
  readonly name: string;
  /** Display name, such as macro F1 or MAP@5. */
  readonly title: string;
  readonly better: "higher" | "lower";
}

/**
 * A config with everything it names: data, model, loss, optimizer, scheduler, transform, metric, backend. Each is
 * created on demand. This is the only place that instantiates plugins from a config.
 */
export class Experiment {
  /** Path of the config file, for messages. */
  readonly path: string;
  readonly config: Config;
  readonly registry: Registry;
  readonly output: Output;
  readonly #parts: ExperimentParts;
  readonly #told = new Set<string>();
  #layout: Promise<Layout> | undefined;
  #dataset: Promise<Dataset> | undefined;

  constructor(parts: ExperimentParts) {
    this.path = parts.path;
    this.config = parts.config;
    this.registry = parts.registry;
    this.output = parts.output ?? SILENT;
    this.#parts = parts;
    if (parts.layout) this.#layout = Promise.resolve(parts.layout);
  }

  /** A copy with another config or output that shares the opened layout. */
  async with(changes: { readonly config?: Config; readonly output?: Output }): Promise<Experiment> {
    return new Experiment({ ...this.#parts, ...changes, layout: await this.layout() });
  }

  /** The dataset's layout. Throws a data problem when the folder is missing or not recognised. */
  layout(): Promise<Layout> {
    const { dir, layout: name, layout_params: params } = this.config.data;
    return this.#layout ??= openLayout(this.registry, dir, { name, params });
  }

  /**
   * Examples of a split, sorted by id; those of train without what `data.exclude` names. Throws a data problem on an empty
   * split, and on a file of `data.exclude` that cannot be used.
   */
  async examples(split: Split): Promise<Example[]> {
    const { exclude: path } = this.config.data;
    const examples = await (await this.#openDataset()).examples(split);
    if (split !== "train" || path === null) return examples;
    const kept = await withoutExcluded(examples, { path, layout: await this.layout() });
    const leftOut = examples.length - kept.length;
    this.#tellOnce(`data.exclude "${path}" leaves out ${leftOut} of ${examples.length} images of train`);
    return kept;
  }

  /** The split that is trained on, as its file is now; null when the dataset has none. */
  async trainedSplit(): Promise<TrainedSplit | null> {
    return await trainedSplitOf((await this.#openDataset()).trainedOn ?? null);
  }

  #openDataset(): Promise<Dataset> {
    const { name, params } = this.config.data;
    return this.#dataset ??= this.#reading().then((reading) =>
      this.registry.get("datasets", name).create(params, reading)
    );
  }

  /**
   * The examples to train on: those of the train split; where the config names `data.targets`, with soft targets, and
   * test images that have some beside them.
   *
   * @throws a data problem as {@link softExamples} does, such as on a teacher that has seen this config's validation rows
   */
  async trainingExamples(): Promise<Example[]> {
    const train = await this.examples("train");
    const { targets: paths, target_share: share } = this.config.data;
    if (paths === null) return train;
    const reading = await this.#reading(), { layout } = reading;
    const soft = await softExamples(train, {
      layout,
      paths,
      share,
      reading,
      heldOut: await this.#heldOutIds(),
    });
    const { labelled, test } = soft.counts;
    this.output.line(
      `${this.path}: soft targets for ${labelled} of ${train.length} train images, ${test} test images added`,
    );
    return soft.examples;
  }

  /** SHA-256 of each file of `data.targets` by path. */
  async targetFiles(): Promise<Record<string, string>> {
    const paths = this.config.data.targets ?? [];
    return Object.fromEntries(
      await Promise.all(paths.map(async (path) => [path, await sha256OfFile(path)] as const)),
    );
  }

  /** Ids of the images that are validated on, in training or for a submission; missing images are no matter here. */
  async #heldOutIds(): Promise<Set<string>> {
    const { name, params } = this.config.data;
    const reading = { ...await this.#reading(), onBroken: "skip" as const, warn: () => {} };
    const dataset = this.registry.get("datasets", name).create(params, reading);
    const ids = new Set<string>();
    for (const split of ["val", "test_val"] as const) {
      try {
        for (const { id } of await dataset.examples(split)) ids.add(id);
      } catch (error) {
        // A dataset may have no such split; what is wrong with the data, reading the train split has told.
        if (!isDataProblem(error)) throw error;
      }
    }
    return ids;
  }

  /** The test images that the submission requires, whatever the dataset. Throws a data problem as the layout does. */
  async testExamples(): Promise<Example[]> {
    const { layout, ...reading } = await this.#reading();
    return await testExamples(layout, reading);
  }

  /** The images of a split that are predicted: of test those that the submission requires. */
  async predictedExamples(split: Split): Promise<Example[]> {
    return split === "test" ? await this.testExamples() : await this.examples(split);
  }

  async #reading(): Promise<Required<DatasetContext>> {
    const { on_broken: onBroken } = this.config.data;
    return { layout: await this.layout(), onBroken, warn: (message) => this.#warnOnce(message) };
  }

  /** Prints a warning that reading each split would repeat. */
  #warnOnce(message: string): void {
    if (!this.#told.has(message)) this.output.warn(message);
    this.#told.add(message);
  }

  /** Prints a line that reading the split again would repeat. */
  #tellOnce(message: string): void {
    if (!this.#told.has(message)) this.output.line(message);
    this.#told.add(message);
  }

  /** Creates the model with weights initialised from the config's seed; the caller disposes it. */
  async model(size: number): Promise<Model> {
    const { classes, channels } = await this.layout();
    return createModel(this.config, this.registry, {
      classes: classes.length,
      channels: channels.length,
      size,
    });
  }

  /** The loss. Throws a config problem when it does not support the layout's target. */
  async loss(): Promise<Loss> {
    const { name, params } = this.config.loss;
    const { classes, target } = await this.layout();
    checkTarget(this.registry, { kind: "losses", name, target, where: "loss.name" });
    return this.registry.get("losses", name).create(params, { classes: classes.length, target });
  }

  /**
   * The validation metric.
   *
   * @param choice a metric plugin; `train.metric` when left out
   * @param where config key of the choice, for the error message
   * @throws a config problem when it does not support the layout's target
   */
  async metric(
    choice: PluginChoice = this.config.train.metric,
    where = "train.metric",
  ): Promise<NamedMetric> {
    const { name, params } = readChoice(choice);
    const { classes, target } = await this.layout();
    checkTarget(this.registry, { kind: "metrics", name, target, where });
    const { activation } = await this.loss();
    const plugin = this.registry.get("metrics", name);
    const context = { classes: classes.length, target, exclusive: isExclusive(activation) };
    const metric = plugin.create(params, context);
    const { title = plugin.title } = metric;
    return { name, title, better: plugin.better, score: (scored) => metric.score(scored) };
  }

  /** Creates the optimizer for the given variables. */
  optimizer(context: OptimizerContext): Optimizer {
    const { name, params } = this.config.optimizer;
    return this.registry.get("optimizers", name).create(params, context);
  }

  /** Creates the learning-rate scheduler. */
  scheduler(context: Omit<SchedulerContext, "better">): Scheduler {
    const { name, params } = this.config.scheduler;
    const { better } = this.registry.get("metrics", readChoice(this.config.train.metric).name);
    const { learningRate, stepsPerEpoch } = context;
    return this.registry.get("schedulers", name).create(params, {
      learningRate,
      stepsPerEpoch,
      // A getter, because a resume detects whether the scheduler reads the number of epochs.
      get epochs() {
        return context.epochs;
      },
      better,
    });
  }

  /** Creates the loggers of a training, in order. */
  loggers(): NamedLogger[] {
    return this.config.loggers.map((choice) => {
      const { name, params } = readChoice(choice);
      const plugin = this.registry.get("loggers", name);
      return { name, durable: plugin.durable, logger: plugin.create(params, {}) };
    });
  }

  /**
   * Creates the transform of a split.
   *
   * @param wrap wraps each augmentation that the transform creates
   */
  async transform(split: Split, wrap?: AugmentationWrapper): Promise<Transform> {
    const { channels } = await this.layout();
    const { transform, data: { depth } } = this.config;
    const setup = { transform, split, channels: channels.length, depth };
    return makeTransform(this.registry, setup, wrap);
  }

  /** The decoders of further image formats. */
  decoders(): ImageDecoder[] {
    return openDecoders(this.registry, this.config.data.decoders);
  }

  /** Creates one operation of a policy. */
  augmentation([name, params]: OperationSpec): Augmentation {
    return this.registry.get("augmentations", name).create(params, {});
  }

  /** Creates a data loader; the caller closes it. */
  async loader(request: LoaderRequest): Promise<Loader> {
    const { data, transform, seed, plugins } = this.config;
    const { channels, classes, target } = await this.layout();
    return await createLoader({
      ...request,
      transform,
      channels: channels.length,
      classes: classes.length,
      target,
      seed,
      workers: transform.num_preprocessor,
      onBroken: data.on_broken,
      maxPixels: data.max_pixels,
      depth: data.depth,
      decoderParams: data.decoders,
      cache: data.cache,
      plugins,
      report: (message) => this.output.warn(message),
    });
  }

  /** Starts the config's backend and prints which one it is. Throws a problem when it is not available. */
  async startBackend(): Promise<void> {
    const { backend, threads } = this.config;
    this.output.line(await startBackend(this.registry, backend, { threads }));
  }

  /** Whether the config asks for an augmentation search: by its `search` section or by its dataset. */
  get isSearch(): boolean {
    const { search, data } = this.config;
    return search !== null || this.registry.get("datasets", data.name).searches === true;
  }

  /** The running backend; null before one was started. */
  get backend(): Backend | null {
    return runningBackend(this.registry);
  }
}

/** Options of {@link loadExperiment}. */
export interface LoadOptions {
  /** Overrides such as `train.num_epochs=2`. */
  readonly set?: readonly string[];
  readonly output?: Output;
}

/**
 * Loads a config as an experiment. Data is opened on first use.
 *
 * @param path the YAML file
 * @throws Problem that lists all errors of the config at once (exit code 2)
 */
export async function loadExperiment(path: string, options: LoadOptions = {}): Promise<Experiment> {
  const { set = [], output = SILENT } = options;
  const loaded = await loadConfig(path, { set });
  tellOfPlugins(loaded.config.plugins, output);
  return new Experiment({ ...loaded, output });
}
