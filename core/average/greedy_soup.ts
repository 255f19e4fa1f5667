import type { EpochCheckpoint } from "../run_folder/run_folder.ts";

/** What came of one checkpoint. */
export interface Tasted {
  readonly checkpoint: EpochCheckpoint;
  /** Validation score of its own weights. */
  readonly alone: number;
  /** Validation score of its average with those that were kept before. */
  readonly together: number;
  readonly kept: boolean;
}

/** A finished soup. */
export interface Soup {
  /** The checkpoints to average, oldest first. */
  readonly kept: readonly EpochCheckpoint[];
  /** Validation score of their average. */
  readonly score: number;
  /** All checkpoints in the order in which they were tried. */
  readonly tried: readonly Tasted[];
}

/** How soups are judged. */
export interface SoupJudge {
  readonly better: "higher" | "lower";
  /** Validation score of the average of checkpoints, which come oldest first. */
  scoreOf(checkpoints: readonly EpochCheckpoint[]): Promise<number>;
  /** Called for each checkpoint when it was tried. */
  onTasted?(tasted: Tasted): void;
}

function byEpoch(checkpoints: readonly EpochCheckpoint[]): EpochCheckpoint[] {
  return checkpoints.toSorted((a, b) => a.epoch - b.epoch);
}

/** The checkpoints with their own scores, best first; of equal ones the later epoch. */
async function ranked(checkpoints: readonly EpochCheckpoint[], { better, scoreOf }: SoupJudge) {
  const scored: Pick<Tasted, "checkpoint" | "alone">[] = [];
  for (const checkpoint of byEpoch(checkpoints).reverse()) {
    scored.push({ checkpoint, alone: await scoreOf([checkpoint]) });
  }
  return scored.sort((a, b) => better === "higher" ? b.alone - a.alone : a.alone - b.alone);
}

/**
 * Greedy soup: from the best checkpoint to the worst, each joins the average unless the average's validation score gets
 * worse by it. The first is always kept, so on validation the soup is at least as good as any checkpoint.
 *
 * Source: Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy without
 * increasing inference time", 2022, recipe 1.
 *
 * @param checkpoints at least one
 */
export async function greedySoup(checkpoints: readonly EpochCheckpoint[], judge: SoupJudge): Promise<Soup> {
  const { better, scoreOf, onTasted } = judge;
  const tried: Tasted[] = [];
  let kept: readonly EpochCheckpoint[] = [], score = better === "higher" ? -Infinity : Infinity;
  for (const { checkpoint, alone } of await ranked(checkpoints, judge)) {
    const soup = byEpoch([...kept, checkpoint]);
    const together = soup.length === 1 ? alone : await scoreOf(soup);
    const joins = better === "higher" ? together >= score : together <= score;
    if (joins) [kept, score] = [soup, together];
    tried.push({ checkpoint, alone, together, kept: joins });
    onTasted?.(tried.at(-1)!);
  }
  return { kept, score, tried };
}
