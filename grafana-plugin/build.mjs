// Builds the Grafana plugin with the webpack configuration that Grafana's tools bring. A script and not a line of
// package.json, since setting a variable is spelled differently on Windows.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
// The configuration is TypeScript that Node 20 loads through ts-node as CommonJS.
process.env.TS_NODE_COMPILER_OPTIONS = JSON.stringify({
  module: 'commonjs',
  moduleResolution: 'node10',
  noEmitHelpers: false,
});
process.argv.splice(2, Infinity, '-c', './webpack.config.ts', '--env', 'production');
createRequire(import.meta.url)('webpack-cli/bin/cli.js');
