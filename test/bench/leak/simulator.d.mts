export interface SeriesRecord {
  id: string;
  interval: number;
  gogc: number | null;
  limit: number;
  fields: string[];
  samples: (number | null)[][];
}
export interface Truth {
  id: string;
  family: string;
  leak: boolean;
  t0: number | null;
  t_oracle: number | null;
  slope: number | null;
}
export interface Family {
  name: string;
  leak: boolean;
  make: (random: object) => object;
}
/** The series and its truth, fixed by (salt, family, seed). */
export function makeSeries(family: Family, seed: number, salt: string): { rec: SeriesRecord; truth: Truth };
