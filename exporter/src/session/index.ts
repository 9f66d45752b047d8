// Sessions: one Go process, attached to by PID, URL or name.

export { attach } from './attach.js';
export { listGoProcesses, memoryOf, openHost, type GoProcess, type Host } from './host.js';
export { HOW_TO_ADD_PPROF } from './problem.js';
export { parseSessionTarget } from './target.js';
export type {
  AttachOptions,
  ForcedPoint,
  Session,
  SessionCapture,
  SessionEvent,
  SessionProblem,
  SessionProblemCode,
  SessionTarget,
} from './types.js';
