import { z } from "zod";

/** Schema of a model of submission.yml that is used out of fold. */
export const modelSchema = z.strictObject({
  name: z.string().min(1).describe("Name for messages"),
  configs: z.array(z.string()).min(1).optional().describe("Config of each fold"),
  val: z.array(z.string()).min(1).optional().describe("Instead of configs: the val predictions of each fold"),
  test_val: z.array(z.string()).min(1).optional().describe("With val: the test_val predictions of each fold"),
  test: z.array(z.string()).min(1).optional().describe("With val: the test predictions of each fold"),
  weight: z.number().positive().default(1).describe("Weight of the model"),
});

type Model = z.output<typeof modelSchema>;

/** What is wrong with the files of a model, one line each. */
function modelProblems(model: Model, where: string): string[] {
  const { configs, val, test_val, test } = model;
  if (configs !== undefined) {
    const more = (["val", "test_val", "test"] as const).filter((key) => model[key] !== undefined);
    return more.map((key) => `${where}.${key}: the model names its configs, which decide its files`);
  }
  if (val === undefined) return [`${where}: name the configs of its folds, or the files val and test`];
  if (test === undefined) return [`${where}.test: missing; name a file for each of val`];
  const lists = [["test", test], ["test_val", test_val ?? val]] as const;
  return lists.filter(([, list]) => list.length !== val.length)
    .map(([key, list]) =>
      `${where}.${key}: ${list.length} files; val names ${val.length}, one for each fold`
    );
}

/** What is wrong with models beyond their schema, one line each. */
export function problemsOfModels(models: readonly Model[]): string[] {
  const names = models.map(({ name }) => name);
  const twice = names.filter((name, place) => names.indexOf(name) !== place);
  return [
    ...models.flatMap((model, place) => modelProblems(model, `models.${place}`)),
    ...[...new Set(twice)].map((name) => `models: two have the name ${JSON.stringify(name)}`),
  ];
}
