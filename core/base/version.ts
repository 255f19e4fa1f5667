/** Podium's version, as in deno.json; files that results depend on record it. */
export const VERSION = "0.1.0";
