import { headModules } from "../nn/frozen_modules.ts";
import { namedParameters } from "../nn/named_variables.ts";
import type { LayerGroup, Model } from "../plugin/contracts.ts";

/** The first part of a name with the numbers after it (`layer1.0`, `stages.1.blocks.0`); null outside modules. */
function derivedGroup(parameter: string): string | null {
  return parameter.match(/^[^.]+(\.\d+)*(\.blocks\.\d+)?(?=\.)/)?.[0] ?? null;
}

/** The groups that names tell of, as timm has them; null: the group of the parameter before it. */
function derivedGroups(parameters: GroupedLayers["parameters"]): Map<string, string | null> {
  const names = new Map([...parameters.keys()].map((name) => [name, derivedGroup(name)]));
  const groups = [...new Set(names.values())];
  // A normalisation between blocks belongs to what it normalises: `bn1`, a transformer's `norm`.
  const computing = new Set(
    [...parameters].filter(([, { rank }]) => rank > 1).map(([name]) => names.get(name)),
  );
  return new Map([...names].map(([name, group]) => {
    if (group === null || !computing.has(group)) return [name, null];
    // What a stage has beside its blocks, such as `stages.1.downsample`, belongs to the first of them.
    return [name, groups.find((other) => other?.startsWith(`${group}.`)) ?? group];
  }));
}

/** What groups are found in. */
export interface GroupedLayers {
  /** Parameters by PyTorch's names in the order of the forward pass. */
  readonly parameters: ReadonlyMap<string, { readonly rank: number }>;
  /** Modules of the classification head. */
  readonly heads: ReadonlySet<string>;
  readonly layerGroup?: LayerGroup | undefined;
}

/**
 * How many groups of layers each parameter is away from the head: 0 in the group of the head, 1 in the last block, most
 * in the stem. Groups are those that the model states, else derived from the parameters' names.
 */
export function layersToHead({ parameters, heads, layerGroup }: GroupedLayers): Map<string, number> {
  const names = derivedGroups(parameters);
  for (const name of parameters.keys()) {
    const stated = layerGroup?.(name);
    if (stated !== undefined) names.set(name, stated);
  }
  const isHead = (parameter: string) => heads.has(parameter.slice(0, parameter.lastIndexOf(".")));
  const headGroups = new Set(
    [...names].filter(([name, group]) => group !== null && isHead(name)).map(([, g]) => g),
  );
  const places = new Map<string, number>(), found = new Map<string, number>();
  let place = 0;
  for (const [name, group] of names) {
    if (isHead(name) || headGroups.has(group)) continue;
    if (group !== null) {
      place = places.get(group) ?? places.size;
      places.set(group, place);
    }
    found.set(name, place);
  }
  return new Map(
    [...names.keys()].map((name) => [name, found.has(name) ? places.size - found.get(name)! : 0]),
  );
}

/**
 * What the learning rate of a parameter is multiplied by under layer-wise decay: `decay` to the power of its distance
 * from the head in groups of layers.
 *
 * Source: Clark et al., "ELECTRA", 2020; Bao et al., "BEiT", 2022; groups as in timm's `param_groups_layer_decay`.
 */
export function layerDecayFactor(model: Model, decay: number): (parameter: string) => number {
  const parameters = new Map([...namedParameters(model)].map(([name, { variable }]) => [name, variable]));
  const away = layersToHead({ parameters, heads: headModules(model), layerGroup: model.layerGroup });
  return (parameter) => decay ** away.get(parameter)!;
}
