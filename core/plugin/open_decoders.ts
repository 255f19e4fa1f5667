import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import type { Registry } from "./registry.ts";

/** Parameters of decoder plugins by name; those not named have their defaults. */
export type DecoderParams = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** All decoders of a registry, which are looked for before the built-in formats. */
export function openDecoders(registry: Registry, params: DecoderParams = {}): ImageDecoder[] {
  return registry.list("decoders").map((plugin) => ({
    ...plugin.create(params[plugin.name] ?? {}, {}),
    recognises: (bytes) => plugin.recognises(bytes),
  }));
}
