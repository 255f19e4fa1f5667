import { decompose, solve } from "./cholesky.ts";
import type { Fitter } from "./linear_head.ts";
import { type Matrix, timesTransposed, transposed } from "./matrix.ts";

/** Targets `[rows, outputs]` less their means, as `[outputs, rows]`. */
function centred(targets: Matrix): { readonly means: Float64Array; readonly rest: Matrix } {
  const rest = transposed(targets), means = new Float64Array(rest.rows);
  for (let output = 0; output < rest.rows; output++) {
    const own = rest.values.subarray(output * rest.columns, (output + 1) * rest.columns);
    means[output] = own.reduce((sum, value) => sum + value, 0) / rest.columns;
    for (let row = 0; row < own.length; row++) own[row]! -= means[output]!;
  }
  return { means, rest };
}

/**
 * Ridge regression with an intercept that is not penalized: the weights w of least |y - X w|^2 + strength |w|^2 for each
 * output, as scikit-learn's Ridge has them. In the primal form, or with fewer rows than features in the dual one; what
 * does not depend on the strength is computed once.
 *
 * @param features `[rows, features]`, each of mean 0
 * @param targets `[rows, outputs]`
 */
export function ridgeFitter(features: Matrix, targets: Matrix): Fitter {
  const { means, rest } = centred(targets), columns = transposed(features);
  if (features.rows < features.columns) {
    const kernel = timesTransposed(features, features);
    return (strength) => {
      const shares = solve(decompose(kernel, { diagonal: strength }), rest);
      return { weights: timesTransposed(shares, columns), intercepts: means };
    };
  }
  const gram = timesTransposed(columns, columns), moments = timesTransposed(rest, columns);
  return (strength) => ({
    weights: solve(decompose(gram, { diagonal: strength }), moments),
    intercepts: means,
  });
}
