import { dataProblem, isDataProblem } from "../../base/problem.ts";

/** Works on a file or download; problems of its content name it. */
export async function namingSource<Value>(source: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!isDataProblem(error)) throw error;
    throw dataProblem(`Cannot install from "${source}". ${error.message}`, error.next);
  }
}
