import type { Family } from './simulator.mjs';
export const FAMILIES: Family[];
