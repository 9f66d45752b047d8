// Builds the exporter's page into exporter/dist/page: one HTML file that names its hashed scripts and styles.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(here, '../../exporter/dist/page');

/** Larger than this and the first paint on a slow laptop is no longer at once. */
const MOST_SCRIPT_BYTES = 600 * 1024;

const themes = await build({
  entryPoints: [join(here, 'theme-css.ts')],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  write: false,
  logLevel: 'error',
});
const themeCss = execFileSync(process.execPath, ['-'], {
  input: themes.outputFiles[0].contents,
  encoding: 'utf8',
});

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const result = await build({
  entryPoints: [join(here, 'main.tsx')],
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  define: { 'process.env.NODE_ENV': '"production"' },
  entryNames: 'page-[hash]',
  assetNames: '[name]-[hash]',
  loader: { '.woff2': 'file' },
  legalComments: 'none',
  outdir: out,
  metafile: true,
  logLevel: 'error',
  plugins: [
    {
      name: 'theme',
      setup(setup) {
        setup.onResolve({ filter: /^leakline-theme\.css$/ }, ({ path }) => ({ path, namespace: 'theme' }));
        setup.onLoad({ filter: /.*/, namespace: 'theme' }, () => ({ contents: themeCss, loader: 'css' }));
      },
    },
  ],
});

const files = Object.entries(result.metafile.outputs);
const script = files.find(([path]) => path.endsWith('.js'));
const style = files.find(([path]) => path.endsWith('.css'));
const font = files.find(([path]) => path.endsWith('.woff2'));
if (!script || !style || !font) throw new Error('the page has no script, no styles or no typeface');
if (script[1].bytes > MOST_SCRIPT_BYTES) {
  throw new Error(`the page's script has ${script[1].bytes} bytes; at most ${MOST_SCRIPT_BYTES} are allowed`);
}
const html = readFileSync(join(here, 'index.html'), 'utf8')
  .replace('%SCRIPT%', basename(script[0]))
  .replace('%STYLE%', basename(style[0]))
  .replace('%FONT%', basename(font[0]))
  .replace('%ICON%', Buffer.from(readFileSync(join(here, '../src/img/logo.svg'))).toString('base64'));
writeFileSync(join(out, 'index.html'), html);
// The licence of the typeface wants to go with it.
copyFileSync(require.resolve('@fontsource-variable/inter/LICENSE'), join(out, 'inter-license.txt'));
console.log(
  `page: ${Math.round(script[1].bytes / 1024)} KiB script, ${Math.round(style[1].bytes / 1024)} KiB styles`,
);
