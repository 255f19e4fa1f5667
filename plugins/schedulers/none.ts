import { z } from "zod";
import { defineScheduler, statelessScheduler } from "../../plugin.ts";

/** Constant learning rate. */
export default defineScheduler({
  name: "none",
  about: "The learning rate stays as it is",
  params: z.strictObject({}),
  create: (_params, { learningRate }) => statelessScheduler(() => learningRate),
});
