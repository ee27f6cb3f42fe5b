export function printTypes(
  schemaText: string,
  documents: readonly { readonly file: string; readonly text: string }[],
  settings: {
    readonly schemaFile: string;
    readonly operationFile: string;
    readonly head?: string;
    readonly onlyUsed?: boolean;
  },
): ReadonlyMap<string, string>;
