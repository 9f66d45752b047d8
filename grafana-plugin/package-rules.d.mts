export function catalogueFindings(files: ReadonlyMap<string, Uint8Array>): string[];
