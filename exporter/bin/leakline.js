#!/usr/bin/env node
// The command as npm links it. The code itself is compiled from src/ to dist/ by `npm run build`. CommonJS (package.json
// beside this file says so): Node starts sooner without its loader of ES modules, which a report on a profile does without.
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

const dist = join(__dirname, '..', 'dist');
if (!existsSync(join(dist, 'main.js'))) {
  process.stderr.write('leakline: not built yet; run "npm run build" at the root of the checkout first\n');
  process.exit(3);
}
// Node 22.8 and newer keep what they compiled from one start to the next.
enableCompileCache?.();

if (process.argv[2] === 'pprof') require('../dist/pprof.cjs');
else import('../dist/main.js');
