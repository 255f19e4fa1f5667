import type { Inspection } from "./inspect_folder.ts";

/** Below this side a hash of 64 bits may be that of quite another picture. */
const SMALL_SIDE = 64;

/** Small pictures are compared pixel by pixel, as their hashes tell too little. */
function tierFlag({ measures }: Inspection): string {
  if (measures === null) return "";
  return Math.min(measures.width[1], measures.height[1]) < SMALL_SIDE ? " --min_tier=same_pixels" : "";
}

/** The commands from the data to the first submission, in order, with what each is for. */
export function firstCommands(
  inspection: Inspection,
  configs: { readonly small: string; readonly submission: string },
): { command: string; about: string }[] {
  const data = `--data_dir=${inspection.dir}`, tier = tierFlag(inspection);
  return [
    { command: `deno task find_duplicate_images ${data}${tier}`, about: "copies stay in one fold" },
    { command: `deno task stratified_split ${data}`, about: "folds" },
    { command: `deno task find_data_leak ${data}${tier}`, about: "test images among the labelled ones" },
    { command: `deno task train ${configs.small}`, about: "checkpoints" },
    { command: `deno task inference ${configs.small} --split=test_val`, about: "labelled predictions" },
    { command: `deno task inference ${configs.small} --split=test`, about: "predictions" },
    { command: `deno task make_submission ${configs.submission}`, about: "the submission" },
  ];
}
