// The package ships unicode_width.js without its data file, so only the part that works is linked.
// @ts-types="./mod.d.ts"
export * from "npm:deno-std@1.4.0/cli/parse_args.js";
