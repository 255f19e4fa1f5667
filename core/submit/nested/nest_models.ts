import { dataProblem } from "../../base/problem.ts";
import { type NestedScore, type NestedScores, nestedScores } from "../../ensemble/nested_scores.ts";
import type { Predictions } from "../../predictions/predictions.ts";
import type { NestingRequest } from "./nesting_request.ts";
import { scoringOf } from "./nested_scoring.ts";

/** The scores of models and of ways to join them, everything chosen with the scored fold left out. */
export interface NestedReport extends Pick<NestedScores, "metric" | "better" | "constant" | "reasons"> {
  readonly models: readonly NestedScore[];
  readonly rules: readonly NestedScore[];
  /** The rule that joins the models. */
  readonly rule: string;
  /** Its score. */
  readonly chosen: NestedScore;
}

/** Models joined by a rule. */
export interface NestedEnsemble {
  readonly validation: Predictions;
  readonly test: Predictions;
  readonly report: NestedReport;
}

function named(scores: readonly NestedScore[], names: readonly string[]): NestedScore[] {
  return scores.map((score, index) => ({ ...score, name: names[index]! }));
}

function ruleOf(nested: NestedScores, rule: string): NestedScore {
  const name = rule === "auto" ? nested.chosen : rule;
  const found = nested.rules.find((candidate) => candidate.name === name);
  if (found) return found;
  throw dataProblem(
    `Cannot join the models by the rule "${rule}": it does not serve ${nested.metric}`,
    `Rules that do: ${nested.rules.map((candidate) => candidate.name).join(", ")}`,
  );
}

/**
 * Joins models by the rule that is named or, with `auto`, by the simplest one that no other beats outside the interval of
 * their difference. Every score comes from decisions that never saw the rows it is of.
 *
 * @throws Problem (data) when the rule does not serve the metric or the target
 */
export function nestModels(request: NestingRequest): NestedEnsemble {
  const { table, names, target, seed } = request, { ids, classes, labels, folds, groups, members } = table;
  const unseenRows = table.testIds!.length;
  const input = {
    members,
    labels,
    classes,
    target,
    folds,
    groups,
    scoring: scoringOf(request),
    seed,
    unseenRows,
  };
  const nested = nestedScores(input), chosen = ruleOf(nested, request.rule);
  const { metric, better, constant, reasons, rules } = nested;
  const joined = (matrices: readonly Float64Array[]) => nested.blend(matrices, chosen.name);
  return {
    validation: { path: chosen.name, ids, classes, labels, probabilities: joined(members) },
    test: {
      path: chosen.name,
      ids: table.testIds!,
      classes,
      labels: null,
      probabilities: joined(table.test!),
    },
    report: {
      metric,
      better,
      constant,
      reasons,
      models: named(nested.models, names),
      rules,
      rule: chosen.name,
      chosen,
    },
  };
}
