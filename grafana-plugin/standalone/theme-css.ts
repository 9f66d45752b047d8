// Run at build time: Grafana's own light and dark themes as CSS, so that the page ships the colours and not the maker.
import { createTheme } from '@grafana/data';
import { themeVariables } from '../src/theme';

/** Inter is brought along; for code, and for letters that Inter lacks, the system's own typefaces serve. */
const SYSTEM_FONTS = {
  '--ll-font': "Inter, system-ui, -apple-system, 'Segoe UI', 'Noto Sans SC', sans-serif",
  '--ll-mono':
    "ui-monospace, SFMono-Regular, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
};

function rule(selector: string, mode: 'light' | 'dark'): string {
  const variables = { ...themeVariables(createTheme({ colors: { mode } })), ...SYSTEM_FONTS };
  const lines = Object.entries(variables).map(([name, value]) => `  ${name}: ${value};`);
  return `${selector} {\n  color-scheme: ${mode};\n${lines.join('\n')}\n}\n`;
}

// The script knows the mode that a person chose; until it runs, the system's holds.
console.log(
  rule(":root, :root[data-theme='dark']", 'dark') +
    `@media (prefers-color-scheme: light) {\n${rule(':root:not([data-theme])', 'light')}}\n` +
    rule(":root[data-theme='light']", 'light'),
);
