import { z } from "zod";
import { defineDataset } from "../../core/plugin/define.ts";
import { testExamples } from "../../core/layout/examples.ts";

export default defineDataset({
  name: "TestDataset",
  about: "The test images that the submission asks for, without labels",
  params: z.strictObject({}),
  create: (_params, { layout }) => ({ examples: () => testExamples(layout) }),
});
