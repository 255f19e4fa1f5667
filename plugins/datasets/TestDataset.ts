import { z } from "zod";
import { defineDataset, testExamples } from "../../plugin.ts";

export default defineDataset({
  name: "TestDataset",
  about: "The test images that the submission asks for, without labels",
  params: z.strictObject({}),
  create: (_params, { layout, ...reading }) => ({ examples: () => testExamples(layout, reading) }),
});
