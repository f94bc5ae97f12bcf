export interface Entry {
  /** What users import: `memfleet/testing`. */
  readonly specifier: string;
  /** The file in dist/, without extension. */
  readonly name: string;
  /** The source file, from the root of the repository. */
  readonly source: string;
}

export declare const root: URL;
export declare const manifest: Readonly<Record<string, Readonly<Record<string, string>>>>;
export declare function entries(): Entry[];
