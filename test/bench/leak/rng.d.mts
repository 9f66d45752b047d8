/** A small deterministic generator: the seed text fixes every number. */
export class Rng {
  constructor(seed: string);
  /** Uniform in (0, 1). */
  u(): number;
  range(low: number, high: number): number;
  /** Uniform on a logarithmic scale. */
  logu(low: number, high: number): number;
  int(low: number, high: number): number;
  bool(chance?: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Standard normal. */
  n(): number;
  exp(mean: number): number;
  pareto(alpha: number, least?: number): number;
}
