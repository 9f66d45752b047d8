// Advice: what to look at next.

export { advise } from './advise.js';
export type { Advice, AdviceInput } from './types.js';
