// The last step of the build: `leakline pprof` as one CommonJS file. Node takes longer to find, read and link a hundred
// small modules than to analyse a profile of ordinary size.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

await build({
  entryPoints: [path('src/pprof.ts')],
  // Beside main.js, where package.json is as far away as it is for the modules themselves.
  outfile: path('dist/pprof.cjs'),
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Names stay, so that a stack trace can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  // Packages are loaded when they are needed, as the code asks for them.
  packages: 'external',
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { 'import.meta.url': 'importMetaUrl' },
  logLevel: 'warning',
});
