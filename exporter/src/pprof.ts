// `leakline pprof` as a program of its own, of which bundle.mjs makes one file and which bin/leakline.js runs.

import { pprofMain } from './commands/pprof/main.js';
import { endWith, outlastReader } from './failure.js';

outlastReader(process.stdout);
pprofMain(process.argv.slice(3)).catch(endWith);
