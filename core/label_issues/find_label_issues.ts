import { join, resolve } from "@std/path";
import type { Source } from "../base/example.ts";
import { checkWritable } from "../base/check_writable.ts";
import { writeFileAtomic } from "../base/files.ts";
import { type Output, SILENT } from "../base/output.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import { firstFew, quoted } from "../base/quoted.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { float32Text, writeCsv } from "../formats/csv.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import { DATA_DEFAULTS, type DataSettings } from "../layout/data_settings.ts";
import { formatIndices, isNumeric } from "../layout/labels.ts";
import { openLayout } from "../layout/open_layout.ts";
import type { Layout } from "../plugin/contracts.ts";
import { openDecoders } from "../plugin/open_decoders.ts";
import { loadPlugins } from "../plugin/registry.ts";
import { predictionPath } from "../predict/prediction_path.ts";
import { issueGallery } from "./gallery.ts";
import { joinPredictions, type LabelledPredictions } from "./join_predictions.ts";
import type { FoundIssues, LabelIssue, LabelIssues } from "./label_issue.ts";
import { type RankedIssue, rankSeveralLabels, rankSingleLabels } from "./rank_issues.ts";

/** Options of {@link findLabelIssues}. */
export interface LabelIssuesOptions extends Partial<DataSettings> {
  /** Prediction files with labels: together each image at most once, from a model that did not train on it. */
  readonly files?: readonly string[];
  /** Runs whose predictions of val are read too; their data folder and layout count then. */
  readonly experiments?: readonly Experiment[];
  /** Whether the page of pictures is written; it is when left out. */
  readonly gallery?: boolean;
  readonly output?: Output;
}

/** Where pictures and labels lie. */
interface OpenData {
  readonly layout: Layout;
  readonly decoders: readonly ImageDecoder[];
}

async function openData({ experiments = [], ...given }: LabelIssuesOptions): Promise<OpenData> {
  const [first] = experiments;
  if (first === undefined) {
    const registry = await loadPlugins([], ["layouts", "decoders"]);
    const { dataDir, layout: name, layoutParams: params } = { ...DATA_DEFAULTS, ...given };
    return {
      layout: await openLayout(registry, dataDir, { name, params }),
      decoders: openDecoders(registry),
    };
  }
  const other = experiments.find(({ config }) => resolve(config.data.dir) !== resolve(first.config.data.dir));
  if (other === undefined) return { layout: await first.layout(), decoders: first.decoders() };
  throw configProblem(
    `Cannot find label issues of two data folders at once: "${first.path}" has data.dir "${first.config.data.dir}", ` +
      `"${other.path}" has "${other.config.data.dir}"`,
    "Name configs of one competition",
  );
}

function checkTarget({ target, dir }: Layout): void {
  if (!isNumeric(target)) return;
  throw configProblem(
    `Cannot find label issues in "${dir}": its target is ${target}, and only classes can be confused`,
    "Use it for the targets class, grade and class_set",
  );
}

function rankIssues({ labels, probabilities }: LabelledPredictions, layout: Layout): RankedIssue[] {
  const { classes: { length: classes }, target } = layout;
  if (target === "class_set") return rankSeveralLabels({ classes, labels, probabilities });
  const given = new Int32Array(labels.length / classes);
  for (const [at, label] of labels.entries()) if (label === 1) given[Math.floor(at / classes)] = at % classes;
  return rankSingleLabels({ classes, given, probabilities });
}

/** Source of each predicted image. Throws a data problem on Ids that no label file has. */
async function sourcesOf(ids: readonly string[], layout: Layout): Promise<Map<string, Source>> {
  const sources = new Map((await layout.readLabels()).map(({ id, source }) => [id, source]));
  const unknown = ids.filter((id) => !sources.has(id));
  if (unknown.length === 0) return sources;
  throw dataProblem(
    `Cannot use these predictions with "${layout.dir}": ${unknown.length} of ${ids.length} Ids are in none of its ` +
      `label files: ${firstFew(unknown.map(quoted))}`,
    "Name the data folder that they were made of with --data_dir, or run inference again",
  );
}

function describe(
  { row, ...ranked }: RankedIssue,
  { ids, labels, probabilities }: LabelledPredictions,
  { classes, sources }: { readonly classes: number; readonly sources: ReadonlyMap<string, Source> },
): LabelIssue {
  const own = [row * classes, (row + 1) * classes] as const, id = ids[row]!;
  const given = [...labels.subarray(...own).entries()].filter(([, label]) => label === 1).map(([c]) => c);
  return {
    id,
    source: sources.get(id)!,
    given,
    ...ranked,
    probabilities: [...probabilities.subarray(...own)],
  };
}

const HEADER = ["Id", "Target", "Suggested", "Score", "Classes", "Rank"];

function csvRow({ id, given, suggested, score, doubted }: LabelIssue, index: number): (string | number)[] {
  return [
    id,
    formatIndices(given),
    formatIndices(suggested),
    float32Text(score),
    formatIndices(doubted),
    index + 1,
  ];
}

async function writeFiles(
  found: FoundIssues,
  { layout, decoders, gallery }: OpenData & { readonly gallery: boolean },
): Promise<string[]> {
  const table = join(layout.dir, "label_issues.csv"), page = join(layout.dir, "label_issues.html");
  await writeCsv(table, HEADER, found.issues.map(csvRow));
  if (!gallery) return [table];
  await writeFileAtomic(page, await issueGallery(found, { layout, decoders }));
  return [table, page];
}

/**
 * Finds images whose given labels are probably wrong, by confident learning on predictions of models that did not train on
 * them, and writes label_issues.csv and label_issues.html into the data folder, worst first. Labels are not changed: a
 * config's `data.exclude` leaves the rows of such a file out of training.
 *
 * Flags and order are those of cleanlab 2.9 with its defaults; of equal numbers the earlier class or Id comes first, which
 * cleanlab leaves to numpy's sort.
 *
 * @throws a config problem without files, with configs of several data folders, or on a layout without classes; a data
 * problem on a prediction file that cannot be read, has no labels, or shares an Id with another
 */
export async function findLabelIssues(options: LabelIssuesOptions): Promise<LabelIssues> {
  const { files = [], experiments = [], gallery = true, output = SILENT } = options;
  const runs = experiments.map(({ config }) => predictionPath(config.train.dir, "val"));
  const paths = [...runs, ...files];
  if (paths.length === 0) {
    throw configProblem(
      "Cannot find label issues: no predictions are named",
      "Name prediction files, such as inferences/*.val.csv, or the configs that made them",
    );
  }
  const data = await openData(options), { layout } = data;
  checkTarget(layout);
  await checkWritable(layout.dir, "the data folder");
  const predictions = await joinPredictions(paths, layout), { ids, labels } = predictions;
  const sources = await sourcesOf(ids, layout), unexamined = sources.size - ids.length;
  if (unexamined > 0) {
    output.warn(`${unexamined} of ${sources.size} labelled images are in none of the files and not examined`);
  }
  const { classes } = layout;
  const support = classes.map((_, c) =>
    ids.filter((_, row) => labels[row * classes.length + c] === 1).length
  );
  const issues = rankIssues(predictions, layout).map((issue) =>
    describe(issue, predictions, { classes: classes.length, sources })
  );
  const found = { issues, images: ids.length, support, classes, unexamined };
  return { ...found, files: await writeFiles(found, { ...data, gallery }) };
}
