import { z } from "zod";
import { configProblem } from "../base/problem.ts";
import { readYamlTree } from "../formats/yaml.ts";
import { configSchema } from "./schema.ts";

/** Hints for the error messages of an unreadable config. */
export const CONFIG_HINTS = {
  missing: "Name a YAML file of configs/, or copy one of them",
  holds: "sections such as data, model, train",
};

/** What is read of a config; its other keys are not looked at. */
const schema = z.looseObject({
  train: z.looseObject({ dir: configSchema.shape.train.unwrap().shape.dir }).prefault({}),
});

/**
 * The folder of the run that a config trains, without loading any plugin.
 *
 * @throws Problem (config) when there is no such file, it is no config, or `train.dir` is no text
 */
export async function readTrainDir(path: string): Promise<string> {
  const parsed = schema.safeParse(await readYamlTree(path, CONFIG_HINTS));
  if (parsed.success) return parsed.data.train.dir;
  throw configProblem(`Cannot use the config "${path}": train.dir is no text`, "Name the folder of the run");
}
