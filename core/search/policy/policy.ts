import type { OperationSpec } from "../../plugin/contracts.ts";

/** Operations applied in sequence, each with its own probability; upstream always uses two. */
export type SubPolicy = readonly OperationSpec[];

/** Sub-policies, of which each image gets a random one. An empty policy means base augmentation only. */
export type Policy = readonly SubPolicy[];

/**
 * Merges the sub-policies of several policies into one, as training with a policy file does.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const blur: SubPolicy = [["Blur", { p: 1 }], ["InvertImg", { p: 0.5 }]];
 * assertEquals(poolPolicies([[blur], [blur, blur]]).length, 3);
 * ```
 */
export function poolPolicies(policies: readonly Policy[]): Policy {
  return policies.flat();
}

function roundSetting(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(3)));
  if (Array.isArray(value)) return `[${value.map(roundSetting).join(", ")}]`;
  return JSON.stringify(value);
}

/**
 * Formats an operation for display.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(describeOperation(["Rotate", { limit: 31, p: 0.25 }]), "Rotate(limit 31) 25%");
 * assertEquals(describeOperation(["InvertImg", { p: 0 }]), "InvertImg 0%");
 * ```
 */
export function describeOperation([name, params]: OperationSpec): string {
  const { p = 1, ...settings } = params;
  const inside = Object.entries(settings).map(([key, value]) => `${key} ${roundSetting(value)}`).join(", ");
  return `${name}${inside && `(${inside})`} ${Math.round(Number(p) * 100)}%`;
}

/** Formats a policy for display, one line per sub-policy. */
export function describePolicy(policy: Policy): string[] {
  return policy.map((operations) => operations.map(describeOperation).join(" > "));
}

/**
 * Expected rate of each operation per image: its probability, summed over the policy and divided by its sub-policies.
 */
export function operationRates(policy: Policy): Map<string, number> {
  const rates = new Map<string, number>();
  for (const [name, params] of policy.flat()) {
    const probability = Number(params["p"] ?? 1) / policy.length;
    rates.set(name, (rates.get(name) ?? 0) + probability);
  }
  return rates;
}

/**
 * Eight hex digits that identify a policy, to avoid trying the same policy twice.
 *
 * @example
 * ```ts
 * import { assertEquals, assertNotEquals } from "@std/assert";
 * assertEquals(policyName([]), policyName([]));
 * assertNotEquals(policyName([]), policyName([[["Blur", { p: 1 }]]]));
 * ```
 */
export function policyName(policy: Policy): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(JSON.stringify(policy))) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
