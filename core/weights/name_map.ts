/** How timm's names of one family become those of the same net here, which are torchvision's. */
export interface NameMap {
  /** What the family is called. */
  readonly family: string;
  /** Tensors that every file with timm's names of the family has. */
  readonly signs: readonly string[];
  /** Our module path for timm's, or undefined for a module that the net does not have. */
  readonly module: (module: string) => string | undefined;
  /** A tensor whose own name and shape differ too. */
  readonly tensor?: {
    readonly from: string;
    readonly to: string;
    readonly shape: (shape: readonly number[]) => number[];
  };
}
