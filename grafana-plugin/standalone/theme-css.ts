// Run at build time: Grafana's own light and dark themes as CSS, so that the page ships the colours and not the maker.
import { createTheme } from '@grafana/data';
import { themeVariables } from '../src/theme';

function rule(selector: string, mode: 'light' | 'dark'): string {
  const variables = themeVariables(createTheme({ colors: { mode } }));
  const lines = Object.entries(variables).map(([name, value]) => `  ${name}: ${value};`);
  return `${selector} {\n  color-scheme: ${mode};\n${lines.join('\n')}\n}\n`;
}

console.log(rule(":root, :root[data-theme='dark']", 'dark') + rule(":root[data-theme='light']", 'light'));
