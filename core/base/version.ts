/** Podium's version, as in deno.json; files that results depend on record it. */
export const VERSION = "0.1.0";

/** The version of Deno that Podium is developed and tried with. */
export const TRIED_DENO = "2.9.6";
